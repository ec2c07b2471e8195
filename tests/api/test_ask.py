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
    assert [(part["answerable"], part["citations"]) for part in answer["parts"]] == [(False, [])]
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
        ({"question": "x", "explain": "yes"}, "explain", "boolean"),
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


@pytest.mark.parametrize(
    "params", [{}, {"q": "  "}, {"q": "x", "k": "0"}, {"q": "x", "k": "many"}, {"q": "x", "explain": "2"}]
)
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


def test_with_explain_each_passage_says_what_its_score_is_made_of_and_what_it_shares(client: Client) -> None:
    answer = client.post("/v1/ask", json={"question": ZTE, "k": 3, "explain": True}).raise_for_status().json()

    best = answer["passages"][0]["explanation"]
    assert {"dense", "lexical", "coverage", "span_coverage", "pairs"} <= set(best["signals"])
    assert best["signals"]["dense"] == answer["passages"][0]["scores"]["dense"]
    assert {"zte", "ban"} <= {match["term"] for match in best["matches"]}
    for passage in answer["passages"]:
        explanation = passage["explanation"]
        assert all(round(value, 6) == value for value in explanation["signals"].values())
        text = client.get(f"/v1/documents/{passage['document_id']}").json()["text"]
        for match in explanation["matches"]:
            assert passage["start"] <= match["start"] < match["end"] <= passage["end"]
            assert text[match["start"] : match["end"]].lower().startswith(match["term"])
        span = explanation["best_span"]
        assert text[span["start"] : span["end"]] in passage["text"]
        assert passage["start"] <= span["start"] < span["end"] <= passage["end"]


def test_without_explain_the_explanation_is_null_and_all_else_the_same(client: Client) -> None:
    plain = client.post("/v1/ask", json={"question": ZTE}).raise_for_status().json()
    explained = client.get("/v1/ask", params={"q": ZTE, "explain": True}).raise_for_status().json()

    assert [passage["explanation"] for passage in plain["passages"]] == [None] * 5
    assert all(passage.pop("explanation") for passage in explained["passages"])
    for passage in plain["passages"]:
        del passage["explanation"]
    del plain["timings_ms"], explained["timings_ms"]
    assert explained == plain


def test_a_question_of_one_part_has_one_part_with_all_citations(client: Client) -> None:
    answer = client.post("/v1/ask", json={"question": ZTE}).raise_for_status().json()

    assert answer["parts"] == [
        {
            "question": ZTE,
            "answerable": True,
            "confidence": answer["confidence"],
            "citations": [citation["id"] for citation in answer["citations"]],
        }
    ]


def test_each_part_of_a_question_has_its_own_answer_or_refusal(client: Client) -> None:
    question = f"{ZTE} Who is the chief executive of Nokia?"
    answer = client.post("/v1/ask", json={"question": question}).raise_for_status().json()

    answered, refused = answer["parts"]
    assert f"{answered['question']} {refused['question']}" == question
    assert answered["answerable"] is answer["answerable"] is True
    assert answered["citations"] == [citation["id"] for citation in answer["citations"]]
    assert answered["citations"][0] == "c1"
    assert (refused["answerable"], refused["citations"]) == (False, [])
    assert refused["confidence"] < answered["confidence"] == answer["confidence"]


def test_the_description_says_that_passages_of_a_refusal_are_the_nearest_and_what_a_signal_means(
    client: Client,
) -> None:
    schemas = client.get("/openapi.json").raise_for_status().json()["components"]["schemas"]
    answer = client.post("/v1/ask", json={"question": ZTE, "explain": True}).json()

    assert "the nearest passages" in schemas["AskResponse"]["properties"]["passages"]["description"]
    signals = schemas["ExplanationView"]["properties"]["signals"]
    for name in answer["passages"][0]["explanation"]["signals"]:
        assert f"`{name}`" in signals["description"]
        assert name in signals["examples"][0]
    asked = [example for example in schemas["AskRequest"]["examples"] if example.get("explain")]
    assert asked, "an example asks for explanations"
    for example in schemas["AskRequest"]["examples"]:
        assert client.post("/v1/ask", json=example).status_code == 200
