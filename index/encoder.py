"""What an encoder is, and the record that identifies one on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict


class Encoder(Protocol):
    """Text to unit vectors. Implementations: ``OnnxEncoder``, and ``SentenceTransformerEncoder``, which exports."""

    @property
    def dimension(self) -> int:
        """How many components a vector has."""

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Encode texts.

        Args:
            texts: Any number of texts; each is cut off at the model's own limit of tokens.
            progress: Called now and then with how many more texts are done.

        Returns:
            ``(len(texts), dimension)`` float32, each row of length 1.
        """


class EncoderRecord(BaseModel):
    """An exported encoder, as ``encoder.json`` beside its files and as a generation's manifest name it.

    Attributes:
        fingerprint: Hexadecimal SHA-256 over the model folder's files that decide its output.
        model: The setting that it was made from.
        dimension: Components of a vector.
        max_tokens: Where a text is cut off.
        serving: Which file answers questions: "int8" or "fp32" through onnxruntime, or "sentence-transformers" where
            the model could not be exported.
        reason: Why ``serving`` is what it is.
        parity: Mean cosine of each exported form's vectors with sentence-transformers' own, by form.
        files: SHA-256 of each file, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: str
    model: str
    dimension: int
    max_tokens: int
    serving: str
    reason: str
    parity: dict[str, float]
    files: dict[str, str]

    def is_same(self, other: EncoderRecord) -> bool:
        """Tell whether two records are of one encoder: the same model, found elsewhere, may have another name."""
        return self.model_copy(update={"model": other.model}) == other
