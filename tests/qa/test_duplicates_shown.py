"""From documents to an answer: what stands in them twice is shown once, and listed where it also stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.collection import Collection
from index.settings import Settings
from qa.answers import Answer
from qa.asker import Asker
from qa.factory import open_asker
from qa.filters import Filters
from qa.local_engine import LocalEngine
from qa.reader import READ_PASSAGES
from tests.conftest import Silent

FERRY = (
    "The ferry between the island and the mainland carried {number} passengers last year, and the harbour master says "
    "that the new timetable, the longer season and the second ship explain {negation}all of the difference to the year "
    "before, in which storms had closed the harbour for weeks and the old ship had spent most of the autumn in a dock "
    "on the far side of the {bay} while its engine was taken apart and put together again by its own crew."
)
PLAIN = FERRY.format(number="51,000", negation="", bay="bay")
COPIES = {
    "original": PLAIN,
    "copy": PLAIN.replace(", ", ",  ").upper(),
    "typo": FERRY.format(number="51,000", negation="", bay="bya"),
    "number": FERRY.format(number="52,000", negation="", bay="bay"),
    "negation": FERRY.format(number="51,000", negation="not ", bay="bay"),
}
OTHERS = ("Dogs stay on the upper deck of the ferry.", "Bread needs a starter.", "The moon pulls the sea.")
QUESTION = "How many passengers did the ferry carry last year?"


@pytest.fixture
def asker(empty_data: Path, tmp_path: Path) -> Asker:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in COPIES.items():
        (folder / f"{name}.md").write_text(f"# The ferry\n\n{text}\n", encoding="utf-8")
    for number, text in enumerate(OTHERS):
        (folder / f"other-{number}.md").write_text(f"# Other\n\n{text}\n", encoding="utf-8")
    build(Collection(empty_data, "default"), [folder], Settings().model, Silent())
    return open_asker(Settings(data_dir=empty_data, max_risk=1))


def groups(answer: Answer) -> list[set[str]]:
    """Return the documents of each hit, that of the hit itself and those of its duplicates."""
    return [{hit.passage.document_id, *(one.passage.document_id for one in hit.duplicates)} for hit in answer.hits]


def test_a_paragraph_under_two_names_is_one_hit_and_one_with_another_number_or_a_negation_is_another(
    asker: Asker,
) -> None:
    answer = asker.ask(QUESTION, k=3)
    found = groups(answer)
    assert sorted(map(sorted, found)) == [["copy", "original", "typo"], ["negation"], ["number"]]
    first = next(hit for hit in answer.hits if hit.duplicates)
    for duplicate in first.duplicates:
        assert duplicate.document_title == "The ferry"
        assert " ".join(duplicate.passage.text.split()) == " ".join(COPIES[duplicate.passage.document_id].split())
        assert duplicate.score <= first.score
        assert duplicate.duplicates == ()


def test_the_places_that_repetitions_leave_are_taken_by_the_next(asker: Asker) -> None:
    answer = asker.ask(QUESTION, k=5)
    assert len(answer.hits) == 5
    assert len(asker.ask(QUESTION, k=100).hits) == 3 + len(OTHERS)
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)


def test_no_quote_is_cited_from_a_passage_that_is_left_out(asker: Asker) -> None:
    answer = asker.ask(QUESTION, k=5)
    assert answer.citations
    assert {citation.passage_id for citation in answer.citations} <= {hit.passage.id for hit in answer.hits}


def test_the_spans_read_are_those_of_the_hits_that_are_left(asker: Asker) -> None:
    hits = asker.ask(QUESTION, k=READ_PASSAGES).hits
    found = asker.find(QUESTION)
    match = found.match
    assert match is not None
    read = match.candidates.rows[match.ranking.places[match.ranks[:READ_PASSAGES]]]
    assert asker.generation.database.passages(read.tolist()) == [hit.passage for hit in hits]
    assert len(match.candidates.rows) > len(hits)
    # What the ranking has looked at, or else the engine, says the same of them.
    fresh = LocalEngine(asker.generation).evidence(found.query, read)
    for name in ("offsets", "cosines", "windows", "span_terms", "context_terms", "span_pairs", "context_pairs"):
        np.testing.assert_array_equal(getattr(match.evidence, name), getattr(fresh, name), err_msg=name)
    far = replace(match.ranking, close=match.ranking.close[:1])
    assert far.evidence_of(match.ranking.places[match.ranks[:READ_PASSAGES]]) is None


def test_what_filters_leave_out_is_no_duplicate(asker: Asker) -> None:
    answer = asker.ask(QUESTION, k=3, filters=Filters(document_ids=frozenset(["typo", "number"])))
    assert sorted(map(sorted, groups(answer))) == [["number"], ["typo"]]
