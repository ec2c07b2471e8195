"""A question set against a target: every question is asked, and what came is measured and kept."""

from __future__ import annotations

import datetime
import hashlib
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.errors import RunError
from eval.gold import GoldLocator
from eval.measures import DEPTH, listed_as, measure_case
from eval.records import RUN_FORMAT, Result, Run
from eval.sets import Case, QuestionSet
from eval.targets import Target
from index.errors import PinciteError
from index.files import write_atomically


def git_revision(folder: Path) -> str:
    """Return a folder's git revision, with "+changes" where files differ from it; empty outside a repository."""
    try:
        command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""


def set_sha256(questions: QuestionSet) -> str:
    """Return the hash of a set's cases; floors and name do not count."""
    cases = "\n".join(case.model_dump_json() for case in questions.cases)
    return hashlib.sha256(cases.encode()).hexdigest()


def _ask(case: Case, target: Target, locator: GoldLocator) -> Result:
    documents = tuple(dict.fromkeys(gold.document for gold in case.gold))
    known = {
        "case": case.id,
        "question": case.question,
        "answerable": case.answerable,
        "tags": case.tags,
        "documents": documents,
    }
    absent = [name for name in documents if locator.document(name) is None]
    if absent:
        return Result(**known, status="skipped", reason=f"the collection has no document {absent[0]!r}")
    gold = locator.locate(case)
    try:
        answered = target.ask(case.question, DEPTH)
    except PinciteError as error:
        return Result(**known, status="failed", reason=str(error))
    return Result(
        **known,
        status="scored",
        relevant=tuple(sorted(listed_as(answered.passages, set().union(*(located.passages for located in gold))))),
        answered=answered,
        measures=measure_case(answered, case.answers, gold),
    )


def run_set(questions: QuestionSet, target: Target, progress: Callable[[], None] | None = None) -> Run:
    """Ask every question of a set.

    Args:
        questions: The set.
        target: What to ask.
        progress: Called after each case.

    Raises:
        QuestionSetError: A gold quote does not occur in its document.
    """
    locator = GoldLocator(target)
    results = []
    for case in questions.cases:
        results.append(_ask(case, target, locator))
        if progress is not None:
            progress()
    return make_run(questions.name, set_sha256(questions), target, results)


def make_run(name: str, sha256: str, target: Target, results: Sequence[Result]) -> Run:
    """Put results together with what was asked, what was measured, and when."""
    return Run(
        format_version=RUN_FORMAT,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        set_name=name,
        set_sha256=sha256,
        target=target.info(),
        git_revision=git_revision(Path.cwd()),
        results=tuple(results),
    )


def without_passages(run: Run) -> Run:
    """Return a run without the passages that were ranked: enough for a baseline, and a tenth of the size."""
    results = [
        result.model_copy(update={"answered": result.answered and result.answered.model_copy(update={"passages": ()})})
        for result in run.results
    ]
    return run.model_copy(update={"results": tuple(results)})


def write_run(run: Run, path: Path) -> None:
    """Write a run as JSON, and beside it its ranking as a TREC run and its gold as TREC qrels (``.run``, ``.qrels``).

    A run without passages has no ranking, and only the JSON is written. The TREC run's scores count down with the rank,
    so that tools which sort by score keep the order. White space in names, which those files cannot hold, becomes "_".

    Raises:
        RunError: The path does not end in ``.json``.
        OSError: They cannot be written.
    """
    if path.suffix != ".json":
        raise RunError(f"a run is written to a file that ends in .json, not to {path}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (run.model_dump_json(indent=1) + "\n").encode())
    if not any(result.answered and result.answered.passages for result in run.results):
        return
    ranking, qrels = [], []
    for result in run.scored():
        passages = result.answered.passages if result.answered else ()
        for rank, passage in enumerate(passages, start=1):
            score = str(len(passages) + 1 - rank)
            ranking.append(_trec(result.case, "Q0", passage.id, str(rank), score, run.set_name))
        qrels += [_trec(result.case, "0", name, "1") for name in result.relevant]
    write_atomically(path.with_suffix(".run"), "".join(ranking).encode())
    write_atomically(path.with_suffix(".qrels"), "".join(qrels).encode())


def _trec(*columns: str) -> str:
    """Return a line of a TREC file."""
    return " ".join(re.sub(r"\s+", "_", column) for column in columns) + "\n"
