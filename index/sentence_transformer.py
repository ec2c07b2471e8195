"""The one module that knows sentence-transformers and torch: encodes documents, exports the model to ONNX.

Importing either library takes seconds, so both are imported inside functions, when there is something to encode.
"""

from __future__ import annotations

import io
import logging
import math
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
_OPSET = 17
_NO_LIMIT = 1_000_000
"""Tokens; for models that state no limit of their own."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the export prints about its own internals; the parity check says whether it worked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


class SentenceTransformerEncoder:
    """A sentence-transformers model on the CPU.

    Args:
        path: The model's folder; nothing is fetched.

    Raises:
        ModelError: The library is not installed, or it cannot load the folder.
    """

    def __init__(self, path: Path) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            with _quiet():
                from sentence_transformers import SentenceTransformer
                from transformers.utils import logging as transformers_logging
        except ImportError as error:
            raise ModelError("indexing needs sentence-transformers. Run: pip install 'pincite[index]'") from error
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            with _quiet():
                self._model: SentenceTransformer = SentenceTransformer(
                    str(path), device="cpu", local_files_only=True
                ).eval()
        except Exception as error:  # the libraries raise many kinds for a folder that they cannot read
            raise ModelError(
                f"sentence-transformers cannot load the model in {path}: {error}. Fetch the model again, or set "
                "PINCITE_MODEL to another one."
            ) from error

    @property
    def dimension(self) -> int:
        """How many components a vector has."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """Where a text is cut off, in tokens."""
        limit = self._model.max_seq_length
        return int(limit) if limit and math.isfinite(limit) else _NO_LIMIT

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Encode texts to unit vectors; see ``index.encoder.Encoder``."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # Texts of like length go together: a batch is padded to its longest.
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
        for begin in range(0, len(order), _BATCH):
            batch = order[begin : begin + _BATCH]
            vectors[batch] = self._model.encode(
                [texts[position] for position in batch],
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            if progress is not None:
                progress(len(batch))
        return vectors

    def export(self) -> tuple[bytes, str]:
        """Return the model as an ONNX graph from token ids to unit vectors, and its tokenizer as JSON.

        The graph's inputs are int64 ``(batch, tokens)`` arrays named as the tokenizer names them; its output
        ``embedding`` is float32 ``(batch, dimension)``.

        Raises:
            ModelError: The model has no fast tokenizer, or a part that the exporter cannot trace.
        """
        import torch

        model = self._model

        class Graph(torch.nn.Module):
            def __init__(self, names: list[str]) -> None:
                super().__init__()
                self.model = model
                self.names = names

            def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
                features = self.model(dict(zip(self.names, inputs, strict=True)))
                return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

        graph = io.BytesIO()
        try:
            with _quiet(), torch.no_grad():
                sample = model.preprocess(["a short text", "and another that is somewhat longer than the first"])
                names = [name for name in model.tokenizer.model_input_names if name in sample]
                torch.onnx.export(
                    Graph(names).eval(),
                    tuple(sample[name] for name in names),
                    graph,  # type: ignore[arg-type]  # a buffer too, so that a full disk is our own OSError
                    input_names=names,
                    output_names=["embedding"],
                    dynamic_axes={**{name: {0: "batch", 1: "tokens"} for name in names}, "embedding": {0: "batch"}},
                    opset_version=_OPSET,
                    dynamo=False,
                )
                return graph.getvalue(), str(model.tokenizer.backend_tokenizer.to_str(pretty=True))
        except Exception as error:  # whatever the tracer meets in a model that it does not know
            raise ModelError(f"the model cannot be exported to ONNX: {type(error).__name__}: {error}") from error
