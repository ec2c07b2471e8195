"""Changes that are meant for one state of a document: ``If-Match``, ``If-None-Match``, and races between them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.document_tags import document_etag
from index.collection import Collection
from index.generation import open_generation
from tests.api.changes.conftest import PAGES, Service
from tests.api.test_delete import problem


def etag(town: Service, collection: str, document: str = "moon") -> str:
    found = open_generation(Collection(town.data_dir, collection)).database.document(document)
    assert found is not None
    return document_etag(found)


def put(town: Service, collection: str, text: str, document: str = "moon", **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return town.client.put(
        f"/v1/documents/{document}", params={"collection": collection}, json={"text": text}, headers=names
    )


def test_a_tag_is_the_documents_alone_and_changes_with_it(town: Service, pages: str) -> None:
    before, other = etag(town, pages), etag(town, pages, "tides")
    assert before.startswith('"')
    assert len(before) == 66
    assert before == etag(town, "default"), "the same document has one tag wherever it is"
    town.succeeded(town.upload(pages, {"moon.md": PAGES["moon.md"] + "\nMore.\n"}))
    assert etag(town, pages) != before
    assert etag(town, pages, "tides") == other != before


def test_a_change_meant_for_an_earlier_state_is_refused_at_once(town: Service, pages: str) -> None:
    first = etag(town, pages)
    town.succeeded(put(town, pages, "The second state of the page.", if_match=first))
    detail = problem(put(town, pages, "The third state.", if_match=first), 412, "precondition-failed")

    assert etag(town, pages) in detail
    deleted = town.client.delete(
        "/v1/documents/moon", params={"collection": pages}, headers={"If-Match": f'W/{etag(town, pages)}, "x"'}
    )
    problem(deleted, 412, "precondition-failed")
    assert town.text(pages, "moon") == "The second state of the page."
    tags = f'"0", {etag(town, pages)}'
    town.client.delete(
        "/v1/documents/moon", params={"collection": pages}, headers={"If-Match": tags}
    ).raise_for_status()
    assert "moon" not in town.ids(pages)


def test_if_match_star_wants_a_document_and_if_none_match_star_wants_none(town: Service, pages: str) -> None:
    problem(put(town, pages, "Text.", "nobody", if_match="*"), 412, "precondition-failed")
    problem(put(town, pages, "Text.", "moon", if_none_match="*"), 412, "precondition-failed")
    town.succeeded(put(town, pages, "Text of nobody.", "nobody", if_none_match="*"))
    town.succeeded(put(town, pages, "Other text of nobody.", "nobody", if_match="*"))
    assert town.text(pages, "nobody") == "Other text of nobody."


def test_of_changes_of_one_state_that_come_at_once_one_succeeds(town: Service, pages: str) -> None:
    tag = etag(town, pages)
    texts = [f"Version {number} of the page." for number in range(8)]
    with ThreadPoolExecutor(len(texts)) as pool:
        sent = list(pool.map(lambda text: put(town, pages, text, if_match=tag), texts))
    accepted = [(text, one) for text, one in zip(texts, sent, strict=True) if one.status_code == 202]
    ended = [(text, town.ended(one)) for text, one in accepted]
    (won,) = (text for text, one in ended if one["state"] == "succeeded")

    assert town.text(pages, "moon") == won
    for one in sent:
        assert one.status_code in {202, 412}
    lost = [one for _, one in ended if one["state"] == "failed"]
    assert {one["problem"]["type"] for one in lost} <= {"urn:pincite:problem:precondition-failed"}
    assert {one["problem"]["status"] for one in lost} <= {412}


def test_of_two_that_make_one_document_at_once_one_succeeds(town: Service, pages: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda n: put(town, pages, f"Made by {n}.", "made", if_none_match="*"), range(4)))
    ended = [town.ended(one) for one in sent if one.status_code == 202]
    assert [one["state"] for one in ended].count("succeeded") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("If-Match", "5f"), ("If-Match", '"a" "b"'), ("If-Match", '"a", *'), ("If-None-Match", '"a"')]
)
def test_a_condition_that_is_none_is_refused(town: Service, name: str, value: str) -> None:
    response = town.client.put("/v1/documents/moon", json={"text": "x"}, headers={name: value})
    assert problem(response, 422, "invalid-request").lower().startswith(name.lower())
