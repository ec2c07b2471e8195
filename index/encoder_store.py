"""Exported encoders, kept once a data folder: ``encoders/FINGERPRINT/``, and ``encoders/cross-FINGERPRINT/``.

An encoder is exported when a model is first used to index, checked against sentence-transformers' own vectors, and
from then on answers questions without torch; so is a cross-encoder, checked against its scores. Nothing in such a
folder is ever changed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from pydantic import ValidationError

from index.cross_encoder import CrossEncoder, CrossEncoderRecord, ScoreParity
from index.encoder import Encoder, EncoderRecord
from index.errors import IndexDamaged, ModelError
from index.files import sha256_file, sync
from index.models import MODEL_SETTING, RERANKER_SETTING, ModelFolder, resolve_model
from index.onnx_encoder import OnnxCrossEncoder, OnnxEncoder, quantize
from index.seal import seal, unseal
from index.sentence_transformer import SentenceTransformerCrossEncoder, SentenceTransformerEncoder

_RECORD = "encoder.json"
_FP32 = "model.onnx"
_INT8 = "model.int8.onnx"
_TOKENIZER = "tokenizer.json"
_MODEL_FILES = {"fp32": _FP32, "int8": _INT8}
MIN_FP32_COSINE = 0.9999
"""The exported graph must compute the same vectors; what remains is rounding."""
MIN_INT8_COSINE = 0.97
"""Mean cosine under which int8 is not trusted to answer; all-MiniLM-L6-v2 has .98, and loses no nDCG by it."""
MAX_FP32_DIFFERENCE = 0.001
"""Largest difference of a score: the exported graph must compute the same scores; what remains is rounding."""
MAX_INT8_DIFFERENCE = 0.02
"""Mean difference of the scores over which int8 is not trusted to score. Two scores that are as near as this are equal
for the order."""
MIN_INT8_ORDER = 0.95
"""Kendall's rank correlation under which int8 is not trusted to rank."""

_PROBES = (
    "What did the ban cause?",
    "how many people live in the capital",
    "The committee published its report in 2019; prices rose by 12.5 percent.",
    "Ein kurzer Satz in einer anderen Sprache.",
    "x",
    "A longer paragraph, as documents have them, with several sentences. It says who did what, when and why. Numbers "
    'such as 1,024 and names such as Ada Lovelace occur in it, and so do quotations: "as it was," she wrote. ' * 3,
)

_PROBE_TEXTS = (
    "The ban on fishing caused prices to rise by 12.5 percent within a year.",
    "About 3.7 million people live in the capital, and 5 million in the region around it.",
    "Ada Lovelace wrote the first program, for a machine that was never built.",
    "Die Brücke wurde 1894 gebaut und 1951 erneuert.",
    "x",
)
_LONG_TEXT = _PROBES[-1] * 8
_LONG_QUESTION = "Of all the reports that the committee has published, " * 60 + "which one was the longest?"
_PROBE_PAIRS = (
    ("What did the ban on fishing cause?", (*_PROBE_TEXTS, _LONG_TEXT)),
    ("how many people live in the capital", _PROBE_TEXTS),
    ("Who wrote the first program for a machine?", _PROBE_TEXTS),
    ("Wann wurde die Brücke gebaut?", _PROBE_TEXTS),
    (_LONG_QUESTION, (_PROBE_TEXTS[0], _LONG_TEXT)),
)
"""Questions, and the texts that each is scored with; what is long is longer than most models take in."""

_Record = TypeVar("_Record", EncoderRecord, CrossEncoderRecord)
_Original = TypeVar("_Original", SentenceTransformerEncoder, SentenceTransformerCrossEncoder)
_Parity = TypeVar("_Parity", float, ScoreParity)
_AnyStored = TypeVar("_AnyStored", "StoredEncoder", "StoredCrossEncoder")


@dataclass(frozen=True, slots=True)
class _Stored(Generic[_Record]):
    """What an exported model of either kind is on disk: its record, and the folder that the record describes."""

    record: _Record
    folder: Path

    def check(self) -> None:
        """Compare every file with its recorded hash.

        Raises:
            IndexDamaged: A file is missing or is not the one that was written.
        """
        for name, sha256 in self.record.files.items():
            check_file(self.folder / name, sha256)

    def _original(self, setting: str, made: str, again: str) -> ModelFolder:
        """Find the model that was exported, where it has to serve itself."""
        model = resolve_model(self.record.model, setting)
        if model.fingerprint != self.record.fingerprint:
            raise ModelError(f"the model in {model.path} is not the one that {made}. Put that one back, or {again}.")
        return model


@dataclass(frozen=True, slots=True)
class StoredEncoder(_Stored[EncoderRecord]):
    """An exported encoder on disk: its record, and the folder that the record describes."""

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
            again = "rebuild the index: run `pincite index` again"
            return SentenceTransformerEncoder(self._original(MODEL_SETTING, "this index was made with", again).path)
        return OnnxEncoder(self.folder / model_file, self.folder / _TOKENIZER, self.record.max_tokens, threads)


