from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from eval.errors import CollectionError
from eval.part import Part
from eval.standard import collection_name, read_beir, read_squad, run_standard
from eval.summary import summarize
from eval.targets import LocalTarget
from index.blocks import clean
from index.build import build_documents
from index.collection import Collection
from index.models import DEFAULT_MODEL
from index.settings import Settings
from tests.conftest import ROOT, Command, Silent

CORPUS = [
    {"_id": "d1", "title": "Ferries", "text": "The ferry to the island leaves at nine."},
    {"_id": "d2", "title": "", "text": "Bread needs flour, water and salt."},
    {"_id": "d3", "title": "Trains", "text": ""},
]
QUERIES = [{"_id": "q1", "text": "When does the ferry leave?"}, {"_id": "q2", "text": "What goes into bread?"}]
WHEN = {"id": "s1", "question": "When was Brest dug?", "answers": [{"text": "1631", "answer_start": 29}]}
WHO = {"id": "s2", "question": "Who designed it?", "answers": [], "is_impossible": True}
LIT = {"id": "s3", "question": "When are they lit?", "answers": [{"text": "dusk", "answer_start": 23}]}
PARAGRAPHS = [
    {"context": "The port of Brest was dug in 1631.\u00a0 It was dug by hand.", "qas": [WHEN, WHO]},
    {"context": "Lighthouses are lit at dusk.", "qas": [LIT]},
]
SQUAD = {"version": "v2.0", "data": [{"title": "Harbours", "paragraphs": PARAGRAPHS}]}


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "Tiny BEIR"
    (folder / "qrels").mkdir(parents=True)
    for name, lines in (("corpus", CORPUS), ("queries", QUERIES)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    judged = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq2\td3\t0\n"
    (folder / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return folder


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    (tmp_path / "dev.json").write_text(json.dumps(SQUAD), encoding="utf-8")
    return tmp_path / "dev.json"


def test_a_beir_folder_is_read_with_its_judgements(beir: Path) -> None:
    found = read_beir(beir)

    assert [document.id for document in found.documents] == ["d1", "d2", "d3"]
    assert [document.title for document in found.documents] == ["Ferries", "d2", "Trains"]
    assert found.documents[2].text == "Trains", "a document without text is its title"
    assert [question.relevant for question in found.questions] == [{"d1": 2}, {"d2": 1, "d3": 0}]
    assert collection_name(found.name) == "standard-tiny-beir"


def test_a_squad_file_is_read_with_answers_in_their_places(squad: Path) -> None:
    found = read_squad(squad)

    (document,) = found.documents
    places = {question.id: question.places for question in found.questions}
    assert [document.text[place.start : place.end] for place in places["s1"]] == ["1631"]
    assert [document.text[place.start : place.end] for place in places["s3"]] == ["dusk"]
    assert places["s2"] == ()
    assert [question.answerable for question in found.questions] == [True, False, True]
    assert len(document.blocks) == 2


def test_both_are_measured_over_an_index_of_their_documents(beir: Path, squad: Path, empty_data: Path) -> None:
    for standard in (read_beir(beir), read_squad(squad)):
        settings = Settings(data_dir=empty_data, collection=collection_name(standard.name))
        collection = Collection(settings.data_dir, settings.collection)
        build_documents(collection, standard.documents, DEFAULT_MODEL, Silent())
        run = run_standard(standard, LocalTarget.open(settings, frozenset({Part.SPANS})))

        assert [result.case for result in run.results] == [question.id for question in standard.questions]
        assert summarize(run).overall["Success@1"].value == 1
        assert run.target.settings["without"] == "spans"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("qrels/test.tsv", "h\nq1\td1\n", "test.tsv:2: three columns"),
        ("qrels/test.tsv", "h\nq1\td1\tmuch\n", "test.tsv:2: three columns"),
        ("qrels/test.tsv", "h\nq9\td1\t1\n", "0 judged questions"),
        ("corpus.jsonl", "{\n", "corpus.jsonl is not JSONL"),
        ("corpus.jsonl", '{"_id": "d1"}\n', "no text under 'text'"),
        ("queries.jsonl", '{"_id": "q1"}\n', "no text under 'text'"),
    ],
)
def test_a_bad_beir_folder_is_refused_with_the_place(name: str, content: str, reason: str, beir: Path) -> None:
    (beir / name).write_text(content, encoding="utf-8")
    with pytest.raises(CollectionError, match=reason):
        read_beir(beir)


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")
    (tmp_path / "text.json").write_text("{", encoding="utf-8")
    with pytest.raises(CollectionError, match="no BEIR folder"):
        read_beir(tmp_path)
    for name in ("list.json", "text.json", "missing.json"):
        with pytest.raises(CollectionError, match=name):
            read_squad(tmp_path / name)


def test_the_command_indexes_and_measures(beir: Path, empty_data: Path, pincite: Command) -> None:
    done = pincite(empty_data, "eval", "run", "--beir", str(beir), "--without", "spans", "--without", "lexical")

    assert done.returncode == 0, done.stderr
    assert "Tiny BEIR: 2 cases (2 scored, 0 failed, 0 skipped)" in done.stdout
    assert "nDCG@10" in done.stdout


SCIFACT = ROOT.parent / "shared/data/scifact"


@pytest.mark.skipif(not SCIFACT.is_dir(), reason="the public collection SciFact is not beside the project")
def test_scifact_is_read_whole() -> None:
    found = read_beir(SCIFACT)

    assert (len(found.documents), len(found.questions)) == (5183, 300)


SQUAD_HALF = ROOT.parent / "shared/data/squad_dev_v2.0_half"


@pytest.mark.skipif(not SQUAD_HALF.is_dir(), reason="the public collection SQuAD 2.0 is not beside the project")
def test_a_large_squad_file_is_read_whole(tmp_path: Path) -> None:
    def lines(name: str) -> list[Any]:
        return [json.loads(line) for line in (SQUAD_HALF / name).read_text(encoding="utf-8").splitlines()]

    asked = {line["_id"]: line["text"] for line in lines("queries.jsonl")}
    questions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    paragraphs = {line["_id"]: line for line in lines("corpus.jsonl")}
    home = dict(row.split("\t")[:2] for row in (SQUAD_HALF / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:])
    for line in lines("answers.jsonl"):
        context = paragraphs[home[line["_id"]]]["text"]
        answers = [{"text": text, "answer_start": context.find(text)} for text in line["answers"]]
        one = {"id": line["_id"], "question": asked[line["_id"]], "answers": answers}
        questions[home[line["_id"]]].append({**one, "is_impossible": line["is_impossible"]})
    articles: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, line in paragraphs.items():
        articles[line["title"]].append({"context": line["text"], "qas": questions[name]})
    data = [{"title": title, "paragraphs": found} for title, found in articles.items()]
    file = tmp_path / "dev-v2.0.json"
    file.write_text(json.dumps({"version": "v2.0", "data": data}), encoding="utf-8")

    found = read_squad(file)

    assert (len(found.documents), len(found.questions)) == (len(articles), len(asked))
    assert sum(len(document.blocks) for document in found.documents) == len(paragraphs)
    texts = {document.id: document.text for document in found.documents}
    for question in found.questions:
        stand = {texts[place.document_id][place.start : place.end] for place in question.places}
        assert stand <= {clean(answer) for answer in question.answers}
        assert bool(stand) == question.answerable
