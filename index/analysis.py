"""The lexical analysers: text to the terms that BM25 counts, by language.

The same analyser serves indexing and asking; ``name_of`` names it, and a generation records the name.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

import Stemmer

_VERSION = 3

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Snowball's stemmer of each language that has one, by ISO 639-1 code."""

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
"""English function words and question words: they say how a question is put, not what it is about.

Other languages have none: no list at hand is both well kept and free of words that mean something (stopwords-iso drops
German's "Tag", "Jahr" and "Mensch"), and BM25 gives a word that stands everywhere next to no weight.
"""

_ELIDING = frozenset({"ca", "fr", "it"})
_ACCENTS_OPTIONAL = frozenset({"ca", "el", "es", "eu", "fr", "ga", "it", "nl", "pt", "ro"})
"""Languages whose accents writers leave out. In the others an accented letter is another letter (Swedish "får" and
"far"), or the stemmer itself folds it (German "ä")."""

# Scripts without spaces between words: Thai, Lao, Burmese, Hangul, Khmer, kana, bopomofo, Han. Korean has spaces, but
# its words carry their particles with them. Marks of punctuation and digits in between are left out.
_DENSE = (
    "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1100-\u11ff\u1780-\u17d3\u3005-"
    "\u3007\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u312f\u3131-\u318e\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7fb\uf900-\ufaff\uff66-\uff9f\uffa1-\uffdc\U00020000-\U0003ffff"
)
_POSSESSIVE = re.compile(r"['\u2019][sS]$")
_ELISION = re.compile(r"^\w{1,6}['\u2019](?=\w)")
_STEMMING = threading.Lock()  # PyStemmer's stemmers keep the word that they work on


@lru_cache(maxsize=1)
def _token() -> re.Pattern[str]:
    """Match a run of a script without spaces, an abbreviation, or a word with its marks, which are no letters."""
    dense = re.compile(f"[{_DENSE}]")
    marks = [char for char in map(chr, range(0x300, 0x20000)) if unicodedata.category(char) in ("Mn", "Mc")]
    mark = f"[{''.join(char for char in marks if not dense.match(char))}]"
    char = rf"[^\W_{_DENSE}]"
    word = f"{char}+(?:{mark}+{char}*)*"
    letter = rf"[^\W\d_{_DENSE}]"
    return re.compile(rf"([{_DENSE}]+)|(?:{letter}\.){{2,}}(?:['\u2019]s\b)?|{word}(?:['\u2019]{word})*")


@lru_cache(maxsize=len(STEMMERS))
def _stemmer(algorithm: str = "english") -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm)


def _stem(stemmer: Stemmer.Stemmer, word: str) -> str:
    with _STEMMING:
        return str(stemmer.stemWord(word))


def _without_accents(word: str) -> str:
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(char for char in decomposed if not (unicodedata.combining(char) or char.isspace()))


@lru_cache(maxsize=100_000)
def _term(word: str) -> str | None:
    """Return an English word's term, or None for a stop word."""
    word = _POSSESSIVE.sub("", word)
    lowered = _without_accents(word.lower().replace("\u2019", "'"))
    letters = lowered.replace("'", "").replace(".", "")
    if len(letters) > 1 and (word.isupper() or "." in word):
        return letters  # "US", "U.S." and "WHO" are names; "us" and "who" are not
    if lowered in STOP_WORDS:
        return None
    return _stem(_stemmer(), letters) or None


@lru_cache(maxsize=100_000)
def _term_in(language: str, word: str) -> str | None:
    """Return a word's term in a language other than English."""
    if language in _ELIDING:
        word = _ELISION.sub("", word)
    if language == "tr":  # a suffix on a name stands behind an apostrophe; dotted and dotless i are two letters
        word = re.split("['\u2019]", word)[0].replace("I", "\u0131").replace("\u0130", "i")
    composed = "".join(unicodedata.normalize("NFKC", word.lower()).split())
    term = re.sub("['\u2019.]", "", composed)
    if language in STEMMERS and "." not in word:
        term = _stem(_stemmer(STEMMERS[language]), term)
    return (_without_accents(term) if language in _ACCENTS_OPTIONAL else term) or None


def _folded(run: str) -> tuple[str, list[int], list[int]]:
    """Return a run of characters in compatibility form, and where each of these begins and ends in the run."""
    folded = unicodedata.normalize("NFKC", run)
    if folded == run:
        return run, list(range(len(run))), list(range(1, len(run) + 1))
    pieces: list[tuple[str, int]] = []  # which fold by themselves, and where each ends
    begin = 0
    for place in range(1, len(run) + 1):
        piece = unicodedata.normalize("NFKC", run[begin:place])
        if place < len(run):
            both = unicodedata.normalize("NFKC", run[begin : place + 1])
            if both != piece + unicodedata.normalize("NFKC", run[place]):
                continue  # the next character joins, as a voicing mark does
        pieces.append((piece, place))
        begin = place
    text = "".join(piece for piece, _ in pieces)
    ends = [end for piece, end in pieces for _ in piece]
    starts = [start for (piece, _), start in zip(pieces, (0, *(end for _, end in pieces)), strict=False) for _ in piece]
    return text, starts, ends


def _placed(text: str, term_of: Callable[[str], str | None]) -> tuple[list[str], list[int], list[int]]:
    """Return the terms of a text, and where each begins and ends."""
    terms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _token().finditer(text):
        if match[1]:
            # Every two neighbours; a single character as it is.
            run, begins, stops = _folded(match[1])
            for place in range(max(len(run) - 1, 1)):
                terms.append(run[place : place + 2])
                starts.append(match.start() + begins[place])
                ends.append(match.start() + stops[min(place + 1, len(run) - 1)])
        elif (term := term_of(match[0])) is not None:
            terms.append(term)
            starts.append(match.start())
            ends.append(match.end())
    return terms, starts, ends


def _terms(text: str, term_of: Callable[[str], str | None]) -> list[str]:
    return _placed(text, term_of)[0]


def analyze(text: str) -> list[str]:
    """Return the terms of an English text, in order, with repetitions.

    Words are lower-cased, stripped of accents and of a possessive 's, stemmed (Snowball English), and left out when
    they are stop words. Abbreviations ("U.S.") and words in capitals ("US") are names: never stemmed or left out.
    Where a script has no spaces, the terms are every two neighbouring characters.
    """
    return _terms(text, _term)


@lru_cache(maxsize=256)
def analyzer(language: str) -> Callable[[str], list[str]]:
    """Return the analysis of texts and questions in a language.

    Args:
        language: ISO 639-1 code. A language without a stemmer is analysed without stemming.

    Returns:
        A function like ``analyze``, which it is for "en"; safe to call from several threads.
    """
    return analyze if language == "en" else partial(_terms, term_of=partial(_term_in, language))


def placed_terms(language: str, text: str) -> tuple[list[str], list[int], list[int]]:
    """Return the terms of a text, as ``analyzer`` gives them, and where in the text each begins and ends."""
    return _placed(text, _term if language == "en" else partial(_term_in, language))


def name_of(language: str) -> str:
    """Name a language's analysis; another name means that postings are built anew.

    Languages without a stemmer share one analysis and one name.
    """
    return f"{STEMMERS[language]}-snowball-3/{_VERSION}" if language in STEMMERS else f"unstemmed/{_VERSION}"


ANALYZER = name_of("en")
"""Names the English analysis."""
