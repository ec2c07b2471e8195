"""A citation is handed out once and checked later, against a server whose collection has changed in between."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import Client

from api.schemas.citations import REFERENCE_EXAMPLE, VerificationView
from index.build import build
from index.collection import Collection
from index.documents import Document, Span
from index.settings import Settings
from qa.references import Reference, Verification
from tests.conftest import Silent

Start = Callable[[Path], str]
ZTE = "What did ZTE's ban cause?"
MOON = "# The base\n\nThe moon base was opened in May 2041. It houses twelve people.\n"
TIDES = "The moon pulls the sea twice a day. Fishermen know the tides by heart.\n"
NOWHERE = dict.fromkeys(("start", "end", "cited_text", "passage_id", "headings", "page"))


def ask(client: Client, question: str, **params: str) -> dict[str, Any]:
    """Ask, and return the first citation."""
    answer = client.get("/v1/ask", params={"q": question, **params}).raise_for_status().json()
    citation: dict[str, Any] = answer["citations"][0]
    return citation


def verify(client: Client, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/citations/{reference}/verify").raise_for_status().json()
    return found


def test_every_citation_of_an_answer_is_valid_where_it_says(client: Client) -> None:
    answer = client.post("/v1/ask", json={"question": ZTE}).raise_for_status().json()

    assert answer["citations"]
    for citation in answer["citations"]:
        found = verify(client, citation["reference"])
        assert (found["state"], found["generation"]) == ("valid", answer["generation"])
        assert (found["collection"], found["reference"]) == ("default", citation["reference"])
        assert (found["cited_start"], found["cited_end"]) == (citation["start"], citation["end"])
        same = ("document_id", "document_sha256", "start", "end", "cited_text", "passage_id", "headings", "page")
        assert {name: found[name] for name in same} == {name: citation[name] for name in same}


def test_a_citation_moves_goes_stale_is_deleted_and_is_valid_again(
    empty_data: Path, tmp_path: Path, start_server: Start
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "tides.txt").write_text(TIDES, encoding="utf-8")

    def index(moon: str | None) -> None:
        if moon is None:
            (folder / "moon.md").unlink()
        else:
            (folder / "moon.md").write_text(moon, encoding="utf-8")
        build(Collection(empty_data, "default"), [folder], Settings().model, Silent())

    index(MOON)
    with httpx.Client(base_url=start_server(empty_data), timeout=30) as client:
        citation = ask(client, "When was the moon base opened?")
        reference, (start, end) = citation["reference"], (citation["start"], citation["end"])
        assert citation["cited_text"] == "The moon base was opened in May 2041."
        assert verify(client, reference)["state"] == "valid"

        # Something behind the quote: it stands where it stood, in a text that is another one.
        index(MOON.replace("twelve", "thirteen"))
        behind = verify(client, reference)
        assert (behind["state"], behind["start"], behind["end"]) == ("valid", start, end)
        assert behind["document_sha256"] != citation["document_sha256"]

        # In front of it, under a new heading; a rocket is one code point, two UTF-16 units and four bytes.
        index(MOON.replace("base\n\n", "base\n\n🚀 A paragraph that nobody cited stands here now.\n\n## Opening\n\n"))
        moved = verify(client, reference)
        read = client.get(f"/v1/documents/{citation['document_id']}").raise_for_status()
        document, generation = read.json(), read.headers["Pincite-Generation"]
        assert (moved["state"], moved["cited_start"], moved["cited_end"]) == ("moved", start, end)
        assert moved["start"] > start
        assert document["text"][moved["start"] : moved["end"]] == moved["cited_text"] == citation["cited_text"]
        assert (moved["document_sha256"], moved["generation"]) == (document["sha256"], generation)
        assert moved["headings"] == ["The base", "Opening"]
        passage = client.get(f"/v1/passages/{moved['passage_id']}").raise_for_status().json()["passage"]
        assert passage["start"] <= moved["start"] < moved["end"] <= passage["end"]

        index(MOON.replace("May 2041", "June 2042"))
        stale = verify(client, reference)
        assert stale["state"] == "stale"
        assert NOWHERE.items() <= stale.items()
        assert stale["document_sha256"] == client.get("/v1/documents/moon").json()["sha256"]

        index(None)
        deleted = verify(client, reference)
        assert deleted["state"] == "deleted"
        assert {**NOWHERE, "document_sha256": None}.items() <= deleted.items()
        assert (deleted["document_id"], deleted["cited_start"], deleted["cited_end"]) == ("moon", start, end)

        index(MOON)
        assert verify(client, reference)["state"] == "valid"


def test_a_reference_is_looked_up_in_its_own_collection_only_and_a_404_when_that_is_gone(
    empty_data: Path, tmp_path: Path, start_server: Start
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    other = Collection(empty_data, "other")
    for text, collection in ((MOON, Collection(empty_data, "default")), (MOON.replace("May", "June"), other)):
        (folder / "moon.md").write_text(text, encoding="utf-8")
        build(collection, [folder], Settings().model, Silent())
    with httpx.Client(base_url=start_server(empty_data), timeout=30) as client:
        ours = ask(client, "When was the moon base opened?")["reference"]
        theirs = ask(client, "When was the moon base opened?", collection="other")["reference"]

        assert ours != theirs
        assert [verify(client, one)["collection"] for one in (ours, theirs)] == ["default", "other"]
        assert [verify(client, one)["state"] for one in (ours, theirs)] == ["valid", "valid"]
        # In the other collection the document of this id says June: whoever looks there finds "May" gone.
        copied = replace(Reference.parse(ours), collection="other").encode()
        assert verify(client, copied)["state"] == "stale"

        shutil.rmtree(other.folder)
        gone = client.get(f"/v1/citations/{theirs}/verify")
        assert gone.status_code == 404
        assert gone.json()["type"] == "urn:pincite:problem:collection-not-found"
        assert verify(client, ours)["state"] == "valid"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        pytest.param("c1", "c1 only numbers a citation within its answer", id="a number"),
        pytest.param("nobody", "no reference of a citation", id="anything"),
        pytest.param(REFERENCE_EXAMPLE[:-1], "cut off", id="cut off"),
        pytest.param(REFERENCE_EXAMPLE.replace("SU", "SV"), "altered", id="altered"),
        pytest.param(f"{REFERENCE_EXAMPLE}=", "altered", id="padded"),
        pytest.param(f"A%0A{REFERENCE_EXAMPLE}", "altered", id="with a line end"),
        pytest.param("%F0%9F%A6%86", "no reference of a citation", id="a duck"),
        pytest.param("%00", "no reference of a citation", id="nothing that can be seen"),
    ],
)
def test_what_is_no_reference_is_a_422_that_says_what_to_send(client: Client, sent: str, message: str) -> None:
    response = client.get(f"/v1/citations/{sent}/verify")

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "urn:pincite:problem:invalid-request"
    assert [error["field"] for error in problem["errors"]] == ["id"]
    assert message in problem["detail"]
    assert "`reference`" in problem["detail"]


def test_a_reference_of_a_document_with_a_very_long_id_can_be_sent(client: Client) -> None:
    document = Document(id="🦆/" * 1500, title="Ducks", text="Ducks swim.")

    found = verify(client, Reference.of("default", document, 0, 11).encode())

    assert (found["state"], found["document_id"]) == ("deleted", document.id)


def test_the_page_is_that_on_which_the_quote_stands_now() -> None:
    document = Document(id="d", title="D", text="One. Two. Three.", pages=(0, 5, 10))
    reference = Reference.of("default", document, 0, 4)
    found = Verification(reference, "moved", "g", document, Span(10, 16))

    view = VerificationView.of(found)

    assert (view.page, view.cited_text, view.passage_id, view.headings) == (3, "Three.", None, None)


def test_the_description_names_the_operation_and_an_example_that_is_a_valid_reference(client: Client) -> None:
    described = client.get("/openapi.json").raise_for_status().json()
    operation = described["paths"]["/v1/citations/{id}/verify"]["get"]
    (parameter,) = operation["parameters"]
    schemas = described["components"]["schemas"]

    assert operation["operationId"] == "verifyCitation"
    assert set(operation["responses"]) == {"200", "401", "403", "404", "422", "429", "503"}
    assert (parameter["name"], parameter["in"]) == ("id", "path")
    assert parameter["schema"]["examples"] == schemas["CitationView"]["properties"]["reference"]["examples"]
    assert schemas["VerificationView"]["properties"]["state"]["enum"] == ["valid", "moved", "stale", "deleted"]
    assert set(schemas["VerificationView"]["required"]) == set(VerificationView.model_fields)
    found = verify(client, parameter["schema"]["examples"][0])
    assert (found["state"], found["document_id"]) == ("valid", "chinas-sputnik-moment")
    assert found["cited_text"].startswith("ZTE, a Chinese telecommunications company")
