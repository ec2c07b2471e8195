"""A cross-encoder that a setting names is exported once, scores as sentence-transformers does, and needs no torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import encoder_store
from index.cross_encoder import CrossEncoder, CrossEncoderRecord, scores_of_logits
from index.encoder_store import (
    MAX_FP32_DIFFERENCE,
    StoredCrossEncoder,
    ensure_cross_encoder,
    ensure_encoder,
    read_cross_encoder,
    read_encoder,
)
from index.errors import IndexDamaged, ModelError
from index.files import sha256_file
from index.models import DEFAULT_MODEL, ModelFolder, resolve_model
from index.onnx_encoder import OnnxCrossEncoder
from index.sentence_transformer import SentenceTransformerCrossEncoder
from tests.conftest import SEEDS, environment

SETTING = "PINCITE_READER"
QUESTION = "Where do people live, and what do they eat there?"
LONG = "A sentence that goes on and on, about bread and bridges. " * 100  # far beyond 512 tokens
AWKWARD = ["x", "", "12.5 percent", "שלום 東京", "👩\u200d👧", "e\u0301\x00\t\n", LONG]
PARAGRAPHS = [
    paragraph
    for file in sorted(SEEDS.rglob("*.md"))
    for paragraph in file.read_text(encoding="utf-8").split("\n\n")
    if len(paragraph) > 100
][:34]


def library_scores(model: Path, question: str, texts: list[str]) -> NDArray[np.float32]:
    """Return what sentence-transformers' own ``predict`` gives, with the activation that the model was saved with."""
    import sentence_transformers

    library = sentence_transformers.CrossEncoder(str(model), device="cpu", local_files_only=True)
    return np.asarray(library.predict([(question, text) for text in texts], show_progress_bar=False))


