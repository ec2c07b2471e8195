"""Exported encoders, kept once a data folder: ``encoders/FINGERPRINT/``.

An encoder is exported when a model is first used to index, checked against sentence-transformers' own vectors, and
from then on answers questions without torch. Nothing in such a folder is ever changed.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock
from pydantic import ValidationError

from index.encoder import Encoder, EncoderRecord
from index.errors import IndexDamaged, ModelError
from index.files import sha256_file, sync
from index.models import ModelFolder, resolve_model
from index.onnx_encoder import OnnxEncoder, quantize
from index.seal import seal, unseal
from index.sentence_transformer import SentenceTransformerEncoder

_RECORD = "encoder.json"
_FP32 = "model.onnx"
_INT8 = "model.int8.onnx"
_TOKENIZER = "tokenizer.json"
_MODEL_FILES = {"fp32": _FP32, "int8": _INT8}
MIN_FP32_COSINE = 0.9999
"""The exported graph must compute the same vectors; what remains is rounding."""
MIN_INT8_COSINE = 0.97
"""Mean cosine under which int8 is not trusted to answer; all-MiniLM-L6-v2 has .98, and loses no nDCG by it."""

_PROBES = (
    "What did the ban cause?",
    "how many people live in the capital",
    "The committee published its report in 2019; prices rose by 12.5 percent.",
    "Ein kurzer Satz in einer anderen Sprache.",
    "x",
    "A longer paragraph, as documents have them, with several sentences. It says who did what, when and why. Numbers "
    'such as 1,024 and names such as Ada Lovelace occur in it, and so do quotations: "as it was," she wrote. ' * 3,
)


@dataclass(frozen=True, slots=True)
class StoredEncoder:
    """An exported encoder on disk: its record, and the folder that the record describes."""

    record: EncoderRecord
    folder: Path

    def check(self) -> None:
        """Compare every file with its recorded hash.

        Raises:
            IndexDamaged: A file is missing or is not the one that was written.
        """
        for name, sha256 in self.record.files.items():
            check_file(self.folder / name, sha256)

    def open(self) -> Encoder:
        """Load what ``check`` has checked, for questions.

        Raises:
            IndexDamaged: onnxruntime cannot load it.
            ModelError: The model was not exported and sentence-transformers cannot load it.
        """
        return self._open(_MODEL_FILES.get(self.record.serving), threads=1)

    def open_for_documents(self) -> Encoder:
        """Load what ``check`` has checked, for documents: at full precision, on all cores.

        Raises:
            IndexDamaged: onnxruntime cannot load it.
            ModelError: The model was not exported and sentence-transformers cannot load it.
        """
        return self._open(_FP32 if self.record.serving in _MODEL_FILES else None, threads=os.cpu_count() or 1)

    def _open(self, model_file: str | None, threads: int) -> Encoder:
        """Load an exported form, or sentence-transformers where none may be used."""
        if model_file is None:
            return SentenceTransformerEncoder(self._original().path)
        return OnnxEncoder(self.folder / model_file, self.folder / _TOKENIZER, self.record.max_tokens, threads)

    def _original(self) -> ModelFolder:
        model = resolve_model(self.record.model)
        if model.fingerprint != self.record.fingerprint:
            raise ModelError(
                f"the model in {model.path} is not the one that this index was made with. Put that one back, or "
                "rebuild the index: run `pincite index` again."
            )
        return model


def check_file(path: Path, expected: str | None) -> None:
    """Compare a file with its recorded hash.

    Raises:
        IndexDamaged: It is missing, unreadable, not recorded or changed.
    """
    try:
        found = sha256_file(path)
    except OSError as error:
        raise IndexDamaged(
            f"{path} cannot be read ({error.strerror}). Run `pincite index` again to rebuild it."
        ) from error
    if found != expected:
        raise IndexDamaged(
            f"{path} is not the file that was written: its contents have changed. Run `pincite index` again to "
            "rebuild it."
        )


def read_encoder(encoders: Path, fingerprint: str) -> StoredEncoder:
    """Find the exported encoder with a fingerprint.

    Raises:
        IndexDamaged: There is none, or its record cannot be read.
    """
    folder = encoders / fingerprint[:16]
    try:
        record = EncoderRecord.model_validate_json(unseal(folder / _RECORD))
    except ValidationError as error:
        raise IndexDamaged(
            f"{folder / _RECORD} was written by another version of Pincite. Run `pincite index` again: it exports the "
            "encoder anew."
        ) from error
    if record.fingerprint != fingerprint:
        raise IndexDamaged(f"{folder} holds another encoder. Delete that folder and run `pincite index` again.")
    return StoredEncoder(record, folder)


def ensure_encoder(encoders: Path, model: ModelFolder) -> StoredEncoder:
    """Return the exported encoder of a model, exporting it first if it is missing or damaged.

    Raises:
        ModelError: sentence-transformers cannot load the model.
        OSError: The folder cannot be written.
    """
    encoders.mkdir(parents=True, exist_ok=True)
    with FileLock(encoders / "export.lock"):
        try:
            stored = read_encoder(encoders, model.fingerprint)
            stored.check()
        except IndexDamaged:
            return _export_aside(encoders, model)
        return stored


def _export_aside(encoders: Path, model: ModelFolder) -> StoredEncoder:
    """Export into a folder of its own and rename it into place; the caller holds the lock."""
    temporary = encoders / f".{model.fingerprint[:16]}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        record = _export(model, temporary)
        (temporary / _RECORD).write_bytes(seal(record))
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        final = encoders / model.fingerprint[:16]
        shutil.rmtree(final, ignore_errors=True)  # only ever a damaged one: nothing can be reading it
        temporary.replace(final)
        sync(encoders)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return StoredEncoder(record, final)


def _export(model: ModelFolder, folder: Path) -> EncoderRecord:
    """Export, quantise and compare with sentence-transformers; decide which form serves."""
    original = SentenceTransformerEncoder(model.path)
    parity: dict[str, float] = {}
    faults: list[str] = []
    try:
        graph, tokenizer = original.export()
        (folder / _TOKENIZER).write_text(tokenizer, encoding="utf-8")
        parity["fp32"] = _parity(folder, _FP32, graph, original)
        parity["int8"] = _parity(folder, _INT8, quantize(graph), original)
    except (ModelError, IndexDamaged) as error:
        faults.append(str(error))
    serving, reason = _choose(parity, faults)
    return EncoderRecord(
        fingerprint=model.fingerprint,
        model=model.name,
        dimension=original.dimension,
        max_tokens=original.max_tokens,
        serving=serving,
        reason=reason,
        parity=parity,
        files={path.name: sha256_file(path) for path in sorted(folder.iterdir())},
    )


def _parity(folder: Path, name: str, graph: bytes, original: SentenceTransformerEncoder) -> float:
    """Write an exported form, and return its vectors' mean cosine with sentence-transformers' own."""
    (folder / name).write_bytes(graph)
    vectors = OnnxEncoder(folder / name, folder / _TOKENIZER, original.max_tokens).encode(_PROBES)
    return round(float(np.mean(np.sum(vectors * original.encode(_PROBES), axis=1))), 5)


def _choose(parity: dict[str, float], faults: list[str]) -> tuple[str, str]:
    """Choose the fastest form whose vectors agree with sentence-transformers', and say why."""
    fp32, int8 = parity.get("fp32", 0.0), parity.get("int8", 0.0)
    if fp32 >= MIN_FP32_COSINE and int8 >= MIN_INT8_COSINE:
        return "int8", f"int8 agrees with sentence-transformers (mean cosine {int8})"
    if fp32 >= MIN_FP32_COSINE:
        return "fp32", " ".join(faults) or f"the int8 vectors differ too much (mean cosine {int8})"
    return "sentence-transformers", " ".join(faults) or f"the exported vectors differ (mean cosine {fp32})"
