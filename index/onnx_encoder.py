"""The one module that knows onnxruntime: serves an exported encoder or cross-encoder without torch."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.cross_encoder import scores_of_logits
from index.errors import IndexDamaged, ModelError
from index.tokens import load_tokenizer

# It sends usage to its makers otherwise, and reads this when it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

_SLOWER = ["SkipLayerNormFusion"]
"""Steps that onnxruntime would make one of, though its kernel for that one is slower: a sixth of a question's time."""
_BATCH = 4
"""How many documents' texts are encoded together: more do not stay in the processor's caches."""


class _OnnxModel:
    """An exported model; safe to call from several threads at once.

    Args:
        model_file: Graph as ``index.sentence_transformer`` exports it, or its quantised form.
        tokenizer_file: The tokenizer beside it.
        max_tokens: Where a text or a pair of texts is cut off.

    Raises:
        IndexDamaged: A file is missing or cannot be read.
    """

    def __init__(self, model_file: Path, tokenizer_file: Path, max_tokens: int) -> None:
        options = onnxruntime.SessionOptions()
        # One question is too little work to share: two threads were slower than one. Of documents, each thread takes
        # texts of its own: two that share each product are slower, too, for they wait for each other.
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # which takes from whoever else works
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(model_file), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
            )
            self._tokenizer = load_tokenizer(tokenizer_file)
        except Exception as error:  # both libraries raise plain Exception subclasses of their own
            raise IndexDamaged(
                f"the exported encoder in {model_file.parent} cannot be loaded ({error}). Run `pincite index` again: "
                "it makes the encoder anew."
            ) from error
        # Of a pair, tokens go from whichever text is longer at the time, as sentence-transformers does it too: a
        # question stays whole unless it takes more than half of the room.
        self._tokenizer.enable_truncation(max_length=max_tokens, strategy="longest_first")
        self._tokenizer.enable_padding()
        self._inputs = [node.name for node in self._session.get_inputs()]

    def _run(self, batch: Sequence[str] | Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return the graph's output for a batch of texts or of pairs; its first axis is theirs."""
        encodings = self._tokenizer.encode_batch(batch)
        arrays = {
            "input_ids": [encoding.ids for encoding in encodings],
            "attention_mask": [encoding.attention_mask for encoding in encodings],
            "token_type_ids": [encoding.type_ids for encoding in encodings],
        }
        feed = {name: np.asarray(arrays[name], dtype=np.int64) for name in self._inputs}
        output: NDArray[np.float32] = self._session.run(None, feed)[0]
        return output


class OnnxEncoder(_OnnxModel):
    """An exported embedding model; see ``_OnnxModel`` for the other arguments and for errors.

    Args:
        threads: How many encode side by side, a few texts at a time. With one, each text is encoded by itself: in a
            batch, int8 scales each activation by all of its texts, and a vector would hang on what is encoded with it.
    """

    def __init__(self, model_file: Path, tokenizer_file: Path, max_tokens: int, threads: int = 1) -> None:
        super().__init__(model_file, tokenizer_file, max_tokens)
        self._threads = threads
        self._batch = 1 if threads == 1 else _BATCH

    @property
    def dimension(self) -> int:
        """How many components a vector has."""
        return int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        """Encode texts to unit vectors; see ``index.encoder.Encoder``."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # A batch is as long as its longest text, so texts of about one length go together.
        order = np.argsort([-len(text) for text in texts], kind="stable")
        batches = [order[begin : begin + self._batch] for begin in range(0, len(texts), self._batch)]
        encoded = self._encoded([[texts[place] for place in batch] for batch in batches])
        for batch, rows in zip(batches, encoded, strict=True):
            vectors[batch] = rows
            if progress is not None:
                progress(len(batch))
        return vectors

    def _encoded(self, batches: Sequence[Sequence[str]]) -> Iterator[NDArray[np.float32]]:
        if self._threads == 1 or len(batches) == 1:
            yield from map(self._run, batches)
            return
        threads = ThreadPoolExecutor(self._threads, thread_name_prefix="encoding")
        try:
            yield from threads.map(self._run, batches)
        finally:
            threads.shutdown(cancel_futures=True)  # interrupted, it does not finish what nobody waits for


class OnnxCrossEncoder(_OnnxModel):
    """An exported cross-encoder; see ``_OnnxModel`` for arguments and errors."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Score how well each text answers a question; see ``index.cross_encoder.CrossEncoder``."""
        # One pair at a time. In a batch, int8 scales each activation by all of its pairs, so that a text's score would
        # hang on the texts beside it; and without padding, 50 paragraphs take half the time that batches of 32 take.
        logits = [self._run([(question, text)])[0] for text in texts]
        return scores_of_logits(np.asarray(logits, dtype=np.float32))


def quantize(graph: bytes) -> bytes:
    """Return the int8 form of an exported graph (dynamic quantisation, one scale a channel).

    Raises:
        ModelError: The graph has a part that cannot be quantised.
        OSError: The system's folder for temporary files cannot be written.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # onnxruntime leaves files of its own beside the model, and takes a write that failed for a corrupt model.
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(graph)
        logging.disable(logging.WARNING)  # it advises, on the root logger, a preparation that is not needed here
        try:
            quantize_dynamic(str(source), str(target), per_channel=True, weight_type=QuantType.QInt8)
        except OSError:
            raise  # a full disk says nothing of the model
        except Exception as error:
            raise ModelError(f"the model cannot be quantised: {type(error).__name__}: {error}") from error
        finally:
            logging.disable(logging.NOTSET)
        return target.read_bytes()