@pytest.fixture(scope="session")
def real_model(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """all-MiniLM-L6-v2 under a head of large random weights, so that its scores lie far apart; never change it."""
    import sentence_transformers
    import torch

    base, folder = resolve_model(DEFAULT_MODEL).path, tmp_path_factory.mktemp("cross-encoders") / "real"
    model = sentence_transformers.CrossEncoder(str(base), device="cpu", local_files_only=True, num_labels=1)
    torch.manual_seed(3)
    head = torch.nn.Linear(384, 1)
    torch.nn.init.normal_(head.weight, std=4)
    torch.nn.init.zeros_(head.bias)
    model[0].model.classifier = head
    logits = model.predict([(QUESTION, text) for text in PARAGRAPHS], activation_fn=torch.nn.Identity())
    torch.nn.init.constant_(head.bias, -float(np.mean(logits)))
    model.save_pretrained(str(folder))
    return resolve_model(str(folder), SETTING)


@pytest.fixture(scope="session")
def real(real_model: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> StoredCrossEncoder:
    return ensure_cross_encoder(tmp_path_factory.mktemp("cross-exports"), real_model)


@pytest.fixture(scope="session")
def forms(real_model: ModelFolder, real: StoredCrossEncoder) -> dict[str, CrossEncoder]:
    """The real model in every form."""
    names = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
    exported = {
        form: OnnxCrossEncoder(real.folder / name, real.folder / "tokenizer.json", 512) for form, name in names.items()
    }
    return {**exported, "sentence-transformers": SentenceTransformerCrossEncoder(real_model.path)}


def small_cross_encoder(folder: Path, labels: int) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(resolve_model(DEFAULT_MODEL).path / name, folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.5,
    )
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def _small_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_cross_encoder(tmp_path_factory.mktemp("cross-encoders") / "small", labels=1)


@pytest.fixture
def small(_small_cross_encoder: Path, tmp_path: Path) -> ModelFolder:
    """A cross-encoder of one narrow layer with random weights, in a folder that a test may change."""
    return resolve_model(str(shutil.copytree(_small_cross_encoder, tmp_path / "small")), SETTING)


FORMS = pytest.mark.parametrize("form", ["fp32", "int8", "sentence-transformers"])


def test_an_export_scores_as_sentence_transformers_does(
    real_model: ModelFolder, forms: dict[str, CrossEncoder]
) -> None:
    expected = library_scores(real_model.path, QUESTION, PARAGRAPHS)
    assert len(expected) > 30
    assert np.ptp(expected) > 0.5, "scores that are all alike would prove nothing"
    assert np.abs(forms["fp32"].score(QUESTION, PARAGRAPHS) - expected).max() <= MAX_FP32_DIFFERENCE
    assert np.abs(forms["sentence-transformers"].score(QUESTION, PARAGRAPHS) - expected).max() <= MAX_FP32_DIFFERENCE
    assert np.corrcoef(forms["int8"].score(QUESTION, PARAGRAPHS), expected)[0, 1] > 0.9


def test_the_record_says_what_is_in_the_folder_and_how_near_each_form_comes(
    real_model: ModelFolder, real: StoredCrossEncoder
) -> None:
    on_disk = {file.name: sha256_file(file) for file in real.folder.iterdir() if file.name != "encoder.json"}
    assert set(on_disk) == {"model.onnx", "model.int8.onnx", "tokenizer.json"}
    fp32, int8 = real.record.parity["fp32"], real.record.parity["int8"]
    assert fp32.max_difference <= MAX_FP32_DIFFERENCE
    assert fp32.order == 1
    assert fp32.mean_difference < int8.mean_difference < int8.max_difference
    assert real.record == CrossEncoderRecord(
        fingerprint=real_model.fingerprint,
        model=real_model.name,
        max_tokens=512,
        serving="fp32",
        reason=f"int8 does not agree with sentence-transformers (mean difference {int8.mean_difference}, rank "
        f"correlation {int8.order})",
        parity={"fp32": fp32, "int8": int8},
        files=on_disk,
    )


def test_int8_serves_where_it_keeps_the_scores_and_their_order(encoders: Path, small: ModelFolder) -> None:
    stored = ensure_cross_encoder(encoders, small)
    int8 = stored.record.parity["int8"]
    assert stored.record.serving == "int8"
    assert 0 < int8.mean_difference <= encoder_store.MAX_INT8_DIFFERENCE
    assert int8.order >= encoder_store.MIN_INT8_ORDER
    served = OnnxCrossEncoder(stored.folder / "model.int8.onnx", stored.folder / "tokenizer.json", 512)
    assert (stored.open().score(QUESTION, PARAGRAPHS) == served.score(QUESTION, PARAGRAPHS)).all()
    expected = library_scores(small.path, QUESTION, PARAGRAPHS)
    assert np.abs(stored.open().score(QUESTION, PARAGRAPHS) - expected).mean() <= encoder_store.MAX_INT8_DIFFERENCE


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (QUESTION, LONG),
        (QUESTION * 60, "A text."),
        (QUESTION * 60, LONG),
        (QUESTION * 20, LONG),
        (QUESTION, "word " * 499),
        ("", LONG),
    ],
)
def test_what_is_too_long_is_cut_off_where_sentence_transformers_cuts_it_off(
    question: str, text: str, real_model: ModelFolder, forms: dict[str, CrossEncoder]
) -> None:
    expected = library_scores(real_model.path, question, [text])
    assert forms["fp32"].score(question, [text]) == pytest.approx(expected, abs=MAX_FP32_DIFFERENCE)


@FORMS
def test_a_question_stays_whole_beside_a_text_that_is_too_long(form: str, forms: dict[str, CrossEncoder]) -> None:
    score, other = (forms[form].score(f"{QUESTION} {last}", [LONG])[0] for last in ("Where?", "Never."))
    assert abs(score - other) > 0.001
    longer = forms[form].score(f"{QUESTION} Where?", [LONG + "and more"])[0]
    assert longer == pytest.approx(score, abs=1e-4), "what lies beyond the limit of tokens is cut off"


@FORMS
def test_any_text_gets_a_score_from_0_to_1(form: str, forms: dict[str, CrossEncoder]) -> None:
    for question in (QUESTION, "", "x"):
        scores = forms[form].score(question, AWKWARD)
        assert scores.shape == (len(AWKWARD),)
        assert scores.dtype == np.float32
        assert ((scores >= 0) & (scores <= 1)).all()


@FORMS
def test_no_texts_get_no_scores(form: str, forms: dict[str, CrossEncoder]) -> None:
    scores = forms[form].score(QUESTION, [])
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


