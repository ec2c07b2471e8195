from __future__ import annotations

import pytest
from httpx import Client

ZTE = "What did ZTE's ban cause?"


def test_the_zte_question_is_answered_with_a_quote_that_its_document_holds_at_just_that_place(client: Client) -> None:
    answer = client.post("/v1/ask", json={"question": ZTE}).raise_for_status().json()

    assert answer["answerable"] is True
    assert answer["passages"][0]["rank"] == 1
    assert answer["passages"][0]["text"].startswith("ZTE, a Chinese telecommunications company")
    assert "operations collapsed" in answer["citations"][0]["cited_text"]
    for citation in answer["citations"]:
        document = client.get(f"/v1/documents/{citation['document_id']}").raise_for_status().json()
        assert document["text"][citation["start"] : citation["end"]] == citation["cited_text"]
        assert document["sha256"] == citation["document_sha256"]
        assert answer["answer"][citation["answer_start"] : citation["answer_end"]] == citation["cited_text"]


def test_every_passage_is_its_documents_text_and_highlights_lie_inside_it(client: Client) -> None:
    answer = client.post("/v1/ask", json={"question": ZTE, "k": 20}).raise_for_status().json()

    assert [passage["rank"] for passage in answer["passages"]] == list(range(1, 21))
    texts = {
        summary["id"]: client.get(f"/v1/documents/{summary['id']}").json()["text"]
        for summary in client.get("/v1/documents").json()["documents"]
    }
    for passage in answer["passages"]:
        assert texts[passage["document_id"]][passage["start"] : passage["end"]] == passage["text"]
        assert passage["highlights"]
        for mark in passage["highlights"]:
            assert passage["start"] <= mark["start"] < mark["end"] <= passage["end"]


def test_asking_by_address_gives_the_same_answer(client: Client) -> None:
    posted = client.post("/v1/ask", json={"question": ZTE, "k": 3}).json()
    gotten = client.get("/v1/ask", params={"q": ZTE, "k": 3}).json()

    del posted["timings_ms"], gotten["timings_ms"]
    assert gotten == posted


def test_a_question_that_the_documents_do_not_answer_is_refused_with_the_nearest_passages(client: Client) -> None:
    response = client.post("/v1/ask", json={"question": "How long should sourdough bread prove?", "k": 2})

    assert response.status_code == 200
    answer = response.json()
    assert answer["answerable"] is False
    assert answer["answer"] == ""
    assert answer["citations"] == []
    assert len(answer["passages"]) == 2


def test_white_space_around_a_question_is_trimmed(client: Client) -> None:
    assert client.post("/v1/ask", json={"question": f"  {ZTE}\n"}).json()["question"] == ZTE


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "question", "it is required"),
        ({"question": ""}, "question", "it is empty"),
        ({"question": " \n\t "}, "question", "it is empty"),
        ({"question": "x" * 2001}, "question", "it is longer than 2000 characters"),
        ({"question": 7}, "question", "string"),
        ({"question": "x", "k": 0}, "k", "greater than or equal to 1"),
        ({"question": "x", "k": 1000}, "k", "less than or equal to 100"),
        ({"question": "x", "k": "3"}, "k", "integer"),
        ({"question": "x", "kk": 3}, "kk", "no such field"),
        ({"question": "x", "collection": "../secrets"}, "collection", "lower-case letters"),
    ],
)
def test_a_field_that_cannot_be_used_is_a_422_that_names_it(
    client: Client, body: dict[str, object], field: str, message: str
) -> None:
    response = client.post("/v1/ask", json=body)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert message in problem["errors"][0]["message"]
    assert field in problem["detail"]


def test_a_question_of_2000_characters_is_answered(client: Client) -> None:
    assert client.post("/v1/ask", json={"question": "why " * 500}).status_code == 200


@pytest.mark.parametrize("params", [{}, {"q": "  "}, {"q": "x", "k": "0"}, {"q": "x", "k": "many"}])
def test_bad_parameters_in_the_address_are_a_422(client: Client, params: dict[str, str]) -> None:
    response = client.get("/v1/ask", params=params)

    assert response.status_code == 422
    assert response.json()["errors"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"question": ', b"\xff\xfe", b"null", b'["question"]', b'"question"'])
def test_a_body_that_is_no_json_object_is_a_problem_and_not_a_fault(client: Client, body: bytes) -> None:
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})

    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_half_a_surrogate_pair_in_a_question_is_a_422(client: Client) -> None:
    body = b'{"question": "what is \\ud83d?"}'
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 422
    assert "question" in response.json()["detail"]


def test_an_unknown_collection_is_a_404_that_says_how_to_make_it(client: Client) -> None:
    response = client.post("/v1/ask", json={"question": "x", "collection": "nobody"})

    assert response.status_code == 404
    assert response.json()["type"] == "urn:pincite:problem:collection-not-found"
    assert "pincite index --collection nobody" in response.json()["detail"]
