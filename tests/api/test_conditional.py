"""Texts, heading maps and passages; and that what has not changed is not sent again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx import Client

from api.app import create_app
from api.document_tags import document_etag
from api.schemas.documents import HeadingMap
from index.build import build
from index.collection import Collection
from index.documents import Document, Heading, Passage, Span
from index.settings import Settings
from qa.asker import Asker
from tests.conftest import Silent

SPUTNIK = "/v1/documents/chinas-sputnik-moment"


@pytest.fixture(scope="module")
def paths(seeds_asker: Asker) -> list[str]:
    """Return an address of each kind that has a tag."""
    (passage, *_) = seeds_asker.generation.database.passages_of("chinas-sputnik-moment")
    return [SPUTNIK, f"{SPUTNIK}/text", f"{SPUTNIK}/headings", f"/v1/passages/{passage.id}?around=2"]


def test_the_text_is_the_documents_and_offsets_count_in_it(client: Client) -> None:
    text = client.get(f"{SPUTNIK}/text").raise_for_status()
    document = client.get(SPUTNIK).raise_for_status().json()

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text == document["text"]
    assert hashlib.sha256(text.content).hexdigest() == document["sha256"]
    for passage in document["passages"]:
        assert text.text[passage["start"] : passage["end"]].strip()


def test_every_passage_stands_once_in_the_heading_map_under_its_own_heading(client: Client) -> None:
    document = client.get(SPUTNIK).raise_for_status().json()
    found = client.get(f"{SPUTNIK}/headings").raise_for_status().json()

    plain = [{name: one[name] for name in ("level", "text", "start", "end")} for one in found["headings"]]
    assert plain == document["headings"]
    placed = [*found["before"], *(one for heading in found["headings"] for one in heading["passages"])]
    assert placed == [passage["id"] for passage in document["passages"]]
    for heading in found["headings"]:
        for one in heading["passages"]:
            assert client.get(f"/v1/passages/{one}").json()["passage"]["headings"][-1] == heading["text"]


def test_the_heading_map_knows_pages_and_what_stands_before_the_first_heading() -> None:
    def passage(name: str, start: int) -> Passage:
        return Passage(name, "d", 0, start, start + 4, "One.", (), None, (Span(start, start + 4),))

    document = Document("d", "D", "One.\n\nA\n\nTwo.\n\nB\n\nC\n\nSix.", (Heading(1, 6, 7), Heading(2, 15, 16),
                        Heading(1, 18, 19)), pages=(0, 15))  # fmt: skip
    found = HeadingMap.of(document, [passage("p1", 0), passage("p2", 9), passage("p3", 21)], "default")

    assert (found.before, found.pages) == (["p1"], [0, 15])
    assert [(one.text, one.level, one.page, one.passages) for one in found.headings] == [
        ("A", 1, 1, ["p2"]),
        ("B", 2, 2, []),
        ("C", 1, 2, ["p3"]),
    ]
    assert HeadingMap.of(Document("d", "D", "One."), [passage("p1", 0)], "default").before == ["p1"]


def test_what_the_client_has_is_not_sent_again(client: Client, paths: list[str]) -> None:
    for path in paths:
        first = client.get(path).raise_for_status()
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        for sent in (tag, f"W/{tag}", f'"else", {tag}', "*"):
            again = client.get(path, headers={"If-None-Match": sent})
            assert (again.status_code, again.content) == (304, b"")
            for name in ("ETag", "Cache-Control", "Pincite-Generation"):
                assert again.headers[name] == first.headers[name]
        other = client.get(path, headers={"If-None-Match": '"else"'})
        assert (other.status_code, other.content) == (200, first.content)


def test_a_tag_is_of_the_document_alone_and_changes_with_any_of_its_fields(
    empty_data: Path, tmp_path: Path, start_server: Callable[[Path], str]
) -> None:
    def index(**documents: dict[str, str]) -> None:
        lines = [json.dumps({"id": name, "title": name, **fields}) for name, fields in documents.items()]
        (tmp_path / "both.jsonl").write_text("\n".join(lines), encoding="utf-8")
        build(Collection(empty_data, "default"), [tmp_path / "both.jsonl"], Settings().model, Silent())

    def tags(client: Client) -> tuple[str, str, str]:
        one, two, text = (client.get(f"/v1/documents/{name}") for name in ("one", "two", "one/text"))
        assert one.headers["Pincite-Generation"] == two.headers["Pincite-Generation"] != ""
        return one.headers["ETag"], two.headers["ETag"], text.headers["ETag"]

    index(one={"text": "The first."}, two={"text": "The second."})
    with httpx.Client(base_url=start_server(empty_data), timeout=30) as client:
        before = tags(client)
        body = client.get("/v1/documents/one").content
        index(one={"text": "The first."}, two={"text": "The second, changed."})
        after = tags(client)
        assert (after[0], after[2]) == (before[0], before[2])
        assert after[1] != before[1]
        assert client.get("/v1/documents/one").content == body, "equal tags, equal bodies"
        index(one={"text": "The first.", "author": "Ada"}, two={"text": "The second, changed."})
        last = tags(client)
        assert last[0] != after[0]
        assert last[1:] == after[1:], "the text of the first is what it was"


def test_the_tag_is_of_all_fields() -> None:
    plain = Document("d", "D", "Text.")

    assert document_etag(plain) == document_etag(Document("d", "D", "Text."))
    assert document_etag(plain) != document_etag(Document("d", "D", "Text.", headings=(Heading(1, 0, 4),)))
    assert document_etag(plain)[0] == document_etag(plain)[-1] == '"'


def test_head_is_get_without_a_body(client: Client, paths: list[str]) -> None:
    for path in (*paths, "/v1/documents", "/v1/ask?q=x", "/healthz", "/v1/documents/nobody", "/v1/nothing", "/docs"):
        got, headed = client.get(path), client.head(path)
        assert headed.content == b""
        assert headed.status_code == got.status_code
        for name in ("content-type", "etag", "pincite-generation", "link"):
            assert headed.headers.get(name) == got.headers.get(name)
        if path in paths:
            assert headed.headers["content-length"] == str(len(got.content))
    refused = client.head("/v1/search")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_an_id_that_ends_like_an_address_is_reachable(empty_data: Path, tmp_path: Path) -> None:
    names = ["guide", "guide/text", "guide/headings", "guide/text/text", "plain"]
    lines = [json.dumps({"id": name, "text": f"This is {name}."}) for name in names]
    (tmp_path / "names.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build(Collection(empty_data, "default"), [tmp_path / "names.jsonl"], Settings().model, Silent())
    with TestClient(create_app(Settings(data_dir=empty_data))) as client:
        for name in names:
            for address in (quote(name), quote(name, safe="")):
                found = client.get(f"/v1/documents/{address}").raise_for_status()
                assert found.json()["id"] == name
                known = {"If-None-Match": found.headers["ETag"]}
                assert client.get(f"/v1/documents/{address}", headers=known).status_code == 304
        assert client.get("/v1/documents/plain/text").text == "This is plain."
        assert client.get("/v1/documents/guide/headings/text").text == "This is guide/headings."
        assert client.get("/v1/documents/plain/headings").json()["document_id"] == "plain"
        assert client.get("/v1/documents/nobody/text").status_code == 404
        assert client.get("/v1/documents/nobody/headings").status_code == 404


def test_every_response_that_read_a_generation_names_it(client: Client, paths: list[str]) -> None:
    answer = client.post("/v1/ask", json={"question": "What did ZTE's ban cause?"})
    reference = answer.json()["citations"][0]["reference"]

    for path in (*paths, "/v1/documents", "/v1/ask?q=x", f"/v1/citations/{reference}/verify"):
        assert client.get(path).headers["Pincite-Generation"] == answer.json()["generation"]
    assert "Pincite-Generation" not in client.get("/healthz").headers


def test_several_citations_are_verified_at_once(client: Client) -> None:
    questions = ("What did ZTE's ban cause?", "What did AlphaGo do in 2016 against the best players of Go?")
    references = [
        citation["reference"]
        for question in questions
        for citation in client.get("/v1/ask", params={"q": question}).json()["citations"]
    ]
    assert len(references) > 1

    found = client.post("/v1/citations/verify", json={"references": references * 2}).raise_for_status().json()

    alone = [client.get(f"/v1/citations/{one}/verify").json() for one in references]
    assert found["verifications"] == alone * 2


@pytest.mark.parametrize(
    ("references", "status", "field"),
    [
        ([], 422, "references"),
        (["x"] * 101, 422, "references"),
        (["c1"], 422, "references.0"),
        ([""], 422, "references.0"),
        ([7], 422, "references.0"),
        (None, 422, "references"),
    ],
)
def test_what_is_no_list_of_references_is_a_422_that_names_the_place(
    client: Client, references: object, status: int, field: str
) -> None:
    response = client.post("/v1/citations/verify", json={"references": references})

    assert response.status_code == status
    assert [error["field"] for error in response.json()["errors"]] == [field]