@FORMS
def test_scores_are_in_the_order_of_the_texts_and_hang_on_no_other_text(
    form: str, forms: dict[str, CrossEncoder]
) -> None:
    texts = [LONG, "x", *PARAGRAPHS]  # more than one batch, and the longest beside the shortest
    together = forms[form].score(QUESTION, texts)
    backwards = forms[form].score(QUESTION, texts[::-1])[::-1]
    alone = [forms[form].score(QUESTION, [text])[0] for text in texts[:6]]
    tolerance = 1e-3 if form == "sentence-transformers" else 0.0  # which pads: a batch's rounding is not another's
    assert np.abs(together - backwards).max() <= tolerance
    assert np.abs(together[:6] - alone).max() <= tolerance


def test_the_score_is_the_sigmoid_of_the_logit_without_overflow() -> None:
    logits = np.asarray([-1000, -10, 0, 10, 1000], dtype=np.float32)
    assert scores_of_logits(logits) == pytest.approx([0, 4.5397868e-05, 0.5, 0.9999546, 1], rel=1e-6)


def test_a_model_saved_with_an_activation_of_its_own_still_scores_from_0_to_1(
    encoders: Path, small: ModelFolder, tmp_path: Path
) -> None:
    import sentence_transformers
    import torch

    model = sentence_transformers.CrossEncoder(
        str(small.path), device="cpu", local_files_only=True, activation_fn=torch.nn.Identity()
    )
    model.save_pretrained(str(tmp_path / "identity"))
    logits = library_scores(tmp_path / "identity", QUESTION, PARAGRAPHS)
    assert (logits.min() < 0) or (logits.max() > 1), "these have to be logits"
    stored = ensure_cross_encoder(encoders, resolve_model(str(tmp_path / "identity"), SETTING))
    fp32 = OnnxCrossEncoder(stored.folder / "model.onnx", stored.folder / "tokenizer.json", 512)
    for scorer in (fp32, SentenceTransformerCrossEncoder(tmp_path / "identity")):
        assert scorer.score(QUESTION, PARAGRAPHS) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-4)


def test_a_model_saved_at_half_precision_is_exported_at_full(
    encoders: Path, small: ModelFolder, tmp_path: Path
) -> None:
    import sentence_transformers

    model = sentence_transformers.CrossEncoder(str(small.path), device="cpu", local_files_only=True)
    model.half().save_pretrained(str(tmp_path / "half"))
    stored = ensure_cross_encoder(encoders, resolve_model(str(tmp_path / "half"), SETTING))
    assert stored.record.serving == "int8"
    assert stored.record.parity["fp32"].max_difference < 1e-5


def test_a_model_with_many_labels_is_refused(encoders: Path, tmp_path: Path) -> None:
    model = resolve_model(str(small_cross_encoder(tmp_path / "many", labels=3)), SETTING)
    with pytest.raises(ModelError, match=rf"{tmp_path}/many has 3 labels: .* Set {SETTING} to .* one label"):
        ensure_cross_encoder(encoders, model)
    assert [entry.name for entry in encoders.iterdir()] == ["export.lock"]


def test_an_embedding_model_is_refused_instead_of_given_a_random_head(encoders: Path) -> None:
    model = resolve_model(str(resolve_model(DEFAULT_MODEL).path), SETTING)
    with pytest.raises(ModelError, match=rf"is not a cross-encoder: .* names BertModel\. Set {SETTING} to the folder"):
        ensure_cross_encoder(encoders, model)


@pytest.mark.parametrize("name", ["absent", ".", DEFAULT_MODEL, "owner/name"])
def test_what_is_no_cross_encoders_folder_is_refused_with_the_setting_that_names_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "modules.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        resolve_model(name, SETTING)
    assert str(caught.value) == (
        f"{SETTING} names {name!r}, which is not the folder of a cross-encoder (it has no config.json). Give such a "
        "folder, or 'hub:owner/name' to fetch one."
    )


def test_a_hub_model_that_cannot_be_fetched_is_refused_with_the_setting_that_names_it() -> None:
    with pytest.raises(ModelError, match=rf"could not be fetched from the hub .* set {SETTING} to its folder"):
        resolve_model("hub:pincite-has/no-such-model", SETTING)


def test_a_folder_that_sentence_transformers_cannot_load_is_refused_and_leaves_nothing_behind(
    encoders: Path, small: ModelFolder
) -> None:
    (small.path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=rf"cannot load the model in .* set {SETTING} to another one"):
        ensure_cross_encoder(encoders, small)
    assert [entry.name for entry in encoders.iterdir()] == ["export.lock"]


