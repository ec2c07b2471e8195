"""Swaps a collection's generations under a service that answers without a pause, and checks every response.

    python -m tests.api.swap_under_load --swaps 50 --connections 8 --workers 2

Three programs: the service; a process that sends requests over several connections, each as soon as the one before is
answered; and this one, which builds, deletes and rolls back, and keeps two generations, so that what was answered from
a moment ago is removed. Each state of the collection has a number that stands in every title, heading, author and
sentence. A response is at fault if

* it is an error (a 404 is none where the thing asked for was not there at the time);
* it is mixed: something in it is not from the generation that it names, character for character;
* it is stale: it comes from a generation that was replaced before the request began.

The exit code is 1 if any response was at fault, or if the service goes on holding generations that were replaced.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import math
import multiprocessing
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from index.blocks import Assembled, Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.deletion import delete_document
from index.documents import Document, passage_id
from index.history import rollback
from index.models import DEFAULT_MODEL
from tests.conftest import Silent, environment

KEEP = 2
DELETED = "ferry"
"""The document that is deleted now and then, and comes back with the next build or rollback."""
PLACES = ("castle", "ferry", "harbour", "library", "market", "museum")
NOTICES = ("notice-north", "notice-south")
"""Two documents that say the same, so that one is listed as the other's duplicate."""
PLAN = ("build", "delete", "rollback", "build", "delete", "build")
QUESTIONS = (
    "When does the harbour open?",
    "What does a ticket to the museum cost?",
    "When does the ferry open?",
    "What does the notice say about the bridge?",
    "Who keeps the keys of the castle?",
)
MAX_HELD = 1
"""How many generations a serving process may have open when all is quiet."""
_NUMBER = re.compile(r"\bstate (\d+)")
_SETTLED = 0.25
"""Seconds after a swap in which requests are counted as around it."""


# What each state holds.


@cache
def documents_of(number: int) -> Mapping[str, Document]:
    """Return the documents of a state, by id."""
    state = f"state {number}"
    made = {}
    for place in PLACES:
        assembled = assemble(
            [
                Block(f"The {place} in {state}", level=1),
                Block(f"In {state} the {place} opens at {number}. In {state} a ticket to the {place} costs {number}."),
                Block(f"Keys in {state}", level=2),
                Block(f"The warden of {state} keeps the keys of the {place}. In {state} there are {number} of them."),
            ]
        )
        made[place] = _document(place, f"The {place} in {state}", state, assembled)
    for notice in NOTICES:
        assembled = assemble(
            [Block(f"In {state} the bridge is closed to all carts that have {number} wheels or more.")]
        )
        made[notice] = _document(notice, f"{notice.capitalize()} of {state}", state, assembled)
    return made


def _document(name: str, title: str, state: str, assembled: Assembled) -> Document:
    return Document(
        name,
        title,
        assembled.text,
        assembled.headings,
        assembled.blocks,
        author=f"Clerk of {state}",
        tags=("town",),
        language="en",
        id_stated=True,
    )


@dataclass(frozen=True, slots=True)
class State:
    """What a generation holds: the documents of one number, or some of them."""

    number: int
    ids: frozenset[str]

    @property
    def documents(self) -> dict[str, Document]:
        """Its documents, by id."""
        return {name: document for name, document in documents_of(self.number).items() if name in self.ids}


# Requests: made in a process of their own, and kept as they came.


@dataclass(frozen=True, slots=True)
class Seen:
    """A request and its response; times are of the system's monotonic clock."""

    method: str
    path: str
    began: float
    ended: float
    status: int
    body: str
    read: str | None = None
    """The generation that the headers name."""

    @property
    def generation(self) -> str:
        """Which generation was read, as the headers or else the body say."""
        return self.read or str(json.loads(self.body)["generation"])


