"""Which language a text is in, which one a collection is in, and which ones an embedding model knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 5_000  # Characters; more make no difference, and detection takes time in proportion to them.
_SURE = 0.7  # Of some 650 fragments of sentences in 13 languages, all as sure as this were right but one.
_LETTERS = 20  # Names of products and people are in no language, however sure the library is of them.
_DENSE_LETTERS = 6  # As much in Chinese, Japanese or Korean.
_DENSE_FROM = "\u2e80"
_VARIETIES = {"ary": "ar", "arz": "ar", "wuu": "zh", "yue": "zh"}  # Their ISO 639-1 codes.


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language; None where it is too short, mixed, no prose, or unsure.

    Where the system's folder for temporary files cannot be written, no language is known.
    """
    sample = text[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    dense = sum(char >= _DENSE_FROM and char.isalpha() for char in sample)
    if letters < _LETTERS and dense < _DENSE_LETTERS:
        return None
    try:
        found, probability = _identifier().classify(sample)
    except OSError:
        # The library unpacks its model into the folder for temporary files; that this is full must not cost documents.
        return None
    language = _VARIETIES.get(found, found)
    return language if probability >= _SURE and len(language) == 2 else None


def majority(languages: Iterable[tuple[str | None, int]]) -> str | None:
    """Return the language of a collection.

    Args:
        languages: Each document's language and its number of characters.

    Returns:
        The language with most characters, of two with equally many the first in the alphabet; None where no document's
        language is known. Documents of unknown language have no vote.
    """
    characters: Counter[str] = Counter()
    for language, count in languages:
        if language is not None:
            characters[language] += count
    return min(characters, key=lambda language: (-characters[language], language), default=None)


def spoken_by(model_folder: Path) -> frozenset[str] | None:
    """Return the languages that an embedding model says it knows.

    Args:
        model_folder: Holds the model; its ``README.md`` may begin with YAML that names ``language``, one or a list.

    Returns:
        ISO 639 codes; None where the model says nothing that can be read, or that it is multilingual.
    """
    try:
        readme = (model_folder / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    opening, _, rest = readme.partition("---\n")
    front_matter, end, _ = rest.partition("\n---")
    if opening.strip() or not end:
        return None
    try:
        fields = yaml.load(front_matter, Loader=yaml.BaseLoader)  # noqa: S506 - texts only: "no" is Norwegian, not False
    except yaml.YAMLError:
        return None
    named = fields.get("language") if isinstance(fields, dict) else None
    listed = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    codes = {code.strip().lower().partition("-")[0] for code in listed if isinstance(code, str) and code.strip()}
    return None if not codes or codes & {"multilingual", "multi", "mul"} else frozenset(codes)