def test_a_second_use_exports_nothing(encoders: Path, small: ModelFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = ensure_cross_encoder(encoders, small)
    before = {file: file.stat() for file in stored.folder.iterdir()}

    def refuse(path: Path, setting: str) -> SentenceTransformerCrossEncoder:
        raise AssertionError(f"{path} was loaded for {setting}")

    monkeypatch.setattr(encoder_store, "SentenceTransformerCrossEncoder", refuse)
    assert ensure_cross_encoder(encoders, small) == stored
    assert read_cross_encoder(encoders, small.fingerprint, SETTING) == stored
    for file, was in before.items():
        assert (file.stat().st_ino, file.stat().st_mtime_ns) == (was.st_ino, was.st_mtime_ns)


def test_a_folder_that_two_settings_name_is_both_an_encoder_and_a_cross_encoder(
    encoders: Path, small: ModelFolder
) -> None:
    cross, encoder = ensure_cross_encoder(encoders, small), ensure_encoder(encoders, small)
    cross.check()
    encoder.check()
    assert read_cross_encoder(encoders, small.fingerprint, SETTING) == cross
    assert read_encoder(encoders, small.fingerprint) == encoder
    assert encoder.open().encode([QUESTION]).shape == (1, 32)
    assert cross.open().score(QUESTION, ["a text"]).shape == (1,)


@pytest.mark.parametrize("name", ["model.int8.onnx", "model.onnx", "tokenizer.json", "encoder.json"])
def test_a_damaged_export_is_refused_and_made_anew_with_the_same_bytes(
    encoders: Path, small: ModelFolder, name: str
) -> None:
    stored = ensure_cross_encoder(encoders, small)
    before = {file.name: file.read_bytes() for file in stored.folder.iterdir()}
    (stored.folder / name).write_bytes(before[name][:-9] + b"?" + before[name][-8:])
    with pytest.raises(IndexDamaged, match=rf"{name} is not the file that was written"):
        read_cross_encoder(encoders, small.fingerprint).check()
    leftover = encoders / f".{stored.folder.name}.tmp" / "of a killed export"
    leftover.mkdir(parents=True)
    assert ensure_cross_encoder(encoders, small) == stored
    assert {file.name: file.read_bytes() for file in stored.folder.iterdir()} == before
    assert {entry.name for entry in encoders.iterdir()} == {"export.lock", stored.folder.name}


def test_a_cross_encoder_that_was_never_exported_or_is_another_is_damage(encoders: Path, small: ModelFolder) -> None:
    with pytest.raises(IndexDamaged, match=r"encoder\.json cannot be read"):
        read_cross_encoder(encoders, small.fingerprint)
    ensure_cross_encoder(encoders, small)
    with pytest.raises(IndexDamaged, match="holds another encoder"):
        read_cross_encoder(encoders, small.fingerprint[:16] + "0" * 48)


@pytest.mark.parametrize("broken", ["model", "tokenizer"])
def test_an_exported_file_that_cannot_be_loaded_is_damage(
    real: StoredCrossEncoder, tmp_path: Path, broken: str
) -> None:
    files = {"model": real.folder / "model.onnx", "tokenizer": real.folder / "tokenizer.json"}
    files[broken] = tmp_path / "file"
    files[broken].write_bytes(b"garbage")
    with pytest.raises(IndexDamaged, match=r"cannot be loaded .* Run `pincite index` again"):
        OnnxCrossEncoder(files["model"], files["tokenizer"], 512)


@pytest.mark.parametrize(
    ("threshold", "serves_instead"),
    [
        (("MAX_INT8_DIFFERENCE", 0.0), ("fp32", OnnxCrossEncoder)),
        (("MIN_INT8_ORDER", 1.1), ("fp32", OnnxCrossEncoder)),
        (("MAX_FP32_DIFFERENCE", -1.0), ("sentence-transformers", SentenceTransformerCrossEncoder)),
    ],
)
def test_a_form_that_disagrees_does_not_serve(
    encoders: Path,
    small: ModelFolder,
    monkeypatch: pytest.MonkeyPatch,
    threshold: tuple[str, float],
    serves_instead: tuple[str, type[CrossEncoder]],
) -> None:
    monkeypatch.setattr(encoder_store, *threshold)
    stored = ensure_cross_encoder(encoders, small)
    assert (stored.record.serving, type(stored.open())) == serves_instead
    assert "does not agree" in stored.record.reason or "scores differ" in stored.record.reason
    expected = library_scores(small.path, QUESTION, PARAGRAPHS)
    assert stored.open().score(QUESTION, PARAGRAPHS) == pytest.approx(expected, abs=MAX_FP32_DIFFERENCE)


def test_a_model_that_cannot_be_quantised_is_served_as_fp32_and_the_record_says_why(
    encoders: Path, small: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(graph: bytes) -> bytes:
        raise ModelError("the model cannot be quantised")

    monkeypatch.setattr(encoder_store, "quantize", refuse)
    stored = ensure_cross_encoder(encoders, small)
    assert (stored.record.serving, stored.record.reason) == ("fp32", "the model cannot be quantised")
    assert set(stored.record.files) == {"model.onnx", "tokenizer.json"}


def test_a_model_that_cannot_be_exported_is_served_by_sentence_transformers_and_the_record_says_why(
    encoders: Path, small: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(scorer: SentenceTransformerCrossEncoder) -> tuple[bytes, str]:
        raise ModelError("the model cannot be exported")

    monkeypatch.setattr(SentenceTransformerCrossEncoder, "export", refuse)
    stored = ensure_cross_encoder(encoders, small)
    assert (stored.record.serving, stored.record.reason) == ("sentence-transformers", "the model cannot be exported")
    expected = library_scores(small.path, QUESTION, PARAGRAPHS)
    assert stored.open().score(QUESTION, PARAGRAPHS) == pytest.approx(expected, abs=MAX_FP32_DIFFERENCE)

    (small.path / "vocab.txt").write_text("changed", encoding="utf-8")
    with pytest.raises(ModelError, match=rf"is not the one that was exported for {SETTING}\. Put that one back"):
        stored.open()
    shutil.rmtree(small.path)
    with pytest.raises(ModelError, match=rf"{SETTING} names .* not the folder of a cross-encoder"):
        stored.open()


def test_an_exported_graph_that_cannot_be_run_does_not_serve(
    encoders: Path, small: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = SentenceTransformerCrossEncoder.export

    def rename_an_input(scorer: SentenceTransformerCrossEncoder) -> tuple[bytes, str]:
        graph, tokenizer = export(scorer)
        return graph.replace(b"token_type_ids", b"words_type_ids"), tokenizer

    monkeypatch.setattr(SentenceTransformerCrossEncoder, "export", rename_an_input)
    stored = ensure_cross_encoder(encoders, small)
    assert stored.record.serving == "sentence-transformers"
    assert stored.record.reason == "the exported model cannot be run: KeyError: 'words_type_ids'"


def test_the_order_of_scores_counts_only_where_they_differ() -> None:
    expected = np.asarray([0.1, 0.11, 0.5, 0.9], dtype=np.float32)
    assert encoder_store._kendall(np.asarray([0.12, 0.11, 0.5, 0.9], np.float32), expected) == 1
    assert encoder_store._kendall(-expected, expected) == -1
    assert encoder_store._kendall(np.asarray([0.1, 0.11, 0.9, 0.5], np.float32), expected) == pytest.approx(3 / 5)
    assert encoder_store._kendall(expected, np.full(4, 0.5, np.float32)) == 0


@pytest.mark.parametrize("serving", ["int8", "fp32"])
def test_serving_imports_neither_torch_nor_sentence_transformers(
    encoders: Path, small: ModelFolder, monkeypatch: pytest.MonkeyPatch, serving: str
) -> None:
    if serving == "fp32":
        monkeypatch.setattr(encoder_store, "MIN_INT8_ORDER", 1.1)
    stored = ensure_cross_encoder(encoders, small)
    assert stored.record.serving == serving
    script = (
        "import sys; from pathlib import Path; from index.encoder_store import read_cross_encoder\n"
        f"stored = read_cross_encoder(Path({str(encoders)!r}), {stored.record.fingerprint!r})\n"
        "stored.check()\n"
        "assert stored.open().score('a question', ['a text', 'another']).shape == (2,)\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, env=environment(encoders), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("set()\n", "", 0)