def _requests(seed: int, seen: Sequence[Seen]) -> Iterator[tuple[str, str, str | None]]:
    """Yield method, path and body of one client's requests without end; ``seen`` holds what came of them so far."""
    rng = random.Random(seed)  # noqa: S311 - only the order of requests
    reference, passage = "", ""
    while True:
        question = rng.choice(QUESTIONS)
        yield "POST", "/v1/ask", json.dumps({"question": question, "k": rng.randint(1, 12)})
        body = seen[-1].body
        reference = (re.findall(r'"reference":"([^"]+)"', body) or [reference])[0]
        passage = (re.findall(r'"id":"(p[0-9a-f]{20})"', body) or [passage])[0]
        name = rng.choice((*PLACES, DELETED))
        filters = {"q": question, "document_id": [name, NOTICES[0]], "tag": "town", "k": 3}
        kind = rng.randrange(8)
        if kind < 2:
            yield "GET", f"/v1/ask?{urlencode(filters, doseq=True)}", None
        elif kind == 2:
            yield "GET", "/v1/documents", None
        elif kind == 3:
            yield "GET", f"/v1/documents/{name}", None
        elif kind == 4 and passage:
            yield "GET", f"/v1/passages/{passage}?around=2", None
        elif kind == 5 and reference:
            yield "GET", f"/v1/citations/{quote(reference)}/verify", None
        elif kind == 6:
            yield "GET", "/readyz", None


def _client(address: str, seed: int, stop: Event, seen: list[Seen]) -> None:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)
    for method, path, body in _requests(seed, seen):
        if stop.is_set():
            break
        began = time.monotonic()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            text, status, read = response.read().decode(), response.status, response.getheader("Pincite-Generation")
        except (OSError, http.client.HTTPException) as error:
            text, status, read = repr(error), 0, None
            connection.close()  # the next request opens it again
        seen.append(Seen(method, path, began, time.monotonic(), status, text, read))
    connection.close()


