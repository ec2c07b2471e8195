"""The one module that knows sentence-transformers and torch: encodes documents, exports models to ONNX.

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
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.cross_encoder import scores_of_logits
from index.errors import ModelError
from index.models import MODEL_SETTING, RERANKER_SETTING

if TYPE_CHECKING:
    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer

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


def _library() -> ModuleType:
    """Import sentence-transformers, which is to print nothing and to fetch nothing."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        with _quiet():
            import sentence_transformers
            from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise ModelError("indexing needs sentence-transformers. Run: pip install 'pincite[index]'") from error
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return sentence_transformers


def _cannot_load(path: Path, setting: str, error: Exception) -> ModelError:
    return ModelError(
        f"sentence-transformers cannot load the model in {path}: {error}. Fetch the model again, or set {setting} to "
        "another one."
    )


def _limit(model: SentenceTransformer | CrossEncoder) -> int:
    limit = model.max_seq_length
    return int(limit) if limit and math.isfinite(limit) else _NO_LIMIT


def _export(
    model: SentenceTransformer | CrossEncoder,
    sample: Sequence[str] | Sequence[tuple[str, str]],
    output: str,
    head: Callable[[dict[str, torch.Tensor]], torch.Tensor],
) -> tuple[bytes, str]:
    """Return a model as an ONNX graph, and its tokenizer as JSON.

    Args:
        model: The model.
        sample: Inputs of different lengths, to trace it with.
        output: The name of the graph's output.
        head: From what the model gives to that output, whose first axis is the batch.

    Raises:
        ModelError: The model has no fast tokenizer, or a part that the exporter cannot trace.
    """
    import torch
    from transformers import PreTrainedModel

    class Graph(torch.nn.Module):
        def __init__(self, names: list[str]) -> None:
            super().__init__()
            self.model = model
            self.names = names

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            return head(self.model(dict(zip(self.names, inputs, strict=True))))

    graph = io.BytesIO()
    try:
        with _quiet(), torch.no_grad():
            for part in model.modules():
                if isinstance(part, PreTrainedModel):
                    # Attention in plain steps: that of torch guards against rows without any token, which costs the
                    # exported graph a tenth of its time.
                    part.set_attn_implementation("eager")
            features: dict[str, Any] = model.preprocess(list(sample))
            names = [name for name in model.tokenizer.model_input_names if name in features]
            torch.onnx.export(
                Graph(names).eval(),
                tuple(features[name] for name in names),
                graph,  # type: ignore[arg-type]  # a buffer too, so that a full disk is our own OSError
                input_names=names,
                output_names=[output],
                dynamic_axes={**{name: {0: "batch", 1: "tokens"} for name in names}, output: {0: "batch"}},
                opset_version=_OPSET,
                dynamo=False,
            )
            return graph.getvalue(), str(model.tokenizer.backend_tokenizer.to_str(pretty=True))
    except Exception as error:  # whatever the tracer meets in a model that it does not know
        raise ModelError(f"the model cannot be exported to ONNX: {type(error).__name__}: {error}") from error


class SentenceTransformerEncoder:
    """A sentence-transformers model on the CPU.

    Args:
        path: The model's folder; nothing is fetched.

    Raises:
        ModelError: The library is not installed, or it cannot load the folder.
    """

    def __init__(self, path: Path) -> None:
        library = _library()
        try:
            with _quiet():
                self._model: SentenceTransformer = library.SentenceTransformer(
                    str(path), device="cpu", local_files_only=True
                ).eval()
        except Exception as error:  # the libraries raise many kinds for a folder that they cannot read
            raise _cannot_load(path, MODEL_SETTING, error) from error

    @property
    def dimension(self) -> int:
        """How many components a vector has."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """Where a text is cut off, in tokens."""
        return _limit(self._model)

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

        return _export(
            self._model,
            ["a short text", "and another that is somewhat longer than the first"],
            "embedding",
            lambda features: torch.nn.functional.normalize(features["sentence_embedding"], dim=1),
        )


class SentenceTransformerCrossEncoder:
    """A sentence-transformers CrossEncoder on the CPU.

    Args:
        path: The model's folder; nothing is fetched.
        setting: The setting that names it, for messages.

    Raises:
        ModelError: The library is not installed, it cannot load the folder, or what is there gives no single score.
    """

    def __init__(self, path: Path, setting: str = RERANKER_SETTING) -> None:
        library = _library()
        try:
            with _quiet():
                model = library.CrossEncoder(str(path), device="cpu", local_files_only=True)
                self._model: CrossEncoder = model.float().eval()  # some are saved at half precision, which no CPU likes
            config = self._model[0].config
        except Exception as error:  # the libraries raise many kinds for a folder that they cannot read
            raise _cannot_load(path, setting, error) from error
        another = f"Set {setting} to the folder of a cross-encoder, which has one label, or to 'hub:owner/name'."
        # Any other model would be given a head of random weights.
        architecture = next(iter(config.architectures or ()), "no architecture")
        if len(self._model) == 1 and not architecture.endswith("ForSequenceClassification"):
            raise ModelError(
                f"the model in {path} is not a cross-encoder: its config.json names {architecture}. {another}"
            )
        if self._model.num_labels != 1:
            raise ModelError(
                f"the model in {path} has {self._model.num_labels} labels: it sorts pairs of texts into classes, and "
                f"gives no single score. {another}"
            )

    @property
    def max_tokens(self) -> int:
        """Where a question and a text together are cut off, in tokens."""
        return _limit(self._model)

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Score how well each text answers a question; see ``index.cross_encoder.CrossEncoder``."""
        import torch

        logits = self._model.predict(
            [(question, text) for text in texts],
            batch_size=_BATCH,
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
        )
        return scores_of_logits(np.asarray(logits, dtype=np.float32))

    def export(self) -> tuple[bytes, str]:
        """Return the model as an ONNX graph from the token ids of pairs to logits, and its tokenizer as JSON.

        The graph's inputs are int64 ``(batch, tokens)`` arrays named as the tokenizer names them; its output ``logit``
        is float32 ``(batch,)``.

        Raises:
            ModelError: The model has no fast tokenizer, or a part that the exporter cannot trace.
        """
        return _export(
            self._model,
            [("a short question", "a text"), ("another", "and a text that is somewhat longer than the first")],
            "logit",
            lambda features: features["scores"].reshape(-1),
        )
