"""What a cross-encoder is, and the record that identifies an exported one on disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict


class CrossEncoder(Protocol):
    """Question and text to a score. Implementations: ``OnnxCrossEncoder``, and ``SentenceTransformerCrossEncoder``."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Score how well each text answers a question.

        Args:
            question: The same for all texts; it is read together with each.
            texts: Any number of texts, in any order; where a question and a text have more tokens than the model takes
                in, the longer of the two is cut off.

        Returns:
            ``(len(texts),)`` float32, in the order of the texts, each from 0 to 1: the sigmoid of the model's one
            logit, whichever activation it was saved with. A higher score means that the text answers better.
        """


class ScoreParity(BaseModel):
    """How the scores of an exported form compare with sentence-transformers' own, over all probes.

    Attributes:
        mean_difference: Mean absolute difference.
        max_difference: Largest absolute difference.
        order: Kendall's rank correlation, over the pairs of probes whose own scores differ; 0 where none do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean_difference: float
    max_difference: float
    order: float


# Not an EncoderRecord: a cross-encoder has no dimension, its parity is no cosine, and a manifest, which holds an
# EncoderRecord, can never name a cross-encoder by mistake.
class CrossEncoderRecord(BaseModel):
    """An exported cross-encoder, as ``encoder.json`` beside its files names it.

    Attributes:
        fingerprint: Hexadecimal SHA-256 over the model folder's files that decide its output.
        model: The value of the setting that it was made from.
        max_tokens: Where a question and a text together are cut off.
        serving: Which file scores: "int8" or "fp32" through onnxruntime, or "sentence-transformers" where neither
            agrees with it.
        reason: Why ``serving`` is what it is.
        parity: How each exported form compares with sentence-transformers, by form.
        files: SHA-256 of each file, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: str
    model: str
    max_tokens: int
    serving: str
    reason: str
    parity: dict[str, ScoreParity]
    files: dict[str, str]


def scores_of_logits(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sigmoid of each logit, float32 of the same shape."""
    return np.exp(-np.logaddexp(0.0, -logits.astype(np.float64))).astype(np.float32)