def _load(address: str, connections: int, stop: Event, into: Path) -> None:
    """Send requests until told to stop, then write down what came of them."""
    seen: list[list[Seen]] = [[] for _ in range(connections)]
    clients = [threading.Thread(target=_client, args=(address, seed, stop, mine)) for seed, mine in enumerate(seen)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    with into.open("w", encoding="utf-8") as file:
        for one in itertools.chain.from_iterable(seen):
            file.write(json.dumps([getattr(one, name) for name in Seen.__slots__]) + "\n")


# What is checked.


@dataclass(frozen=True, slots=True)
class Swap:
    """A generation that became the current one between two moments."""

    kind: str
    generation: str
    began: float
    ended: float


@dataclass
class Ledger:
    """Every generation that there was, and when each was current."""

    states: dict[str, State] = field(default_factory=dict)
    swaps: list[Swap] = field(default_factory=list)

    def current_during(self, seen: Seen) -> set[str]:
        """Return the generations that may have been the current one at some moment of a request."""
        ends = [*(swap.ended for swap in self.swaps[1:]), math.inf]
        return {
            swap.generation
            for swap, replaced in zip(self.swaps, ends, strict=True)
            if swap.began <= seen.ended and seen.began <= replaced
        }

    def fault(self, seen: Seen) -> tuple[str, str] | None:
        """Return the kind of what is wrong with a response, and what it is; None if nothing is."""
        current = self.current_during(seen)
        if seen.status == 404 and self._may_be_missing(seen, [self.states[name] for name in current]):
            return None
        if seen.status != 200:
            return "error", f"{seen.status} {seen.body[:500]}"
        name = seen.generation
        mixture = self._mixture(seen, name)
        if mixture:
            return "mixed", mixture
        if name not in current:
            return "stale", f"{name} answered, when only these were current: {sorted(current)}"
        return None

    def _mixture(self, seen: Seen, name: str) -> str:
        """Say what of a response is not from the generation that it names."""
        state = self.states.get(name)
        if state is None:
            return f"there is no generation {name}"
        numbers = set(map(int, _NUMBER.findall(seen.body))) - {state.number}
        if numbers:
            return f"{name} is of state {state.number}, and the response speaks of {sorted(numbers)}"
        return "; ".join(_Comparison(seen, state).wrong)

    def _may_be_missing(self, seen: Seen, states: Sequence[State]) -> bool:
        kind, _, name = seen.path.split("?")[0].removeprefix("/v1/").partition("/")
        if kind == "documents":
            return any(name not in state.ids for state in states)
        return kind == "passages" and any(name not in _passage_ids(state) for state in states)


def _passage_ids(state: State) -> dict[str, str]:
    """Return the ids of a state's passages, and the document of each: a passage is one block here."""
    return {
        passage_id(document.id, document.text[block.start : block.end], 0): document.id
        for document in state.documents.values()
        for block in document.blocks
    }


class _Comparison:
    """Compares a response with the state that it has to come from.

    Attributes:
        wrong: What is not from there.
    """

    def __init__(self, seen: Seen, state: State) -> None:
        self.wrong: list[str] = []
        self._documents = state.documents
        self._passages = _passage_ids(state)
        path, body = urlsplit(seen.path), json.loads(seen.body)
        if path.path == "/v1/ask":
            self._ask(body, may_be_empty=bool(path.query))  # filters may name a document that is not there
        elif path.path == "/v1/documents":
            self._list(body)
        elif path.path.startswith("/v1/documents/"):
            self._document(body)
        elif path.path.startswith("/v1/passages/"):
            for one in (body["passage"], *body["before"], *body["after"]):
                self._place(one, one["id"], one["text"])
        elif path.path.endswith("/verify"):
            self._verification(body)
        else:
            self._expect("the number of documents", body["documents"], len(self._documents))
            self._expect("the number of passages", body["passages"], len(self._passages))

    def _expect(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.wrong.append(f"{what} is {found!r} instead of {expected!r}")

    def _place(self, item: dict[str, Any], passage: str, text: str | None) -> None:
        document = self._documents.get(item["document_id"])
        if document is None:
            self.wrong.append(f"there is no document {item['document_id']}")
            return
        self._expect("the title", item.get("document_title", document.title), document.title)
        self._expect("the hash", item.get("document_sha256", document.sha256), document.sha256)
        self._expect("the passage's document", self._passages.get(passage), document.id)
        if text is not None:
            self._expect("the text", text, document.text[item["start"] : item["end"]])

    def _ask(self, body: dict[str, Any], *, may_be_empty: bool) -> None:
        for citation in body["citations"]:
            self._place(citation, citation["passage_id"], citation["cited_text"])
            quoted = body["answer"][citation["answer_start"] : citation["answer_end"]]
            self._expect("the answer", quoted, citation["cited_text"])
        for hit in body["passages"]:
            self._place(hit, hit["id"], hit["text"])
            for duplicate in hit["duplicates"]:
                self._place(duplicate, duplicate["passage_id"], None)
        if not body["passages"] and not may_be_empty:
            self.wrong.append("nothing is found")

    def _list(self, body: dict[str, Any]) -> None:
        listed = [(one["id"], one["title"], one["author"], one["sha256"]) for one in body["documents"]]
        there = [(one.id, one.title, one.author, one.sha256) for _, one in sorted(self._documents.items())]
        self._expect("the list", listed, there)

    def _document(self, body: dict[str, Any]) -> None:
        document = self._documents.get(body["id"])
        self._expect("the document", (body["title"], body["text"]), document and (document.title, document.text))
        passages = {name for name, owner in self._passages.items() if owner == body["id"]}
        self._expect("its passages", {one["id"] for one in body["passages"]}, passages)

    def _verification(self, body: dict[str, Any]) -> None:
        document = self._documents.get(body["document_id"])
        self._expect("the hash", body["document_sha256"], document and document.sha256)
        if document is None:
            self._expect("the quote", body["state"], "deleted")
        elif body["state"] == "valid":
            self._place(body, body["passage_id"], body["cited_text"])
        else:  # a quote of another state: every sentence has a number
            self._expect("the quote", body["state"], "stale")


# What changes the collection.


class Swapper:
    """Moves a collection from state to state, and keeps the ledger."""

    def __init__(self, collection: Collection) -> None:
        self.ledger = Ledger()
        self._collection = collection
        self._number = 0
        self.swap("build")

    def swap(self, kind: str) -> str:
        """Make another generation the current one, in one of the ways of ``PLAN``; return its name."""
        began = time.monotonic()
        name, state = {"build": self._build, "delete": self._delete, "rollback": self._rollback}[kind]()
        self.ledger.swaps.append(Swap(kind, name, began, time.monotonic()))
        self.ledger.states[name] = state
        return name

    def _build(self) -> tuple[str, State]:
        self._number += 1
        documents = documents_of(self._number)
        built = build_documents(self._collection, list(documents.values()), DEFAULT_MODEL, Silent(), keep=KEEP)
        return built.manifest.generation, State(self._number, frozenset(documents))

    def _delete(self) -> tuple[str, State]:
        before = self.ledger.states[self._collection.current()]
        receipt = delete_document(self._collection, DELETED, keep=KEEP)
        return receipt.generation, State(before.number, before.ids - {DELETED})

    def _rollback(self) -> tuple[str, State]:
        name = rollback(self._collection).manifest.generation
        return name, self.ledger.states[name]


# The service, and what the system says of it.


@contextmanager
def serving(data_dir: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Run ``pincite serve`` on a free port; give its address and its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pincite", "serve", "--port", "0", "--workers", str(workers)],
        env=environment(data_dir),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        if not found:
            raise RuntimeError("the service does not start")
        yield found.group(), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def _processes(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text(encoding="ascii").split())] if children.exists() else []


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process and its children hold, together; 0 where the system does not tell."""
    sizes = (re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{one}/status").read_text()) for one in _processes(pid))
    return sum(int(size[1]) for size in sizes if size) / 1024


def held_generations(pid: int) -> list[set[str]]:
    """Return which generations' files each process of a service has mapped or open, removed or not."""
    held = []
    for one in _processes(pid):
        names = Path(f"/proc/{one}/maps").read_text(encoding="utf-8")
        for link in Path(f"/proc/{one}/fd").iterdir():
            try:
                names += f"{link.readlink()}\n"
            except FileNotFoundError:
                continue  # it was closed between the two steps
        held.append(set(re.findall(r"/generations/(?:\.removing-)?([^/\s]+)/", names)))
    return held


# A whole run.


@dataclass
class Report:
    """What came of a run.

    Attributes:
        ledger: What was current when.
        seen: Every request with its response.
        faults: The kind of each fault, what it is, and where.
        held: The generations that each process of the service had open at the end; empty where the system does not say.
        megabytes: What they held in memory at the start and at the end.
        probes: The generation that answered right after each swap, and the one that had to.
    """

    ledger: Ledger
    seen: list[Seen]
    faults: list[tuple[str, str, Seen]]
    held: list[set[str]]
    megabytes: tuple[float, float]
    probes: list[tuple[str, str]]

    @property
    def failed(self) -> bool:
        """Tell whether anything went wrong."""
        late = any(named != current for named, current in self.probes)
        return bool(self.faults) or late or any(len(names) > MAX_HELD for names in self.held)

    def lines(self) -> Iterator[str]:
        """Yield what is to be said."""
        kinds = Counter(kind for kind, _, _ in self.faults)
        swaps = Counter(swap.kind for swap in self.ledger.swaps[1:])
        yield f"swaps      {swaps.total()} ({', '.join(f'{count} {kind}' for kind, count in swaps.items())})"
        answered = Counter(one.generation for one in self.seen if one.status == 200)
        yield f"requests   {len(self.seen)}, answered from {len(answered)} generations of {len(self.ledger.states)}"
        missing = sum(one.status == 404 for one in self.seen) - sum(one.status == 404 for _, _, one in self.faults)
        yield f"404        {missing} rightly: what was asked for was not there at the time"
        for kind in ("error", "mixed", "stale"):
            yield f"{kind:<10} {kinds[kind]}"
        fresh = sum(named == current for named, current in self.probes)
        yield f"at once    {fresh} of {len(self.probes)} swaps were seen by the next request"
        around = [one for one in self.seen if self._is_around_a_swap(one)]
        quiet = [one for one in self.seen if not self._is_around_a_swap(one)]
        across = sum(self._is_around_a_swap(one, 0.0) for one in self.seen)
        yield f"across     {across} requests were under way while a change was made"
        for what, some in (("quiet", quiet), ("swapping", around)):
            yield f"{what:<10} {len(some)} requests, {_latencies(some)}"
        yield f"memory     {self.megabytes[0]:.1f} MB at the start, {self.megabytes[1]:.1f} MB at the end"
        yield f"held       {', '.join(str(len(names)) for names in self.held) or 'unknown'} generations a process"
        for kind, what, seen in self.faults[:5]:
            yield f"{kind}: {seen.method} {seen.path}: {what}"

    def _is_around_a_swap(self, seen: Seen, settled: float = _SETTLED) -> bool:
        swaps = self.ledger.swaps[1:]
        return any(seen.began < swap.ended + settled and swap.began < seen.ended for swap in swaps)


def _latencies(seen: Sequence[Seen]) -> str:
    spent = sorted((one.ended - one.began) * 1e3 for one in seen)
    if not spent:
        return "no latency"
    p50, p99 = (spent[min(int(len(spent) * share), len(spent) - 1)] for share in (0.5, 0.99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {spent[-1]:.1f} ms"


def run(
    data_dir: Path,
    *,
    swaps: int,
    connections: int,
    workers: int = 1,
    pause: float = 0.0,
    say: Callable[[str], None] = lambda _text: None,
) -> Report:
    """Swap under load, then check every response.

    Args:
        data_dir: A data folder, whose default collection is made anew.
        swaps: How many.
        connections: How many clients ask at once.
        workers: Processes of the service.
        pause: Seconds of load before the first swap, and half as many after each.
        say: Called with how it goes.

    Raises:
        RuntimeError: The service does not start, or the process that asks fails.
    """
    swapper = Swapper(Collection(data_dir, "default"))
    probes = []
    with tempfile.TemporaryDirectory() as folder, serving(data_dir, workers) as (address, pid):
        context = multiprocessing.get_context("spawn")
        stop, into = context.Event(), Path(folder) / "seen.jsonl"
        load = context.Process(target=_load, args=(address, connections, stop, into))
        load.start()
        where = urlsplit(address)
        prober = http.client.HTTPConnection(str(where.hostname), where.port, timeout=60)

        def probe() -> str:
            prober.request("GET", "/readyz")
            return str(json.loads(prober.getresponse().read())["generation"])

        try:
            probe()
            time.sleep(pause)
            before = resident_megabytes(pid)
            for number, kind in enumerate(itertools.islice(itertools.cycle(PLAN), swaps), start=1):
                name = swapper.swap(kind)
                probes.append((probe(), name))
                say(f"{number}/{swaps} {kind}: {name}")
                time.sleep(pause / 2)
        finally:
            stop.set()
            load.join(timeout=120)
            prober.close()
        after, held = resident_megabytes(pid), held_generations(pid)
        if load.exitcode != 0:
            raise RuntimeError("the process that sends the requests has failed")
        with into.open(encoding="utf-8") as file:
            seen = [Seen(*json.loads(line)) for line in file]
    found = ((swapper.ledger.fault(one), one) for one in seen)
    faults = [(*fault, one) for fault, one in found if fault is not None]
    return Report(swapper.ledger, seen, faults, held, (before, after), probes)


def main() -> None:
    """Run, print and tell by the exit code."""
    parser = argparse.ArgumentParser(description="Swap generations under load and check every response.")
    parser.add_argument("--swaps", type=int, default=50)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds of load before the first swap")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(
            Path(folder),
            swaps=options.swaps,
            connections=options.connections,
            workers=options.workers,
            pause=options.pause,
            say=lambda text: print(text, file=sys.stderr),
        )
    print(*report.lines(), sep="\n")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