@dataclass(frozen=True, slots=True)
class StoredCrossEncoder(_Stored[CrossEncoderRecord]):
    """An exported cross-encoder on disk.

    Attributes:
        record: Its record.
        folder: The folder that the record describes.
        setting: The setting that names it, for messages.
    """

    setting: str = RERANKER_SETTING

    def open(self) -> CrossEncoder:
        """Load what ``check`` has checked.

        Raises:
            IndexDamaged: onnxruntime cannot load it.
            ModelError: The model was not exported and sentence-transformers cannot load it.
        """
        model_file = _MODEL_FILES.get(self.record.serving)
        if model_file is None:
            again = "run `pincite index` again, which exports the new one"
            return SentenceTransformerCrossEncoder(
                self._original(self.setting, f"was exported for {self.setting}", again).path, self.setting
            )
        return OnnxCrossEncoder(self.folder / model_file, self.folder / _TOKENIZER, self.record.max_tokens)


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
    folder = _encoder_folder(encoders, fingerprint)
    return StoredEncoder(_read(folder, EncoderRecord, fingerprint), folder)


def read_cross_encoder(encoders: Path, fingerprint: str, setting: str = RERANKER_SETTING) -> StoredCrossEncoder:
    """Find the exported cross-encoder with a fingerprint.

    Raises:
        IndexDamaged: There is none, or its record cannot be read.
    """
    folder = _cross_encoder_folder(encoders, fingerprint)
    return StoredCrossEncoder(_read(folder, CrossEncoderRecord, fingerprint), folder, setting)


def _encoder_folder(encoders: Path, fingerprint: str) -> Path:
    return encoders / fingerprint[:16]


def _cross_encoder_folder(encoders: Path, fingerprint: str) -> Path:
    # Apart, so that a folder named by two settings can be both without either export taking the other for damage.
    return encoders / f"cross-{fingerprint[:16]}"


def _read(folder: Path, kind: type[_Record], fingerprint: str) -> _Record:
    try:
        record = kind.model_validate_json(unseal(folder / _RECORD))
    except ValidationError as error:
        raise IndexDamaged(
            f"{folder / _RECORD} was written by another version of Pincite. Run `pincite index` again: it exports the "
            "encoder anew."
        ) from error
    if record.fingerprint != fingerprint:
        raise IndexDamaged(f"{folder} holds another encoder. Delete that folder and run `pincite index` again.")
    return record


def ensure_encoder(encoders: Path, model: ModelFolder) -> StoredEncoder:
    """Return the exported encoder of a model, exporting it first if it is missing or damaged.

    Raises:
        ModelError: sentence-transformers cannot load the model.
        OSError: The folder cannot be written.
    """
    return _ensure(
        _encoder_folder(encoders, model.fingerprint),
        lambda: read_encoder(encoders, model.fingerprint),
        lambda folder: _export_encoder(model, folder),
    )


def ensure_cross_encoder(encoders: Path, model: ModelFolder) -> StoredCrossEncoder:
    """Return the exported cross-encoder of a model, exporting it first if it is missing or damaged.

    Raises:
        ModelError: sentence-transformers cannot load the model, or it is not a cross-encoder with one label.
        OSError: The folder cannot be written.
    """
    return _ensure(
        _cross_encoder_folder(encoders, model.fingerprint),
        lambda: read_cross_encoder(encoders, model.fingerprint, model.setting),
        lambda folder: _export_cross_encoder(model, folder),
    )


