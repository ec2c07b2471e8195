"""Kills what changes a collection, at every moment, and checks what is left.

    python -m tests.index.crasher --rounds 500 --seed 1

There are three kinds of kill:

* A sweep kills an operation with SIGKILL just before its first change to a file or folder, then before its second,
  and so on, until it comes through.
* A torn sweep lets the system kill it amid writing the first file, then the second, and so on, so that half of the
  file is there (SIGXFSZ, which ends a process as suddenly).
* The campaign kills a process that goes from one random operation to the next, after a random time, while others open
  the collection and ask it without a pause.

After each kill the collection has to be in the state before the operation or in the one after it, and whole: every
hash, every text, every vector. Then the next operation has to succeed and to leave nothing behind that is not needed.

The index code is the real one, and so is the encoder, but for its size: one narrow layer and an alphabet.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import string
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.blocks import Block, assemble
from index.build import build_documents
from index.collection import Collection
from index.deletion import delete_document
from index.documents import Document, Passage
from index.earlier import open_earlier
from index.embedding import rows_of
from index.errors import CollectionNotFound
from index.generation import Generation
from index.history import list_generations, prune, rollback
from index.manifest import MANIFEST
from index.models import resolve_model
from index.publish import content_hash
from index.segment import SEGMENTER, segment
from index.sentence_transformer import SentenceTransformerEncoder
from index.settings import Settings
from index.tokens import Tokens
from qa.factory import open_asker
from tests.conftest import Silent

NAME = "crash"
KEEP = 3
REACHED = 42
"""Exit code of an operation that came through although its moment had come: there was nothing left to write."""
SHIPS = ("anchor", "bowline", "capstan", "davit", "ensign", "fairlead")
VARIANTS = 4

STATES = ("old", "named", "new", "between")
"""What a kill may leave; see ``judge``."""

State = Mapping[str, int]
"""Which documents there are, by id, and which variant of each."""


class Failure(Exception):
    """Something that a kill must not be able to do."""


def expect(condition: bool, what: str) -> None:
    """Fail, in optimised code too, if something does not hold."""
    if not condition:
        raise Failure(what)


# The documents, and what is known about them.


def stamp(ship: str, variant: int) -> str:
    """Return a word that occurs in one variant of one document only."""
    return f"{ship}{variant}{ship[::-1]}"


def document(ship: str, variant: int) -> Document:
    """Return one variant of a document; its first paragraph is the same in all."""
    assembled = assemble(
        [
            Block(f"Log of the {ship}", level=1),
            Block(f"The {ship} sails from port to port. Her crew counts {len(ship)} hands."),
            Block("Cargo", level=2),
            Block(f"In her hold lie {variant + 2} barrels of {stamp(ship, variant)}. They are for the harbour master."),
        ]
    )
    return Document(ship, f"The {ship}", assembled.text, assembled.headings, assembled.blocks, language="en")


def make_model(folder: Path) -> Path:
    """Make a model whose files are so small that hashing and loading them costs next to nothing."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.set_num_threads(1)
    torch.manual_seed(0)
    letters = string.ascii_lowercase + string.digits + ".,"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertTokenizer(vocab={word: number for number, word in enumerate(words)}).save_pretrained(folder / "bert")
    BertModel(config).save_pretrained(folder / "bert")
    modules = [Transformer(str(folder / "bert")), Pooling(config.hidden_size)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"))
    return folder / "model"


class Truth:
    """What every document, passage and vector has to be.

    Args:
        model: The encoder's folder.
    """

    def __init__(self, model: Path) -> None:
        self.model = resolve_model(str(model))
        self.tokens = Tokens(self.model)
        self.documents = {(ship, variant): document(ship, variant) for ship in SHIPS for variant in range(VARIANTS)}
        self._passages = {key: segment(one, self.tokens) for key, one in self.documents.items()}
        self._variants = {(one.id, one.sha256): variant for (_, variant), one in self.documents.items()}
        texts = sorted({text for key in self.documents for text in self._texts([key])})
        self._row = {text: row for row, text in enumerate(texts)}
        self._vectors = SentenceTransformerEncoder(model).encode(texts)
        apart = np.abs(self._vectors[:, None] - self._vectors[None]).max(axis=2) + np.eye(len(texts))
        expect(apart.min() > 1e-3, "the encoder cannot tell the texts apart")

    def _texts(self, keys: list[tuple[str, int]]) -> list[str]:
        documents, passages = self.contents(keys)
        return list(rows_of(documents, passages, self.tokens).texts)

    def contents(self, keys: list[tuple[str, int]]) -> tuple[list[Document], list[Passage]]:
        """Return some documents and all their passages."""
        return [self.documents[key] for key in keys], [passage for key in keys for passage in self._passages[key]]

    def state_of(self, documents: list[Document]) -> State:
        """Return which state some documents are.

        Raises:
            Failure: There never was such a document.
        """
        found = {one.id: self._variants.get((one.id, one.sha256), -1) for one in documents}
        for key in found.items():
            expect(self.documents.get(key) in documents, f"a document {key[0]!r} that never was")
        expect(len(found) == len(documents), "a document is there twice")
        return found

    def check(
        self,
        state: State,
        passages: list[Passage],
        vectors: NDArray[np.float32],
        keys: NDArray[np.uint64],
        content: str,
    ) -> None:
        """Check that passages, vectors, keys and a content hash are those of a state.

        Raises:
            Failure: They are not.
        """
        documents, expected = self.contents(sorted(state.items()))
        expect(passages == expected, f"the passages are not those of {state}")
        rows = rows_of(documents, expected, self.tokens)
        right = self._vectors[[self._row[text] for text in rows.texts]].reshape(vectors.shape)
        expect(np.allclose(vectors, right, atol=1e-5), f"the vectors are not those of {state}")
        expect(np.array_equal(keys, rows.keys(self.model.fingerprint)), f"the keys are not those of {state}")
        expect(content == self.content(state), f"the manifest is not that of {state}")

    def content(self, state: State) -> str:
        """Return what the manifest of a state says of its content."""
        return content_hash(self.contents(sorted(state.items()))[0], "en", SEGMENTER, self.model.fingerprint)


# What is done to the collection, and what has to come of it.


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that changes a collection, or would."""

    kind: Literal["build", "delete", "delete with prune", "rollback", "prune"]
    state: State = field(default_factory=dict)
    document: str = ""
    to: str | None = None
    keep: int = 1


@dataclass(frozen=True, slots=True)
class Expected:
    """What the collection holds: the state of every generation, and which is current."""

    kept: Mapping[str, State]
    current: str | None

    def after(self, operation: Operation, current: str) -> Expected:
        """Return what it holds after an operation, which made a generation current."""
        kept = dict(self.kept)
        made = self.made_by(operation)
        if operation.kind != "prune" and current not in kept and made is not None:
            kept[current] = made
        keep = KEEP if made is not None else len(kept)
        keep = {"prune": operation.keep, "delete with prune": 1}.get(operation.kind, keep)
        others = [name for name in sorted(kept) if name != current]
        for name in others[: max(len(others) - (keep - 1), 0)]:
            del kept[name]
        return Expected(kept, current)

    def made_by(self, operation: Operation) -> State | None:
        """Return the state that an operation makes a generation of, if it makes one."""
        now = self.kept.get(self.current or "")
        if operation.kind == "build":
            return operation.state if operation.state != now else None
        if operation.kind.startswith("delete") and now is not None:
            return {ship: variant for ship, variant in now.items() if ship != operation.document}
        return None

    def older(self) -> str | None:
        """Return where a rollback goes."""
        return max((name for name in self.kept if name < (self.current or "")), default=None)


def perform(collection: Collection, truth: Truth, operation: Operation) -> str:
    """Do it, by the same calls as the commands, and return the name of the current generation."""
    if operation.kind == "build":
        documents = truth.contents(sorted(operation.state.items()))[0]
        return build_documents(collection, documents, str(truth.model.path), Silent(), keep=KEEP).manifest.generation
    if operation.kind == "rollback":
        return rollback(collection, operation.to).manifest.generation
    if operation.kind == "prune":
        prune(collection, operation.keep)
        return collection.current()
    pruned = operation.kind == "delete with prune"
    return delete_document(collection, operation.document, prune=pruned, keep=KEEP).generation


def choose(chance: random.Random, expected: Expected) -> Operation:
    """Choose an operation that can be done."""
    now = expected.kept[expected.current] if expected.current else {}
    kinds = ["build"] * 5
    if now:
        kinds += ["delete", "delete", "delete with prune"]
    if expected.older():
        kinds += ["rollback"] * 2
    if expected.current:
        kinds += ["prune"]
    kind = chance.choice(kinds)
    if kind == "delete":
        return Operation("delete", document=chance.choice(sorted(now)))
    if kind == "delete with prune":
        return Operation("delete with prune", document=chance.choice(sorted(now)))
    if kind == "rollback":
        return Operation("rollback", to=chance.choice([None, *sorted(expected.kept)]))
    if kind == "prune":
        return Operation("prune", keep=chance.randint(1, KEEP))
    state = {ship: variant for ship, variant in now.items() if chance.random() < 0.8}
    for ship in chance.sample(SHIPS, 2):
        state[ship] = chance.randrange(VARIANTS)
    return Operation("build", state=state)


# What is left.


def find(collection: Collection, truth: Truth, name: str) -> State:
    """Return the state that a generation holds.

    Raises:
        Failure: It is not whole.
    """
    one = open_earlier(collection, name)
    state = truth.state_of([document for document, _ in one.database.documents()])
    vectors = one.vectors_at(np.arange(len(one.keys)))
    truth.check(state, one.database.all_passages(), vectors, one.keys, one.manifest.content)
    folder = collection.generation_folder(name)
    files = {file.name for file in folder.iterdir()}
    expect(files == {*one.manifest.files, MANIFEST}, f"{name} has other files than its manifest says: {sorted(files)}")
    return state


def ask(collection: Collection, truth: Truth, chance: random.Random) -> Generation:
    """Open the current generation for questions, check that it is one state and no other, and ask it something.

    Raises:
        Failure: It is no state, or it quotes what is not there.
    """
    settings = Settings(data_dir=collection.data_dir, collection=collection.name, max_risk=1)
    asker = open_asker(settings)
    generation = asker.generation
    state = truth.state_of([document for document, _ in generation.database.documents()])
    expect(generation.manifest.content == truth.content(state), "the documents are not the manifest's")
    ship = chance.choice(SHIPS)
    answer = asker.ask(f"What lies in the hold of the {ship}?", k=100)
    expect(answer.generation == generation.name, "an answer from another generation")
    expect(bool(answer.citations) == bool(state), f"{len(answer.citations)} citations of {len(state)} documents")
    expect(len(answer.hits) == generation.manifest.counts.passages, "a passage is not found")
    for citation in answer.citations:
        source = truth.documents.get((citation.document_id, state.get(citation.document_id, -1)))
        expect(source is not None, f"a citation of {citation.document_id!r}, which is not there")
        quoted = source.text[citation.start : citation.end] if source else ""
        expect(quoted == citation.cited_text, f"a quote that is not there: {citation.cited_text!r}")
    return generation


def look(collection: Collection, truth: Truth, chance: random.Random) -> Expected:
    """Return what a collection holds, all of it checked.

    Raises:
        Failure: Something of it is not whole.
    """
    kept = {name: find(collection, truth, name) for name in collection.generations()}
    try:
        current = collection.current()
    except CollectionNotFound:
        return Expected(kept, None)
    expect(current in kept, "the pointer names a generation that is not there")
    generation = ask(collection, truth, chance)
    expect(generation.name == current, "what is opened is not what the pointer names")
    expect([one.name for one in list_generations(collection) if one.current] == [current], "a wrong list")
    return Expected(kept, current)


def judge(found: Expected, before: Expected, operation: Operation) -> str:
    """Return which state an interrupted operation left: old or new.

    Or, to be more precise, "named", which is the old one while the new generation has its name but is not pointed to;
    or "between", a pruning that is not finished.

    Raises:
        Failure: It is none of them.
    """
    fresh = found.kept.keys() - before.kept.keys()
    made = before.made_by(operation)
    expect(len(fresh) <= (made is not None), f"too many generations: {sorted(fresh)}")
    for name in fresh:
        expect(found.kept[name] == made, f"{name} holds {found.kept[name]}, not {made}")
    for name in found.kept.keys() & before.kept.keys():
        expect(found.kept[name] == before.kept[name], f"{name} has changed")
    if operation.kind == "rollback":
        target = operation.to or before.older()
    elif made is None:
        target = before.current
    else:
        target = next(iter(fresh), None)
    moved = target is not None and found.current == target
    expect(moved or found.current == before.current, f"the pointer names {found.current}")
    after = before.after(operation, target) if moved and target is not None else before
    lost = before.kept.keys() - found.kept.keys()
    expect(lost <= before.kept.keys() - after.kept.keys(), f"{sorted(lost)} should be there")
    if operation.kind == "prune" and after != before:
        return "new" if found == after else "between" if lost else "old"
    return "new" if moved else "named" if fresh else "old"


def check_tidy(collection: Collection, truth: Truth, expected: Expected) -> None:
    """Check that nothing lies in the data folder but what has to.

    Raises:
        Failure: There are leftovers.
    """
    generations = {f"generations/{name}" for name in expected.kept}
    files = {f"generations/{name}/{MANIFEST}" for name in expected.kept}
    for name in expected.kept:
        files |= {f"generations/{name}/{file}" for file in open_earlier(collection, name).manifest.files}
    right = {"CURRENT", "build.lock", "generations"} | generations | files
    there = {path.relative_to(collection.folder).as_posix() for path in collection.folder.rglob("*")}
    expect(there == right, f"left behind or lost: {sorted(there ^ right)}")
    encoders = {path.name for path in collection.encoders.iterdir()}
    expect(encoders == {"export.lock", truth.model.fingerprint[:16]}, f"left behind: {sorted(encoders)}")


def check_gone(collection: Collection, expected: Expected) -> None:
    """Check that no byte under the data folder is of a document that no generation holds any more.

    Raises:
        Failure: One is.
    """
    there = {pair for state in expected.kept.values() for pair in state.items()}
    words = [stamp(ship, variant) for ship in SHIPS for variant in range(VARIANTS) if (ship, variant) not in there]
    for file in collection.data_dir.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        rest = [word for word in words if word.encode() in content]
        expect(not rest, f"{file} still holds {rest}")


# Processes that are killed.


def fork(work: Callable[[], int]) -> int:
    """Run something in a process of its own, and return that process's id."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        code = work()
    except BaseException:  # noqa: BLE001 - this process must not go on as if it were its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def end_of(process: int) -> int:
    """Wait for a process and return its exit code; minus the signal's number where one ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _is_change(root: str, event: str, arguments: tuple[object, ...]) -> bool:
    """Tell whether an audit event is about to change a file or a folder."""
    if event == "sqlite3.connect":
        return "mode=ro" not in str(arguments[0])
    if event == "open":
        flags = arguments[2]
        writes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
        return writes and str(arguments[0]).startswith(root)
    if event == "os.remove" and arguments[1] != -1:  # by shutil.rmtree: one file of a folder stands for all
        return arguments[0] == MANIFEST
    return event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}


class Trap:
    """Ends this process at one of its changes to files; set in a process that does nothing else.

    Args:
        root: Files opened elsewhere do not count.
        number: Of the change, from 1.
        torn: Whether the change has to be a file's beginning, which is then written in part; otherwise the process
            ends just before it.
    """

    def __init__(self, root: Path, number: int, *, torn: bool) -> None:
        self.reached = False
        self._root, self._number, self._torn = str(root), number, torn
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.reached or not _is_change(self._root, event, arguments):
            return
        if self._torn and event not in {"open", "sqlite3.connect"}:
            return
        self._number -= 1
        if self._number:
            return
        self.reached = True
        if not self._torn:
            os.kill(os.getpid(), signal.SIGKILL)
        size = 5_000 if event == "sqlite3.connect" else 40
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@dataclass
class Report:
    """What was done and found."""

    rounds: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    operations: int = 0
    looks: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def kill(self, kind: str, operation: str, state: str) -> None:
        """Count a kill."""
        self.rounds += 1
        key = f"{kind}|{operation}|{state}"
        self.kills[key] = self.kills.get(key, 0) + 1

    def lines(self) -> Iterator[str]:
        """Yield the report as text."""
        yield f"{'kill':<11}{'operation':<20}{'kills':>7}" + "".join(f"{state:>9}" for state in STATES)
        for kind, operation in sorted({tuple(key.split("|")[:2]) for key in self.kills}):
            found = [self.kills.get(f"{kind}|{operation}|{state}", 0) for state in STATES]
            yield f"{kind:<11}{operation:<20}{sum(found):>7}" + "".join(f"{count:>9}" for count in found)
        yield (
            f"{self.rounds} kills, {self.operations} operations that came through, {self.looks} openings by readers, "
            f"{len(self.failures)} failures, {self.seconds:.0f} s"
        )
        yield from self.failures


@dataclass(frozen=True, slots=True)
class Bench:
    """What sweeps and the campaign work with: a folder for all they make, and so on."""

    base: Path
    truth: Truth
    chance: random.Random
    report: Report


# Sweeps: every moment of one operation.


Beginning = tuple[Path, Operation, Expected]
"""A data folder, what is to be done to it, and what it holds."""


def prepare(base: Path, truth: Truth) -> dict[str, Beginning]:
    """Make the data folders that sweeps begin with: each operation's, with what it holds."""
    empty = base / "empty"
    states: list[State] = [
        {"anchor": 0, "bowline": 0, "capstan": 0},
        {"anchor": 1, "bowline": 0, "capstan": 0},
        {"anchor": 1, "bowline": 0, "capstan": 0, "davit": 0},
    ]
    full = base / "full"
    names = [perform(Collection(full, NAME), truth, Operation("build", state=state)) for state in states]
    shutil.copytree(full / "encoders", empty / "encoders")
    (base / "bare").mkdir()
    held = Expected(dict(zip(names, states, strict=True)), names[-1])
    none = Expected({}, None)
    changed = Operation("build", state={"anchor": 2, "capstan": 0, "davit": 0, "ensign": 1})
    return {
        "first build": (empty, changed, none),
        "first export": (base / "bare", changed, none),
        "build": (full, changed, held),
        "delete": (full, Operation("delete", document="bowline"), held),
        "delete with prune": (full, Operation("delete with prune", document="bowline"), held),
        "rollback": (full, Operation("rollback"), held),
        "prune": (full, Operation("prune"), held),
    }


def go_on(collection: Collection, truth: Truth, found: Expected, chance: random.Random) -> Expected:
    """Do one more thing, and check that it comes through and tidies up.

    Raises:
        Failure: It does not.
    """
    operation = choose(chance, found)
    perform(collection, truth, operation)
    after = look(collection, truth, chance)
    fresh = after.kept.keys() - found.kept.keys()
    expect(bool(fresh) == (found.made_by(operation) is not None), f"{operation} made {sorted(fresh)}")
    target = operation.to or found.older() if operation.kind == "rollback" else next(iter(fresh), found.current)
    expect(target is not None and after == found.after(operation, target), f"{operation} made {after} of {found}")
    check_tidy(collection, truth, after)
    check_gone(collection, after)
    return after


def sweep(bench: Bench, name: str, begin: Beginning, *, torn: bool) -> None:
    """Kill an operation at its first change, at its second, and so on, until it comes through."""
    truth, chance, report = bench.truth, bench.chance, bench.report
    source, operation, before = begin
    kind = "torn" if torn else "sweep"
    number, code = 0, -1
    while code != 0:
        number += 1
        folder = bench.base / f"{kind}-{number}"
        shutil.copytree(source, folder)
        collection = Collection(folder, NAME)

        def work(collection: Collection = collection, number: int = number) -> int:
            trap = Trap(collection.data_dir, number, torn=torn)
            perform(collection, truth, operation)
            return REACHED if trap.reached else 0

        code = end_of(fork(work))
        try:
            found = look(collection, truth, chance)
            state = judge(found, before, operation)
            if code >= 0:
                expect(code in {0, REACHED}, f"it ended with {code}")
                expect(state == "new", f"it came through, and left the {state} state")
            else:
                report.kill(kind, name, state)
            go_on(collection, truth, found, chance)
            report.operations += 1
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here is what we look for
            report.failures.append(_failure(error, f"{kind} of {name} at change {number}", folder))
        else:
            shutil.rmtree(folder)


def _failure(error: Exception, where: str, folder: Path) -> str:
    return f"FAILURE {where} in {folder}: {type(error).__name__}: {error}\n{traceback.format_exc()}"


# The campaign: random moments of random operations, with readers.


def _keep_changing(collection: Collection, truth: Truth, expected: Expected, seed: int, pipe: int) -> int:
    chance = random.Random(seed)  # noqa: S311 - it has to be repeatable
    while True:
        operation = choose(chance, expected)
        os.write(pipe, json.dumps({"begin": asdict(operation)}).encode() + b"\n")
        current = perform(collection, truth, operation)
        os.write(pipe, json.dumps({"done": current}).encode() + b"\n")
        expected = expected.after(operation, current)


def _keep_reading(collection: Collection, truth: Truth, seed: int, pipe: int) -> int:
    """Open and ask until SIGTERM comes; then say how often, and which generations held what."""
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    chance = random.Random(seed)  # noqa: S311 - it has to be repeatable
    seen: dict[str, str] = {}
    looks = 0
    while not stop:
        generation = ask(collection, truth, chance)
        content = seen.setdefault(generation.name, generation.manifest.content)
        expect(content == generation.manifest.content, f"{generation.name} has changed")
        list_generations(collection)
        looks += 1
    with os.fdopen(pipe, "w") as file:
        json.dump({"looks": looks, "seen": seen}, file)
    return 0


def campaign(bench: Bench, rounds: int, readers: int = 2) -> None:
    """Kill at random moments; it ends early at a failure, and leaves the folder as it was then."""
    truth, chance, report = bench.truth, bench.chance, bench.report
    collection = Collection(bench.base / "campaign", NAME)
    began = time.perf_counter()
    perform(collection, truth, Operation("build", state={"anchor": 0}))
    perform(collection, truth, Operation("build", state={"anchor": 1, "bowline": 0}))
    expected = look(collection, truth, chance)
    span = 2 * (time.perf_counter() - began)  # some operations long, however busy the machine is
    ever = dict(expected.kept)
    reading: list[tuple[int, int]] = []
    for number in range(readers):
        receive, send = os.pipe()
        reading.append((fork(lambda n=number, p=send: _keep_reading(collection, truth, n, p)), receive))  # type: ignore[misc]
        os.close(send)
    for number in range(rounds):
        try:
            expected = _round(bench, collection, expected, span, ever)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here is what we look for
            report.failures.append(_failure(error, f"round {number} of the campaign", collection.data_dir))
            break
    for process, receive in reading:
        os.kill(process, signal.SIGTERM)
        with os.fdopen(receive) as pipe:
            told = pipe.read()
        if (code := end_of(process)) != 0:
            report.failures.append(f"FAILURE a reader ended with {code}")
            continue
        heard = json.loads(told)
        report.looks += heard["looks"]
        for name, content in heard["seen"].items():
            if name not in ever or truth.content(ever[name]) != content:
                report.failures.append(f"FAILURE a reader saw a generation {name} that never was, or was another")


def _round(bench: Bench, collection: Collection, expected: Expected, span: float, ever: dict[str, State]) -> Expected:
    """Kill once, look, and go on; return what is there then."""
    truth, chance, report = bench.truth, bench.chance, bench.report
    receive, send = os.pipe()
    seed = chance.randrange(1 << 30)
    process = fork(lambda: _keep_changing(collection, truth, expected, seed, send))
    os.close(send)
    time.sleep(chance.uniform(0, span))
    os.kill(process, signal.SIGKILL)
    code = end_of(process)
    with os.fdopen(receive) as pipe:
        lines = [json.loads(line) for line in pipe]
    interrupted: Operation | None = None
    for line in lines:
        if "begin" in line:
            interrupted = Operation(**line["begin"])
        elif interrupted is not None:
            expected = expected.after(interrupted, line["done"])
            ever.update(expected.kept)
            interrupted = None
            report.operations += 1
    found = look(collection, truth, chance)
    ever.update(found.kept)
    expect(code == -signal.SIGKILL, f"an operation ended by itself with {code}: {interrupted}")
    if interrupted is None:
        expect(found == expected, f"between operations: {found}, not {expected}")
        report.kill("random", "none", "old")
    else:
        report.kill("random", interrupted.kind, judge(found, expected, interrupted))
    after = go_on(collection, truth, found, chance)
    ever.update(after.kept)
    report.operations += 1
    return after


def main() -> int:
    """Run sweeps and the campaign; print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sweep", action="append", help="only this operation's sweeps; 'none' for no sweep")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    given = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    began = time.perf_counter()
    base = Path(tempfile.mkdtemp(prefix="crasher-"))
    tempfile.tempdir = str(base)  # what a killed process leaves there goes with the rest
    chance = random.Random(given.seed)  # noqa: S311 - it has to be repeatable
    bench = Bench(base, Truth(make_model(base / "encoder")), chance, report := Report())
    for name, begin in prepare(base, bench.truth).items():
        if given.sweep is None or name in given.sweep:
            for torn in (False, True):
                sweep(bench, name, begin, torn=torn)
    if given.rounds:
        campaign(bench, given.rounds)
    report.seconds = time.perf_counter() - began
    print(json.dumps(asdict(report)) if given.json else "\n".join(report.lines()))
    if not report.failures:
        shutil.rmtree(base)
    return bool(report.failures)


if __name__ == "__main__":
    sys.exit(main())
