"""Kills accepting, applying and dropping at each of their changes to files, and checks what is left.

    python -m tests.api.changes.crasher FOLDER

Prints how many kills left which state. The service is not run here: what it calls is, in processes that are killed just
before their first change to a file or folder, then before their second, and so on; see ``tests.index.crasher``.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from api.changes.applier import Applier
from api.changes.intake import Intake
from api.changes.operations import Condition, File, Operation
from api.changes.store import Key, OperationStore, Reply, now
from api.document_tags import document_etag
from index.build import build_documents
from index.collection import Collection, clear_removed, list_collections
from index.deletion import delete_collection
from index.documents import Document
from index.earlier import open_earlier
from index.settings import Settings
from tests.conftest import Silent
from tests.index.crasher import REACHED, Trap, document, end_of, expect, fork, make_model

NAME = "crash"
KEY = Key("me", "key", "fingerprint")
REPLY = Reply(202, "{}")


def uploading(identity: str = "op-upload") -> tuple[Operation, list[tuple[str, io.BytesIO]]]:
    files = (File("0.md", "log.md", None), File("1.txt", "list.txt", None))
    contents = [("0.md", io.BytesIO(b"# Log\n\nThe davit is new.")), ("1.txt", io.BytesIO(b"One davit, two oars."))]
    return Operation(identity, "upload-documents", NAME, now(), files), contents


def replacing(tag: str) -> tuple[Operation, list[tuple[str, io.BytesIO]]]:
    """Return a replacement that can be applied only once: its condition does not hold afterwards."""
    line = json.dumps({"id": "anchor", "text": "The anchor was lost off the cape."}).encode()
    operation = Operation(
        "op-replace", "replace-document", NAME, now(), (File("0.jsonl", None, "anchor"),), Condition((tag,))
    )
    return operation, [("0.jsonl", io.BytesIO(line))]


def accept(data_dir: Path) -> None:
    operation, contents = uploading()
    Intake(data_dir, 1).accept(operation, contents, REPLY, KEY)


def apply(data_dir: Path) -> None:
    applier = Applier(Settings(data_dir=data_dir))
    applier.recover()
    applier.apply_pending()


def drop(data_dir: Path) -> None:
    delete_collection(Collection(data_dir, NAME))


def documents_of(data_dir: Path) -> dict[str, Document]:
    database = open_earlier(Collection(data_dir, NAME)).database
    return {one.id: one for one, _ in database.documents()}


def sweep(base: Path, source: Path, act: Callable[[Path], None], judge: Callable[[Path], str]) -> Counter[str]:
    """Kill an act at each of its changes, judge what is left, and return how often that was what."""
    found: Counter[str] = Counter()
    number, code = 0, -1
    while code != 0:
        number += 1
        folder = base / f"{act.__name__}-{number}"
        shutil.copytree(source, folder)

        def work(folder: Path = folder, number: int = number) -> int:
            trap = Trap(folder, number, torn=False)
            act(folder)
            return REACHED if trap.reached else 0

        code = end_of(fork(work))
        expect(code <= 0, f"{act.__name__} at change {number} ended with {code}")
        state = judge(folder)
        if code < 0:
            found[state] += 1
        shutil.rmtree(folder)
    return found


def judge_accepted(data_dir: Path) -> str:
    """Expect an operation with all its files or none; then a repeated request makes it one, and it can be applied."""
    unfinished = OperationStore(data_dir).unfinished()
    if unfinished:
        files = {path.name: path.read_bytes() for path in (data_dir / "uploads" / "op-upload").iterdir()}
        expect(files == {name: content.read() for name, content in uploading()[1]}, "a file is not whole")
    _, replayed = Intake(data_dir, 1).accept(*uploading("op-again"), REPLY, KEY)
    expect(replayed == bool(unfinished), "the repeated request made another operation, or none")
    apply(data_dir)
    expect(set(documents_of(data_dir)) == {"anchor", "list", "log"}, "it was not applied")
    tidy(data_dir)
    return "kept" if unfinished else "none"


def judge_applied(data_dir: Path) -> str:
    """Expect that going on applies what was not applied, and only that."""
    before = documents_of(data_dir)
    apply(data_dir)
    store = OperationStore(data_dir)
    for name in ("op-upload", "op-replace"):
        one = store.get(name)
        expect(one is not None and one.state == "succeeded", f"{name} is {one and (one.state, one.detail)}")
        ids = {document_id for file in (one.files if one else ()) for document_id in file.document_ids}
        expect(ids == ({"log", "list"} if name == "op-upload" else {"anchor"}), f"{name} names {ids}")
        expect(all(file.passages for file in (one.files if one else ())), f"{name} does not tell its passages")
    after = documents_of(data_dir)
    expect(set(after) == {"anchor", "list", "log"}, f"it holds {sorted(after)}")
    expect("lost off the cape" in after["anchor"].text, "the replacement was not applied")
    current = Collection(data_dir, NAME).current()
    told = {one.generation for one in store.newest(NAME, 10)}
    expect(max(map(str, told)) == current, f"{told} are told to hold the changes, and {current} answers")
    tidy(data_dir)
    return "applied" if before == after else "pending"


def judge_dropped(data_dir: Path) -> str:
    """Expect the whole collection or none; and that one of its name can be made."""
    there = [one.name for one in list_collections(data_dir)]
    if there:
        expect(set(documents_of(data_dir)) == {"anchor"}, "it is not whole")
        drop(data_dir)
    clear_removed(data_dir)
    left = [path.name for path in (data_dir / "collections").iterdir()]
    expect(left == [], f"left behind: {left}")
    return "there" if there else "gone"


def tidy(data_dir: Path) -> None:
    left = list((data_dir / "uploads").iterdir())
    expect(left == [], f"left behind: {left}")


def main() -> None:
    """Sweep all three, and print what was found."""
    base = Path(sys.argv[1])
    model = make_model(base)
    source, full = base / "source", base / "full"
    build_documents(Collection(source, NAME), [document("anchor", 0)], str(model), Silent())
    OperationStore(source).forget_old()  # which makes its file
    shutil.copytree(source, full)
    tag = document_etag(documents_of(full)["anchor"])
    for operation, contents in (uploading(), replacing(tag)):
        Intake(full, 1).accept(operation, contents, REPLY, None)
    found = {
        "accept": sweep(base, source, accept, judge_accepted),
        "drop": sweep(base, source, drop, judge_dropped),
        "apply": sweep(base, full, apply, judge_applied),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
