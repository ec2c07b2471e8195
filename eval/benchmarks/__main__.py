"""Measure how Pincite serves, beside a plain app over the same passages: ``python -m eval.benchmarks FOLDER``.

The folder is a BEIR folder, as ``eval.standard`` reads it; without one, the sample documents are served, and the
questions of ``eval/sets/seeds.yaml`` asked. Everything runs on this machine, in one go: nothing else should.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks.bulk import measure_bulk
from eval.benchmarks.corpus import Corpus, Indexed, distinct_questions, index_corpus, paragraphs, read_corpus
from eval.benchmarks.errors import BenchmarkError
from eval.benchmarks.load import Load
from eval.benchmarks.processes import memory, tree
from eval.benchmarks.results import COMMAND, Machine, Results, ServerMemory, Window, budgets
from eval.benchmarks.servers import (
    TXTAI,
    Server,
    Service,
    environment,
    fill_txtai,
    our_service,
    our_variables,
    plain_service,
    serving,
    tail,
    txtai_service,
)
from index.errors import PinciteError

_OUT = Path("docs/benchmarks")
_MOST_A_SECOND = 3_000
"""Questions a second that no server here answers: so many are kept ready."""
_LOAD_TIMEOUT = 120.0
_ASK_TIMEOUT = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        connections: How many ask at a time.
        rounds: How often each server is measured at each of them.
        warmup: Seconds before each window.
        seconds: Length of a window.
        starts: How often each server is started to be timed.
        texts: How many paragraphs are encoded in bulk.
        repetitions: How many times each way.
        workers: Processes of ``pincite serve``; the default number if None.
        quick: Whether this is too little to say anything.
    """

    connections: tuple[int, ...]
    rounds: int
    warmup: float
    seconds: float
    starts: int
    texts: int
    repetitions: int
    workers: int | None
    quick: bool = False


def _plan(given: argparse.Namespace) -> Plan:
    if given.quick:
        return Plan((1, 4), 1, 0.3, 1.0, 1, 16, 1, given.workers, quick=True)
    return Plan((1, 8, 32), given.rounds, 1.0, given.seconds, 5, 128, 5, given.workers)


def _command(given: argparse.Namespace) -> str:
    """Return the command that was given, with folders by their names: paths are nobody's business."""
    parts = ["python -m eval.benchmarks"]
    if given.folder is not None:
        parts.append(given.folder.resolve().name)
    if given.quick:
        parts.append("--quick")
    else:
        parts.append(f"--rounds {given.rounds} --seconds {given.seconds:g}")
    if given.workers is not None:
        parts.append(f"--workers {given.workers}")
    return " ".join(parts)


def _time_ask(indexed: Indexed, question: str, work: Path) -> float:
    """Return the seconds that ``pincite ask`` takes.

    Raises:
        BenchmarkError: It fails; its output is shown.
    """
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "pincite", "ask", question],
        env=environment(our_variables(indexed)),
        cwd=work,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_ASK_TIMEOUT,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise BenchmarkError(
            f"`pincite ask` failed with exit code {done.returncode}. Its output:\n{done.stdout}{done.stderr}"
        )
    return took


def _time_starts(
    services: Sequence[Service], indexed: Indexed, question: str, work: Path, count: int
) -> dict[str, tuple[float, ...]]:
    """Start every server and the command by turns, and return the seconds to the first answer."""
    found = defaultdict(list)
    for number in range(1, count + 1):
        for service in services:
            with serving(service, question, work) as server:
                found[service.name].append(server.start_seconds)
        found[COMMAND].append(_time_ask(indexed, question, work))
        told = ", ".join(f"{name} {seconds[-1]:.2f} s" for name, seconds in found.items())
        print(f"start {number} of {count}: {told}", flush=True)
    return {name: tuple(seconds) for name, seconds in found.items()}


def _put_load(server: Server, requests: Path, skip: int, connections: int, plan: Plan) -> Load:
    """Run one window of load from a process of its own.

    Raises:
        BenchmarkError: The load process fails, the questions have run out, or nothing was answered.
    """
    arguments = {
        "--skip": skip,
        "--port": server.port,
        "--pid": server.pid,
        "--connections": connections,
        "--warmup": plan.warmup,
        "--seconds": plan.seconds,
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [
            sys.executable, "-m", "eval.benchmarks.load", str(requests),
            *(str(part) for pair in arguments.items() for part in pair),
        ],
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=plan.warmup + plan.seconds + _LOAD_TIMEOUT,
        check=False,
    )  # fmt: skip
    shown = f"The output of {server.service.name}:\n{tail(server.output)}"
    if done.returncode != 0:
        raise BenchmarkError(f"the load on {server.service.name} broke off:\n{done.stderr}\n{shown}")
    load = Load(**json.loads(done.stdout))
    if load.ran_out:
        raise BenchmarkError(
            f"the questions ran out: {server.service.name} was asked {skip + load.asked:,} in one round, and none may "
            "be asked twice. Name a folder with more questions, or give fewer --seconds."
        )
    if not load.requests:
        raise BenchmarkError(
            f"{server.service.name} answered nothing in {load.seconds:.0f} s at {connections} connections; its first "
            f"error: {load.first_error or 'none'}. {shown}"
        )
    return load


