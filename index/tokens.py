"""The one module that knows tokenizers: how many tokens an encoder makes of a text, and how many it takes in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from index.errors import ModelError
from index.models import ModelFolder

_WORD = re.compile(r"\S+")
_TOKENIZER = "tokenizer.json"
_UNKNOWN_LIMIT = 512
"""Tokens; what most encoders take in, for models that state no limit."""
_CHARACTERS_A_TOKEN = 2
"""For models without a fast tokenizer; too few rather than too many, so that nothing is cut off."""


def load_tokenizer(path: Path) -> Tokenizer:
    """Load a ``tokenizer.json``.

    Raises:
        Exception: The library cannot read it; it raises no narrower kind.
    """
    return Tokenizer.from_file(str(path))


class Tokens:
    """Counts the tokens of texts as a model's encoder does.

    Args:
        model: A sentence-transformers model on disk.

    Attributes:
        limit: How many tokens of a text the encoder takes in; the rest would be cut off.

    Raises:
        ModelError: The model's tokenizer cannot be read.
    """

    def __init__(self, model: ModelFolder) -> None:
        self._tokenizer: Tokenizer | None = None
        if (model.path / _TOKENIZER).is_file():
            try:
                self._tokenizer = load_tokenizer(model.path / _TOKENIZER)
            except Exception as error:  # the library raises plain Exception
                raise ModelError(
                    f"the tokenizer in {model.path} cannot be read ({error}). Fetch the model again."
                ) from error
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
        added = self._tokenizer.num_special_tokens_to_add(is_pair=False) if self._tokenizer else 2
        self.limit = _stated_limit(model.path) - added

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without those that are added to every text."""
        if self._tokenizer is None:
            return [-(-len(text) // _CHARACTERS_A_TOKEN) for text in texts]
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def windows(self, text: str, size: int) -> list[tuple[int, int]]:
        """Cut a text into parts of at most ``size`` tokens each: between words, or within one that is longer.

        Returns:
            ``(start, end)`` of each part, without white space around it.
        """
        # No text has more tokens than characters, so that a part of a word with this many characters fits.
        words = [
            (at, min(at + size, word.end()))
            for word in _WORD.finditer(text)
            for at in range(word.start(), word.end(), size)
        ]
        parts: list[tuple[int, int]] = []
        filled = 0
        for (start, end), count in zip(words, self.count([text[start:end] for start, end in words]), strict=True):
            if parts and filled + count <= size:
                parts[-1] = (parts[-1][0], end)
                filled += count
            else:
                parts.append((start, end))
                filled = count
        return parts


def _stated_limit(path: Path) -> int:
    """Return what a model folder says of the longest text, as sentence-transformers reads it."""
    for name, key in (
        ("sentence_bert_config.json", "max_seq_length"),
        ("0_Transformer/sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    ):
        try:
            loaded: Any = json.loads((path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        limit = loaded.get(key) if isinstance(loaded, dict) else None
        if isinstance(limit, int) and 0 < limit < 1_000_000:  # some state a limit that means none
            return limit
    return _UNKNOWN_LIMIT