def _ensure(
    final: Path, read: Callable[[], _AnyStored], export: Callable[[Path], EncoderRecord | CrossEncoderRecord]
) -> _AnyStored:
    """Read what a folder holds; where it is missing or damaged, export into it first."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(final.parent / "export.lock"):
        try:
            stored = read()
            stored.check()
        except IndexDamaged:
            _export_aside(final, export)
            return read()
        return stored


def _export_aside(final: Path, export: Callable[[Path], EncoderRecord | CrossEncoderRecord]) -> None:
    """Export into a folder of its own and rename it into place; the caller holds the lock."""
    temporary = final.with_name(f".{final.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        record = export(temporary)
        (temporary / _RECORD).write_bytes(seal(record))
        for path in (*temporary.iterdir(), temporary):
            sync(path)
        shutil.rmtree(final, ignore_errors=True)  # only ever a damaged one: nothing can be reading it
        temporary.replace(final)
        sync(final.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _export_encoder(model: ModelFolder, folder: Path) -> EncoderRecord:
    """Export, quantise and compare with sentence-transformers; decide which form serves."""
    original = SentenceTransformerEncoder(model.path)
    parity, faults = _write_forms(folder, original, _cosine)
    serving, reason = _choose(parity, faults)
    return EncoderRecord(
        fingerprint=model.fingerprint,
        model=model.name,
        dimension=original.dimension,
        max_tokens=original.max_tokens,
        serving=serving,
        reason=reason,
        parity=parity,
        files=_hashes(folder),
    )


def _export_cross_encoder(model: ModelFolder, folder: Path) -> CrossEncoderRecord:
    """Export, quantise and compare with sentence-transformers; decide which form serves."""
    original = SentenceTransformerCrossEncoder(model.path, model.setting)
    parity, faults = _write_forms(folder, original, _score_parity)
    serving, reason = _choose_for_scores(parity, faults)
    return CrossEncoderRecord(
        fingerprint=model.fingerprint,
        model=model.name,
        max_tokens=original.max_tokens,
        serving=serving,
        reason=reason,
        parity=parity,
        files=_hashes(folder),
    )


def _write_forms(
    folder: Path, original: _Original, compare: Callable[[Path, _Original], _Parity]
) -> tuple[dict[str, _Parity], list[str]]:
    """Write each exported form and its tokenizer; return how each compares, and why there is no more of them."""
    parity: dict[str, _Parity] = {}
    faults: list[str] = []
    try:
        graph, tokenizer = original.export()
        (folder / _TOKENIZER).write_text(tokenizer, encoding="utf-8")
        (folder / _FP32).write_bytes(graph)
        parity["fp32"] = compare(folder / _FP32, original)
        (folder / _INT8).write_bytes(quantize(graph))
        parity["int8"] = compare(folder / _INT8, original)
    except (ModelError, IndexDamaged) as error:
        faults.append(str(error))
    return parity, faults


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256_file(path) for path in sorted(folder.iterdir())}


def _cosine(model_file: Path, original: SentenceTransformerEncoder) -> float:
    """Return the mean cosine of an exported form's vectors with sentence-transformers' own."""
    vectors = OnnxEncoder(model_file, model_file.parent / _TOKENIZER, original.max_tokens).encode(_PROBES)
    return round(float(np.mean(np.sum(vectors * original.encode(_PROBES), axis=1))), 5)


def _score_parity(model_file: Path, original: SentenceTransformerCrossEncoder) -> ScoreParity:
    """Compare an exported form's scores with sentence-transformers' own."""
    exported = OnnxCrossEncoder(model_file, model_file.parent / _TOKENIZER, original.max_tokens)
    try:
        found = _probe_scores(exported)
    except Exception as error:  # onnxruntime raises kinds of its own for a graph that it can load and not run
        raise ModelError(f"the exported model cannot be run: {type(error).__name__}: {error}") from error
    expected = _probe_scores(original)
    differences = np.nan_to_num(np.abs(found - expected), nan=1.0)
    return ScoreParity(
        mean_difference=round(float(differences.mean()), 5),
        max_difference=round(float(differences.max()), 5),
        order=round(_kendall(found, expected), 5),
    )


def _probe_scores(scorer: CrossEncoder) -> NDArray[np.float32]:
    return np.concatenate([scorer.score(question, texts) for question, texts in _PROBE_PAIRS])


def _kendall(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """Return Kendall's rank correlation over the pairs whose expected scores differ; 0 where none do."""
    first, second = np.triu_indices(len(expected), k=1)
    apart = expected[first] - expected[second]
    differ = np.abs(apart) > MAX_INT8_DIFFERENCE
    if not differ.any():
        return 0.0
    return float(np.mean(np.sign(apart[differ]) * np.sign((found[first] - found[second])[differ])))


def _choose(parity: dict[str, float], faults: list[str]) -> tuple[str, str]:
    """Choose the fastest form whose vectors agree with sentence-transformers', and say why."""
    fp32, int8 = parity.get("fp32", 0.0), parity.get("int8", 0.0)
    if fp32 >= MIN_FP32_COSINE and int8 >= MIN_INT8_COSINE:
        return "int8", f"int8 agrees with sentence-transformers (mean cosine {int8})"
    if fp32 >= MIN_FP32_COSINE:
        return "fp32", " ".join(faults) or f"the int8 vectors differ too much (mean cosine {int8})"
    return "sentence-transformers", " ".join(faults) or f"the exported vectors differ (mean cosine {fp32})"


def _choose_for_scores(parity: dict[str, ScoreParity], faults: list[str]) -> tuple[str, str]:
    """Choose the fastest form whose scores agree with sentence-transformers', and say why."""
    fp32, int8 = parity.get("fp32"), parity.get("int8")
    if fp32 is None:
        return "sentence-transformers", " ".join(faults)
    if fp32.max_difference > MAX_FP32_DIFFERENCE:
        return "sentence-transformers", f"the exported scores differ (by up to {fp32.max_difference})"
    if int8 is None:
        return "fp32", " ".join(faults)
    figures = f"mean difference {int8.mean_difference}, rank correlation {int8.order}"
    if int8.mean_difference <= MAX_INT8_DIFFERENCE and int8.order >= MIN_INT8_ORDER:
        return "int8", f"int8 agrees with sentence-transformers ({figures})"
    return "fp32", f"int8 does not agree with sentence-transformers ({figures})"
