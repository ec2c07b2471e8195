"""Documents that are sent: files of every kind, JSON, good ones among bad ones, new ones in the place of old ones."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fpdf import FPDF

from tests.api.changes.conftest import PAGES, Service
from tests.api.test_delete import problem


def pdf(text: str) -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica", size=12)
    page.multi_cell(0, 8, text)
    return bytes(page.output())


def came_of(operation: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    return {file["name"]: (file["state"], file["document_ids"]) for file in operation["files"]}


def test_files_of_every_kind_are_indexed_asked_and_polled_to_the_end(town: Service, pages: str) -> None:
    before = town.client.get("/v1/documents/moon", params={"collection": pages}).json()
    operation = town.succeeded(
        town.upload(
            pages,
            {
                "lamp.md": "# Lamps\n\nThe lamp of the lighthouse was lit in 1871.\n",
                "wells.html": "<html><body><h1>Wells</h1><p>The deepest well is in Karsk.</p></body></html>",
                "mill.pdf": pdf("The mill of Ostrow grinds rye. It was built by Jadwiga Nowak in 1733."),
                "notes.txt": "The ferry to Brindle sails at noon.\n",
                "faq.jsonl": '{"id": "faq-1", "text": "The museum is closed."}\n{"text": "Dogs may enter."}\n',
            },
        )
    )

    assert came_of(operation) == {
        "lamp.md": ("indexed", ["lamp"]),
        "wells.html": ("indexed", ["wells"]),
        "mill.pdf": ("indexed", ["mill"]),
        "notes.txt": ("indexed", ["notes"]),
        "faq.jsonl": ("indexed", ["faq-1", "faq.2"]),
    }
    assert [file["passages"] for file in operation["files"]] == [1, 1, 1, 1, 2]
    assert operation["progress"]["encoded"] == operation["progress"]["total"] > 0
    assert operation["created"] <= operation["started"] <= operation["finished"]
    assert town.ids(pages) == sorted(["bread", "faq-1", "faq.2", "lamp", "mill", "moon", "notes", "tides", "wells"])
    assert "1871" in town.answer(pages, "When was the lamp of the lighthouse lit?")
    assert "Jadwiga Nowak" in town.answer(pages, "Who built the mill of Ostrow?")
    after = town.client.get("/v1/documents/moon", params={"collection": pages}).json()
    assert {**after, "generation": ""} == {**before, "generation": ""}, "what was not sent stays as it was"
    listed = town.client.get("/v1/operations", params={"collection": pages}).raise_for_status().json()
    assert listed["operations"][0] == operation


def test_documents_as_json_keep_their_fields_and_their_ids(town: Service, pages: str) -> None:
    markdown = {
        "id": "hr/leave policy",
        "text": "# Leave\n\nEverybody has 30 days of leave a year.",
        "format": "markdown",
        "title": "Leave policy",
        "author": "Ada Ames",
        "published": "2026-11-23",
        "url": "https://example.org/leave",
        "tags": ["policy", "hr"],
    }
    html = {"text": "<p>The <b>canteen</b> opens at noon.</p>", "format": "html"}
    sent = {"documents": [markdown, html]}
    operation = town.succeeded(town.client.post("/v1/documents", params={"collection": pages}, json=sent))
    made = operation["files"][1]["document_ids"][0]
    found = town.client.get("/v1/documents/hr/leave policy", params={"collection": pages}).raise_for_status().json()

    assert found["text"] == "Leave\n\nEverybody has 30 days of leave a year."
    assert {name: found[name] for name in ("title", "author", "published", "url", "tags", "source")} == {
        **{name: markdown[name] for name in ("title", "author", "published", "url", "tags")},
        "source": None,
    }
    assert town.text(pages, made) == "The canteen opens at noon."
    again = town.succeeded(town.client.post("/v1/documents", params={"collection": pages}, json=sent))
    assert came_of(again) == {"hr/leave policy": ("unchanged", ["hr/leave policy"]), made: ("unchanged", [made])}
    assert again["generation"] == operation["generation"], "nothing has changed, so nothing was built"


def test_one_that_cannot_be_read_is_skipped_and_the_others_go_in(town: Service, pages: str) -> None:
    operation = town.succeeded(
        town.upload(
            pages,
            {
                "good.md": "# Good\n\nThe good one tells of otters.",
                "broken.pdf": b"%PDF-1.7 and nothing more",
                "empty.md": "",
                "table.xlsx": b"PK\x03\x04",
                "without": "no suffix",
                "secret.md": "---\nindex: false\n---\nNot to be indexed.\n",
                "lines.jsonl": '{"text": "A line that is right."}\nnot JSON\n{"id": "no-text"}\n',
            },
        )
    )
    reasons = {file["name"]: (file["state"], file["reason"]) for file in operation["files"]}

    assert reasons["good.md"] == ("indexed", None)
    assert {name for name, (state, _) in reasons.items() if state == "skipped"} == {
        "broken.pdf",
        "empty.md",
        "table.xlsx",
        "without",
        "secret.md",
    }
    assert reasons["empty.md"][1] == "it is empty (0 bytes)"
    assert reasons["table.xlsx"][1] == "no reader for .xlsx"
    assert reasons["without"][1] == "no reader for files without a suffix"
    assert "index: false" in str(reasons["secret.md"][1])
    state, why = reasons["lines.jsonl"]
    assert state == "indexed"
    assert "line 2 is not JSON" in str(why)
    assert "line 3 has no text" in str(why)
    assert town.ids(pages) == ["bread", "good", "lines.1", "moon", "tides"]


def test_an_operation_of_which_nothing_can_be_read_fails_and_changes_nothing(town: Service, pages: str) -> None:
    before = town.client.get(f"/v1/collections/{pages}").json()
    detail = town.failed(town.upload(pages, {"a.xyz": "a", "moon.md": ""}), "nothing-to-index")

    assert "a.xyz: no reader for .xyz; moon.md: it is empty" in detail
    assert town.client.get(f"/v1/collections/{pages}").json() == before
    assert town.answer(pages) == "The moon base was opened in May 2041.", "an empty file takes nobody's place"


def test_a_file_takes_the_place_of_the_one_of_its_name_and_keeps_its_id(town: Service, pages: str) -> None:
    town.succeeded(
        town.upload(pages, {"moon.md": PAGES["moon.md"].replace("2041", "2042"), "hr/moon.md": "# Other\n\nX."})
    )
    assert town.answer(pages) == "The moon base was opened in May 2042."
    ids = town.ids(pages)
    assert len(ids) == 4
    assert "hr-moon" in ids

    clash = town.succeeded(town.upload(pages, {"Bread.txt": "Another bread, of rye."}))
    (made,) = clash["files"][0]["document_ids"]
    assert made.startswith("bread-"), "the id bread is another document's"
    unchanged = town.succeeded(
        town.upload(pages, {"bread.md": PAGES["bread.md"], "Bread.txt": "Another bread, of rye."})
    )
    assert came_of(unchanged) == {"bread.md": ("unchanged", ["bread"]), "Bread.txt": ("unchanged", [made])}


def test_lines_that_vanish_from_a_file_vanish_from_the_collection(town: Service, pages: str) -> None:
    lines = [json.dumps({"id": f"q{number}", "text": f"Question {number} is about whales."}) for number in range(3)]
    town.succeeded(town.upload(pages, {"faq.jsonl": "\n".join(lines)}))
    assert town.ids(pages) == ["bread", "moon", "q0", "q1", "q2", "tides"]
    town.succeeded(town.upload(pages, {"faq.jsonl": lines[2]}))
    assert town.ids(pages) == ["bread", "moon", "q2", "tides"]


def test_a_document_is_replaced_by_its_id_as_json_or_as_a_file(town: Service, pages: str) -> None:
    where = {"collection": pages}
    made = town.client.put("/v1/documents/moon", params=where, json={"text": "The moon base was opened in June 2050."})
    assert came_of(town.succeeded(made)) == {"moon": ("indexed", ["moon"])}
    assert town.answer(pages) == "The moon base was opened in June 2050."
    file = {"file": ("anything.md", b"# New\n\nThe lantern was lit in 1999.")}
    operation = town.succeeded(town.client.put("/v1/documents/a/new one", params=where, files=file))
    assert came_of(operation) == {"anything.md": ("indexed", ["a/new one"])}
    assert town.text(pages, "a/new one") == "New\n\nThe lantern was lit in 1999."
    two = {"file": ("two.jsonl", b'{"text": "One."}\n{"text": "Two."}\n')}
    detail = town.failed(town.client.put("/v1/documents/moon", params=where, files=two), "nothing-to-index")
    assert "it holds 2 documents, and one was asked for" in detail
    assert town.ids(pages) == ["a/new one", "bread", "moon", "tides"]


def test_many_files_are_one_build(town: Service, pages: str) -> None:
    files: dict[str, str | bytes] = {f"{n:03}.md": f"# Buoy {n}\n\nBuoy {n} lies at mile {n * 7}." for n in range(120)}
    operation = town.succeeded(town.upload(pages, files))

    assert [file["document_ids"] for file in operation["files"]] == [[f"{number:03}"] for number in range(120)]
    assert len(town.ids(pages)) == 123


def test_operations_that_wait_together_are_applied_in_their_order(town: Service, pages: str) -> None:
    texts = [PAGES["moon.md"].replace("2041", str(year)) for year in range(2060, 2066)]
    sent = [town.upload(pages, {"moon.md": text}) for text in texts]
    operations = [town.succeeded(one) for one in sent]

    assert town.answer(pages) == "The moon base was opened in May 2065."
    generations = [one["generation"] for one in operations]
    assert generations == sorted(generations)
    assert len(set(generations)) < len(generations), "those that wait are applied in one build"


NAMES = {
    "../../etc/passwd.md": "etc/passwd.md",
    "/etc/shadow.md": "etc/shadow.md",
    "..\\..\\windows\\system.md": "windows/system.md",
    "…🦊.md": "…🦊.md",
    "%2e%2e%2fx.md": "%2e%2e%2fx.md",
    "CON.md": "CON.md",
    "-rf.md": "-rf.md",
    "x" * 497 + ".md": "x" * 497 + ".md",
}


def test_a_files_name_is_a_label_and_never_a_path(town: Service, pages: str) -> None:
    operation = town.succeeded(town.upload(pages, {name: f"# Fox\n\nA fox called {name}." for name in NAMES}))

    assert [file["name"] for file in operation["files"]] == list(NAMES.values())
    listed = town.client.get("/v1/documents", params={"collection": pages}).json()["documents"]
    assert {one["source"] for one in listed} == {*NAMES.values(), *PAGES}
    names = {path.name for path in town.data_dir.rglob("*")}
    assert not [name for name in names if any(word in name for word in ("passwd", "shadow", "CON", "🦊", "xxx"))]


@pytest.mark.parametrize("name", ["", "..", "/", "\x00", "x" * 3_000, "./.."])
def test_a_file_needs_a_name_of_some_length(town: Service, name: str) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="'
        + name.encode()
        + b'"\r\n\r\ntext\r\n--b--\r\n'
    )
    response = town.client.post(
        "/v1/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert "name has 1 to 500 characters" in problem(response, 422, "invalid-request")


def raw(client: httpx.Client, content: bytes, kind: str, path: str = "/v1/documents") -> httpx.Response:
    return client.post(path, content=content, headers={"Content-Type": kind} if kind else {})


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        (b"{}", "text/plain", 415, "send multipart/form-data with files, or application/json"),
        (b"{}", "", 415, "send multipart/form-data"),
        (b"", "application/json", 400, "the body is not valid JSON"),
        (b'{"documents": [', "application/json", 400, "the body is not valid JSON"),
        (b"\xff\xfe", "application/json", 400, "it is not in UTF-8"),
        (b"[" * 100_000, "application/json", 400, "nested too deeply"),
        (b"{}", "application/json", 422, "documents: it is required"),
        (b'{"documents": []}', "application/json", 422, "documents"),
        (b'{"documents": [{"text": ""}]}', "application/json", 422, "documents.0.text: it is empty"),
        (b'{"documents": [{"text": "a", "titel": "b"}]}', "application/json", 422, "documents.0.titel: there is no"),
        (b'{"documents": [{"text": "a", "format": "rtf"}]}', "application/json", 422, "documents.0.format"),
        (b'{"documents": [{"text": "a\\ud800"}]}', "application/json", 422, "documents.0.text"),
        (b'{"documents": [{"text": "a", "id": " "}]}', "application/json", 422, "documents.0.id: an id has 1 to 512"),
        (b'{"documents": [{"text": "a", "id": "a\\u0000b"}]}', "application/json", 422, "documents.0.id: an id has"),
        (b'{"documents": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}]}', "application/json", 422, "documents."),
        (b"", "multipart/form-data", 400, "Missing boundary"),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 422, "send one or many parts named files"),
        (
            b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\ntext\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
            "files: it is no file",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="x"; filename="a.md"\r\n\r\ntext\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
            "x: there is no such field; files are sent as files",
        ),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_used_is_refused(
    town: Service, content: bytes, kind: str, status: int, said: str
) -> None:
    response = raw(town.client, content, kind)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]


def test_a_collection_that_is_not_there_takes_nothing(town: Service) -> None:
    problem(town.upload("nowhere", {"a.md": "text"}), 404, "collection-not-found")
    put = town.client.put("/v1/documents/moon?collection=nowhere", json={"text": "x"})
    problem(put, 404, "collection-not-found")
    assert not (town.data_dir / "collections" / "nowhere").exists()
    problem(town.client.get("/v1/operations/op-0123456789abcdef01234567"), 404, "operation-not-found")
    problem(town.client.get("/v1/operations/..%2f..%2fetc"), 404, "not-found")


def test_operations_are_listed_by_the_page(town: Service, pages: str) -> None:
    for year in (2070, 2071):
        town.succeeded(town.upload(pages, {"moon.md": PAGES["moon.md"].replace("2041", str(year))}))
    every = town.client.get("/v1/operations", params={"collection": pages}).raise_for_status().json()
    first = town.client.get("/v1/operations", params={"collection": pages, "limit": 1}).raise_for_status().json()
    cursor = first["next"]
    second = town.client.get("/v1/operations", params={"collection": pages, "cursor": cursor}).raise_for_status().json()

    assert [one["kind"] for one in every["operations"]] == ["upload-documents"] * 2
    assert every["operations"][0]["created"] > every["operations"][1]["created"]
    assert first["operations"] + second["operations"] == every["operations"]
    assert second["next"] is None
    other = town.client.get("/v1/operations", params={"collection": "default", "cursor": cursor})
    assert "cursor" in problem(other, 422, "invalid-request")
