"""A service under load while its collection changes; the long form is ``python -m tests.api.swap_under_load``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from index.collection import Collection
from index.settings import Settings
from tests.api.swap_under_load import DELETED, MAX_HELD, PLAN, Ledger, Seen, Swapper, documents_of, run

ASK = "/v1/ask?q=When+does+the+ferry+open%3F&k=20"


@pytest.mark.parametrize("workers", [1, 2])
def test_swaps_under_load_cost_no_request_mix_no_answer_and_are_seen_at_once(empty_data: Path, workers: int) -> None:
    report = run(empty_data, swaps=10, connections=4, workers=workers)

    assert [(kind, what, seen.path) for kind, what, seen in report.faults] == []
    assert [named for named, _ in report.probes] == [current for _, current in report.probes]
    assert len(report.probes) == 10
    assert {swap.kind for swap in report.ledger.swaps} == set(PLAN)
    assert all(len(names) <= MAX_HELD for names in report.held)
    assert not report.failed
    # And the run was one: the clients asked in all their ways, and found what was deleted missing.
    answered = [one for one in report.seen if one.status == 200]
    assert len({one.generation for one in answered}) > 1
    paths = {one.path.split("?")[0].split("/")[-1 if one.path.endswith("verify") else 1] for one in answered}
    assert {"v1", "verify", "readyz"} <= paths


@dataclass
class Town:
    """The collection of a run, asked one request at a time."""

    swapper: Swapper
    client: TestClient

    @property
    def ledger(self) -> Ledger:
        return self.swapper.ledger

    def get(self, path: str) -> Seen:
        began = time.monotonic()
        response = self.client.get(path)
        read = response.headers.get("Pincite-Generation")
        return Seen("GET", path, began, time.monotonic(), response.status_code, response.text, read)

    def fault(self, seen: Seen) -> str | None:
        found = self.ledger.fault(seen)
        return found and found[0]


@pytest.fixture
def town(empty_data: Path) -> Iterator[Town]:
    swapper = Swapper(Collection(empty_data, "default"))
    with TestClient(create_app(Settings(data_dir=empty_data))) as client:
        yield Town(swapper, client)


def answers(town: Town) -> list[Seen]:
    """Return one right response of each kind that has something of the collection in it."""
    asked = town.get(ASK)
    body = json.loads(asked.body)
    assert body["citations"]
    assert any(one["duplicates"] for one in body["passages"])
    passage = body["passages"][0]["id"]
    reference = body["citations"][0]["reference"]
    others = (
        "/v1/documents",
        f"/v1/documents/{DELETED}",
        f"/v1/passages/{passage}",
        f"/v1/citations/{reference}/verify",
    )
    return [asked, *(town.get(path) for path in (*others, "/readyz"))]


def test_what_is_right_is_no_fault_and_is_stale_once_another_generation_has_come(town: Town) -> None:
    seen = answers(town)
    town.swapper.swap("build")
    later = [replace(one, began=time.monotonic(), ended=time.monotonic()) for one in seen]
    across = [replace(one, ended=time.monotonic()) for one in seen]

    assert [town.fault(one) for one in seen] == [None] * 6
    assert [town.fault(one) for one in across] == [None] * 6
    assert [town.fault(one) for one in later] == ["stale"] * 6
    assert [town.fault(one) for one in answers(town)] == [None] * 6


def test_anything_of_another_state_makes_a_response_mixed(town: Town) -> None:
    seen = answers(town)
    before = town.ledger.swaps[0].generation
    town.swapper.swap("build")

    for one in seen:
        assert before == one.generation
        renamed = replace(one, read=town.ledger.swaps[1].generation, ended=time.monotonic())
        if one.path != "/readyz":  # which says how many documents there are, and nothing of them
            assert town.fault(renamed) == "mixed", one.path
    for one in (seen[0], seen[1], seen[2], seen[3]):
        assert town.fault(replace(one, body=one.body.replace("in state 1", "in state 2", 1))) == "mixed", one.path


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        *(
            (kind, "document_id", name)
            for kind in ("citation", "passage", "duplicate")
            for name in ("castle", "nowhere")
        ),
        *((kind, "document_title", "The ferry") for kind in ("citation", "passage", "duplicate")),
        *((kind, "start", 0) for kind in ("citation", "passage")),
        ("citation", "cited_text", "Nobody wrote this."),
        ("citation", "document_sha256", "0" * 64),
        ("citation", "answer_start", 1),
        ("passage", "text", "Nobody wrote this."),
        ("citation", "passage_id", "p0"),
        ("passage", "id", "p0"),
        ("duplicate", "passage_id", "p0"),
    ],
)
def test_an_answer_is_compared_character_for_character(town: Town, kind: str, name: str, value: object) -> None:
    seen = town.get(ASK)
    body = json.loads(seen.body)
    duplicate = next(one for hit in body["passages"] for one in hit["duplicates"])
    item = {"citation": body["citations"][0], "passage": body["passages"][0], "duplicate": duplicate}[kind]
    assert item[name] != value
    item[name] = value
    assert town.fault(replace(seen, body=json.dumps(body))) == "mixed"


def test_a_deleted_document_may_be_missing_and_must_not_be_found(town: Town) -> None:
    before = answers(town)
    town.swapper.swap("delete")
    after = town.get(f"/v1/documents/{DELETED}")
    passage = town.get(before[3].path)

    assert [after.status, passage.status] == [404, 404]
    assert [town.fault(after), town.fault(passage)] == [None, None]
    assert town.fault(replace(before[2], began=after.began, ended=after.ended)) == "stale"
    assert town.fault(town.get(ASK)) is None
    assert town.fault(town.get("/v1/documents")) is None
    assert json.loads(town.get(before[4].path).body)["state"] == "deleted"
    assert town.fault(town.get(before[4].path)) is None
    # Missing before it was deleted, or missing though it was not: both are errors.
    assert town.fault(replace(after, began=before[0].began, ended=before[0].ended)) == "error"
    assert town.fault(replace(after, path="/v1/documents/castle")) == "error"
    assert town.fault(replace(after, path=ASK)) == "error"
    town.swapper.swap("rollback")
    assert [town.fault(one) for one in answers(town)] == [None] * 6


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_whatever_is_no_answer_is_an_error(town: Town, status: int) -> None:
    assert town.fault(replace(town.get(ASK), status=status)) == "error"


def test_every_sentence_title_heading_and_author_of_a_state_has_its_number() -> None:
    for document in documents_of(17).values():
        pieces = [document.title, str(document.author), *document.text.replace("\n\n", " \n").split(". ")]
        assert [piece for piece in pieces if "state 17" not in piece] == []
        assert "18" not in document.text
