from __future__ import annotations

from httpx import Client

from api.schemas.documents import DocumentView
from index.documents import Document, Region


def test_the_list_names_every_document_without_its_text(client: Client) -> None:
    listed = client.get("/v1/documents").raise_for_status().json()["documents"]

    assert [document["id"] for document in listed] == ["catch-up-and-surpass", "chinas-sputnik-moment"]
    assert [document["passage_count"] for document in listed] == [22, 32]
    assert all("text" not in document for document in listed)


def test_a_document_has_its_text_and_a_heading_map_that_fits_it(client: Client) -> None:
    document = client.get("/v1/documents/chinas-sputnik-moment").raise_for_status().json()

    assert document["title"] == "How Washington gave China its Sputnik moment"
    assert document["published"] == "2026-11-22"
    assert document["characters"] == len(document["text"])
    assert len(document["headings"]) == 4
    assert len(document["passages"]) == document["passage_count"] == 32
    for passage in document["passages"]:
        found = client.get(f"/v1/passages/{passage['id']}").json()["passage"]
        assert document["text"][passage["start"] : passage["end"]] == found["text"]
    for heading in document["headings"]:
        assert document["text"][heading["start"] : heading["end"]] == heading["text"]


def test_lists_tables_and_code_are_told_and_where_pages_begin() -> None:
    blocks = (
        Region(0, 4),
        Region(6, 9, "list"),
        Region(11, 16, "table"),
        Region(18, 19, "code"),
        Region(21, 22, "whole"),
    )
    document = Document("d", "D", "Text\n\na\nb\n\na | b\n\nx\n\ny", blocks=blocks, pages=(0, 2, 11))

    told = DocumentView.render(document, [], "default").model_dump()

    assert told["blocks"] == [
        {"start": 6, "end": 9, "kind": "list"},
        {"start": 11, "end": 16, "kind": "table"},
        {"start": 18, "end": 19, "kind": "code"},
    ]
    assert told["pages"] == [0, 2, 11]


def test_an_unknown_document_is_a_404(client: Client) -> None:
    for document_id in ("nobody", "a%00b", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%A6%86"):
        response = client.get(f"/v1/documents/{document_id}")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


def test_a_passage_comes_with_its_neighbours_in_order(client: Client) -> None:
    found = client.get("/v1/ask", params={"q": "What did ZTE's ban cause?", "k": 1}).json()["passages"][0]

    context = client.get(f"/v1/passages/{found['id']}", params={"around": 2}).raise_for_status().json()

    passage = context["passage"]
    assert passage["text"] == found["text"]
    assert [p["ordinal"] for p in context["before"]] == [passage["ordinal"] - 2, passage["ordinal"] - 1]
    assert [p["ordinal"] for p in context["after"]] == [passage["ordinal"] + 1, passage["ordinal"] + 2]
    assert context["before"][-1]["end"] < passage["start"] < passage["end"] < context["after"][0]["start"]


def test_the_first_passage_has_nothing_before_it(client: Client) -> None:
    question = "What did AlphaGo do in 2016 against the best players of Go?"
    first = client.get("/v1/ask", params={"q": question, "k": 1}).json()["passages"][0]
    context = client.get(f"/v1/passages/{first['id']}", params={"around": 3}).raise_for_status().json()

    assert context["passage"]["ordinal"] == 0
    assert context["before"] == []
    assert len(context["after"]) == 3


def test_an_unknown_passage_is_a_404_and_too_many_neighbours_a_422(client: Client) -> None:
    assert client.get("/v1/passages/p00000000000000000000").status_code == 404
    assert client.get("/v1/passages/p00000000000000000000", params={"around": 11}).status_code == 422