def _measure(
    servers: Sequence[Server], corpus: Corpus, work: Path, plan: Plan
) -> tuple[list[Window], dict[str, ServerMemory | None]]:
    """Put load on the servers by turns; while one is asked, the others are idle."""
    windows: list[Window] = []
    most: dict[str, float] = defaultdict(float)
    wanted = int(_MOST_A_SECOND * (plan.warmup + plan.seconds) * len(plan.connections))
    for number in range(1, plan.rounds + 1):
        questions = distinct_questions(corpus.questions, wanted, number)
        used: dict[str, int] = defaultdict(int)
        files = {}
        for server in servers:
            files[server.pid] = work / f"requests-{server.pid}.jsonl"
            lines = (json.dumps(server.service.request(question).decode("ascii")) for question in questions)
            files[server.pid].write_text("\n".join(lines), encoding="utf-8")
        for connections in plan.connections:
            # Turns change from round to round, so that none is always first.
            for server in servers if number % 2 else reversed(servers):
                name = server.service.name
                load = _put_load(server, files[server.pid], used[name], connections, plan)
                used[name] += load.asked
                window = Window(number, connections, name, load)
                windows.append(window)
                most[name] = max(most[name], sum(one.pss_mb for one in memory(tree(server.pid)) or ()))
                failed = f", {load.errors} FAILED: {load.first_error[:200]!r}" if load.errors else ""
                print(
                    f"round {number}, {connections} connections, {name}: {window.rate:.0f} questions a second, p50 "
                    f"{load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms{failed}",
                    flush=True,
                )
    last = {server.service.name: memory(tree(server.pid)) for server in servers}
    return windows, {
        name: None if taken is None else ServerMemory(most[name], tuple(taken)) for name, taken in last.items()
    }


def run(corpus: Corpus, plan: Plan, work: Path, command: str) -> Results:
    """Measure everything.

    Args:
        corpus: What to serve and to ask.
        plan: How much to measure.
        work: Empty folder, for the index and the servers' output; an exported encoder in its data folder is used.
        command: What was typed.

    Raises:
        PinciteError: Something cannot be measured.
    """
    machine = Machine.this()
    indexed = index_corpus(corpus, work / "data")
    question = corpus.questions[0]
    services = [plain_service(indexed, work), our_service(indexed, plan.workers)]
    missing = {}
    txtai = txtai_service(indexed, work)
    if txtai is None:
        missing[TXTAI] = "it is not installed."
        print("txtai is not installed, and is not measured", flush=True)
    else:
        services.insert(1, txtai)
        fill_txtai(txtai, indexed, work)
    if not plan.quick:  # a quick run's one start makes the index
        print("preparing the plain app's index ...", flush=True)
        with serving(services[0], question, work):
            pass  # it has its index on disk now
    starts = _time_starts(services, indexed, question, work, plan.starts)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(service, question, work)) for service in services]
        windows, taken = _measure(servers, corpus, work, plan)
    print("encoding paragraphs in bulk ...", flush=True)
    bulk = measure_bulk(indexed, paragraphs(indexed, plan.texts), plan.repetitions)
    return Results(
        date=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        command=command,
        machine=machine,
        corpus=corpus.name,
        passages=len(indexed.passages),
        spans=indexed.spans,
        questions=len(corpus.questions),
        workers=plan.workers,
        quick=plan.quick,
        warmup=plan.warmup,
        seconds=plan.seconds,
        missing=missing,
        windows=tuple(windows),
        starts=starts,
        memory=taken,
        bulk=bulk,
    )


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments; those of the process by default."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="BEIR folder; default: the samples")
    parser.add_argument("--out", type=Path, default=_OUT, help=f"where the files are written; {_OUT}")
    parser.add_argument("--rounds", type=int, default=5, help="how often each server is measured; 5")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a window of load; 3")
    parser.add_argument("--workers", type=int, help="processes of `pincite serve`; its default number")
    parser.add_argument("--quick", action="store_true", help="as little as shows that all of it works; no figures")
    given = parser.parse_args(arguments)
    for name in ("rounds", "seconds", "workers"):
        value = getattr(given, name)
        if value is not None and value <= 0:
            parser.error(f"--{name} must be more than 0, not {value}")
    return given


def measure(given: argparse.Namespace, work: Path) -> int:
    """Measure, write the files, print the budgets, and return the exit code: 1 when a request failed.

    Args:
        given: As ``parse`` returns it.
        work: See ``run``.

    Raises:
        PinciteError: Something cannot be measured.
    """
    from eval.benchmarks.report import write

    results = run(read_corpus(given.folder), _plan(given), work, _command(given))
    files = write(results, given.out)
    for budget in budgets(results):
        value = "" if budget.value is None else f"{budget.value:.2f} {budget.unit}"
        print(f"  {budget.name:<72}{value:>12}  {budget.verdict}")
    print(f"Written to {given.out}: {', '.join(file.name for file in files)}")
    if results.errors:
        print(f"{results.errors} requests failed; {given.out / 'serving.md'} tells of which server", file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command in a folder of its own that is removed afterwards, and return the exit code."""
    given = parse(arguments)
    for name in ("matplotlib", "sentence_transformers"):  # to be told at once, and not after all is measured
        if importlib.util.find_spec(name) is None:
            print(f"error: the benchmarks need {name}. Run: pip install 'pincite[index,eval,bench]'", file=sys.stderr)
            return 1
    # Being told to end, it ends its servers first.
    before = signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        with tempfile.TemporaryDirectory(prefix="pincite-benchmarks-") as work:
            return measure(given, Path(work))
    except PinciteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
