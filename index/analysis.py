"""The lexical analyser: text to the terms that BM25 counts.

The same analyser serves indexing and asking; ``ANALYZER`` names it, and a generation records the name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

ANALYZER = "english-snowball-3/2"
"""Names the analysis; a change means that postings are built anew."""

STOP_WORDS = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing down during each few for from further had has have having he her here hers
    herself him himself his how i if in into is it its itself just may me might more most must my myself no nor not
    now of off on once only or other our ours ourselves out over own same shall she should so some such than that
    the their theirs them themselves then there these they this those through to too under until up upon us very was
    we were what when where which while who whom whose why will with would you your yours yourself yourselves
    """.split()
)
"""English function words and question words: they say how a question is put, not what it is about."""

_POSSESSIVE = re.compile(r"['\u2019][sS]$")
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}(?:['\u2019]s\b)?|[^\W_]+(?:['\u2019][^\W_]+)*")


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=100_000)
def _term(word: str) -> str | None:
    """Return a word's term, or None for a stop word."""
    word = _POSSESSIVE.sub("", word)
    lowered = word.lower().replace("\u2019", "'")
    if not lowered.isascii():
        decomposed = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(char for char in decomposed if not unicodedata.combining(char))
    letters = lowered.replace("'", "").replace(".", "")
    if len(letters) > 1 and (word.isupper() or "." in word):
        return letters  # "US", "U.S." and "WHO" are names; "us" and "who" are not
    if lowered in STOP_WORDS:
        return None
    return str(_stemmer().stemWord(letters)) or None


def analyze(text: str) -> list[str]:
    """Return the terms of a text, in order, with repetitions.

    Words are lower-cased, stripped of accents and of a possessive 's, stemmed (Snowball English), and left out when
    they are stop words. Abbreviations ("U.S.") and words in capitals ("US") are names: never stemmed or left out.
    """
    return [term for word in _WORD.findall(text) if (term := _term(word)) is not None]
