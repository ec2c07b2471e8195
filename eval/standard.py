"""Standard collections in the forms that the field shares: BEIR folders and SQuAD files."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures

from eval.errors import CollectionError
from eval.gold import GoldLocator
from eval.measures import DEPTH, RANKING, listed_as, measure_case
from eval.records import Place, Result, Run
from eval.run import make_run
from eval.targets import Target
from index.blocks import Block, assemble, clean
from index.documents import Document, Region

_QRELS = ("qrels/test.tsv", "qrels_test.tsv", "qrels.tsv")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a standard collection.

    Attributes:
        id: Its id.
        text: The question.
        relevant: Relevance by document, for collections that judge whole documents.
        answers: Accepted answers, for collections that have them.
        places: Where accepted answers stand, likewise; any of them will do.
        answerable: Whether the documents answer it.
    """

    id: str
    text: str
    relevant: dict[str, int]
    answers: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class StandardCollection:
    """Documents and questions, read from disk.

    Attributes:
        name: Of the folder or file.
        documents: Ready to be indexed.
        questions: Those with judgements; an answer that does not stand in its paragraph makes no question.
        sha256: Of the questions and judgements.
    """

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    sha256: str


def collection_name(name: str) -> str:
    """Return the name of the collection that holds a standard collection's documents."""
    return ("standard-" + re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-"))[:64]


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSONL file.

    Raises:
        CollectionError: It cannot be read, or is not JSONL.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CollectionError(f"{path} is not JSONL: {error}.") from error


def _field(line: dict[str, Any], name: str, path: Path) -> str:
    value = line.get(name)
    if not isinstance(value, str):
        raise CollectionError(f"{path}: a line has no text under {name!r}: {str(line)[:80]}")
    return value


def read_beir(folder: Path) -> StandardCollection:
    """Read a BEIR folder: ``corpus.jsonl``, ``queries.jsonl``, and test qrels (a TSV with a header line).

    Raises:
        CollectionError: A file is missing or is not as it should be.
    """
    qrels_file = next((folder / name for name in _QRELS if (folder / name).is_file()), None)
    if qrels_file is None:
        raise CollectionError(f"{folder} is no BEIR folder: it has none of {', '.join(_QRELS)}.")
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    documents = []
    for line in read_jsonl(corpus):
        title, text = str(line.get("title") or ""), _field(line, "text", corpus)
        parts = assemble([Block(text or title, kind="whole")])
        if parts.blocks:
            name = _field(line, "_id", corpus)
            documents.append(Document(name, clean(title) or name, parts.text, blocks=parts.blocks))
    relevant: dict[str, dict[str, int]] = defaultdict(dict)
    with qrels_file.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if number == 1:
                continue
            if len(row) != 3 or not row[2].lstrip("-").isdigit():
                raise CollectionError(f"{qrels_file}:{number}: three columns are wanted: query, document, relevance.")
            relevant[row[0]][row[1]] = int(row[2])
    questions = tuple(
        Question(line["_id"], _field(line, "text", queries), relevant[line["_id"]])
        for line in read_jsonl(queries)
        if line.get("_id") in relevant
    )
    return _whole(folder.name, documents, questions, folder)


def read_squad(path: Path) -> StandardCollection:
    """Read a SQuAD 1.1 or 2.0 file: an article becomes a document, a paragraph a passage, an answer gold.

    Raises:
        CollectionError: The file is missing or is not as it should be.
    """
    try:
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        documents: list[Document] = []
        questions: list[Question] = []
        for number, article in enumerate(articles):
            _read_article(f"a{number:04}", article, documents, questions)
    except OSError as error:
        raise CollectionError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CollectionError(f"{path} is not a SQuAD file: {type(error).__name__}: {error}.") from error
    return _whole(path.stem, documents, tuple(questions), path)


def _read_article(name: str, article: dict[str, Any], documents: list[Document], questions: list[Question]) -> None:
    contexts = [paragraph["context"] for paragraph in article["paragraphs"]]
    parts = assemble([Block(context, kind="whole") for context in contexts])
    if len(parts.blocks) != len(contexts):
        raise ValueError(f"article {article['title']!r} has an empty paragraph")
    documents.append(Document(name, clean(article["title"]) or name, parts.text, blocks=parts.blocks))
    for paragraph, block in zip(article["paragraphs"], parts.blocks, strict=True):
        for asked in paragraph["qas"]:
            found = [_answer_place(name, parts.text, block, answer) for answer in asked["answers"]]
            answerable = not asked.get("is_impossible", False)
            places = tuple(place for place in found if place is not None) if answerable else ()
            answers = tuple(dict.fromkeys(answer["text"] for answer in asked["answers"])) if answerable else ()
            if bool(places) == answerable:
                questions.append(Question(asked["id"], asked["question"].strip(), {}, answers, places, answerable))


def _answer_place(name: str, text: str, block: Region, answer: dict[str, Any]) -> Place | None:
    """Find an answer's words in its paragraph, nearest to where the file says: cleaning may have moved characters."""
    words, start, end = clean(answer["text"]), block.start, block.end
    found = [start + at.start() for at in re.finditer(re.escape(words), text[start:end])] if words else []
    if not found:
        return None
    begin = min(found, key=lambda at: abs(at - start - answer["answer_start"]))
    return Place(document_id=name, start=begin, end=begin + len(words))


def _whole(name: str, documents: Iterable[Document], questions: tuple[Question, ...], path: Path) -> StandardCollection:
    ordered = tuple(sorted(documents, key=lambda document: document.id))
    if not ordered or not questions:
        raise CollectionError(f"{path} holds {len(ordered)} documents and {len(questions)} judged questions.")
    repeated = [key for key, count in Counter(question.id for question in questions).items() if count > 1]
    if repeated:
        raise CollectionError(f"{path}: question ids must differ; these come more than once: {', '.join(repeated[:5])}")
    digest = hashlib.sha256(repr([(q.id, q.text, sorted(q.relevant.items()), q.answers) for q in questions]).encode())
    return StandardCollection(name, ordered, questions, digest.hexdigest())


def run_standard(collection: StandardCollection, target: Target, progress: Callable[[], None] | None = None) -> Run:
    """Ask every question of a standard collection of a target that holds its documents.

    Raises:
        PinciteError: A question could not be asked.
    """
    locator = GoldLocator(target)
    results = []
    for question in collection.questions:
        results.append(_ask(question, target, locator))
        if progress is not None:
            progress()
    return make_run(collection.name, collection.sha256, target, results)


def _ask(question: Question, target: Target, locator: GoldLocator) -> Result:
    answered = target.ask(question.text, DEPTH)
    if question.relevant:
        # Judgements are of whole documents: a document stands where its first passage does.
        found = dict.fromkeys(
            name
            for passage in answered.passages
            for name in (passage.document_id, *(repeat.document_id for repeat in passage.repeats))
        )
        ranked = {document: -float(rank) for rank, document in enumerate(found)}
        measures = ir_measures.calc_aggregate(RANKING, {"q": question.relevant}, {"q": ranked})
        relevant = tuple(sorted(name for name, grade in question.relevant.items() if grade > 0))
        values = {str(measure): float(value) for measure, value in measures.items()}
    else:
        gold = [locator.hold(question.places)] if question.places else []
        relevant = tuple(sorted(listed_as(answered.passages, gold[0].passages))) if gold else ()
        values = measure_case(answered, question.answers, gold)
    return Result(
        case=question.id,
        question=question.text,
        answerable=question.answerable,
        tags=(),
        documents=(),
        status="scored",
        relevant=relevant,
        answered=answered,
        measures=values,
    )
