"""Wear a service out, and measure what it still does: ``python -m eval.benchmarks.overload``.

At one time: questions at twice the rate that the service can answer, thousands of connections that say nothing,
clients that send a byte a second, and bodies of a gigabyte. Told are how many questions were served and shed, how long
those that were served took, and the service's memory before, during and after.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from eval.benchmarks.corpus import distinct_questions, index_corpus, read_corpus
from eval.benchmarks.flood import Answers, ask_at_a_rate, drip, stay_silent, upload
from eval.benchmarks.load import put_load
from eval.benchmarks.processes import memory, tree
from eval.benchmarks.servers import Server, our_service, serving
from index.errors import PinciteError

_SLOW = 50
_QUESTIONS = 4_000
_CAPACITY_SECONDS = 5.0
_SETTLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Overload:
    """What was measured.

    Attributes:
        capacity: Questions a second, before.
        rate: Questions a second that were sent.
        seconds: For how long.
        asked: Questions sent.
        served: Answered with status 200.
        shed: Answered with status 503.
        failed: Anything else.
        served_p50_ms: Of those that were served, from when they were to be sent.
        served_p99_ms: Likewise.
        silent: Connections that said nothing, at the end.
        slow: Clients that sent a byte a second.
        uploads: Of each large body, where to, the status, and how many MB had been sent by then.
        memory_mb: Of all processes of the service, before, at most meanwhile, and after; None where it is not known.
        after: Questions a second, after.
    """

    capacity: float
    rate: float
    seconds: float
    asked: int
    served: int
    shed: int
    failed: int
    served_p50_ms: float
    served_p99_ms: float
    silent: int
    slow: int
    uploads: tuple[tuple[str, str, float], ...]
    memory_mb: tuple[float, float, float] | None
    after: float


def _megabytes(server: Server) -> float | None:
    taken = memory(tree(server.pid))
    return None if taken is None else sum(one.pss_mb for one in taken)


async def _capacity(server: Server, requests: list[bytes]) -> float:
    load = await put_load(
        server.port,
        itertools.cycle(requests),
        connections=16,
        warmup=1.0,
        seconds=_CAPACITY_SECONDS,
        pid=server.pid,
    )
    return load.requests / load.seconds


async def _flood(
    server: Server, requests: list[bytes], given: argparse.Namespace, rate: float
) -> tuple[Answers, list[tuple[str, str, float]], int, float]:
    """Do all at once; return the answers, what became of the uploads, how many were silent, and the most memory."""
    stop, open_now, most = asyncio.Event(), [0], 0.0
    crowd = [asyncio.create_task(stay_silent(server.port, stop, open_now)) for _ in range(given.idle)]
    crowd += [asyncio.create_task(drip(server.port, stop, in_head=number % 2 == 0)) for number in range(_SLOW)]
    while open_now[0] < 0.9 * given.idle:
        await asyncio.sleep(0.1)

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, _megabytes(server) or 0.0)
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    asking = asyncio.create_task(ask_at_a_rate(server.port, itertools.cycle(requests), rate, given.seconds))
    uploads = []
    for path in ("/v1/ask", "/v1/documents"):
        status, sent = await upload(server.port, path, given.upload_mb)
        uploads.append((path, status, sent))
    answers = await asking
    silent = open_now[0]
    stop.set()
    watching.cancel()
    await asyncio.gather(*crowd, watching, return_exceptions=True)
    return answers, uploads, silent, most


async def measure(server: Server, requests: list[bytes], given: argparse.Namespace) -> Overload:
    """Measure a server."""
    capacity = await _capacity(server, requests)
    before = _megabytes(server)
    answers, uploads, silent, most = await _flood(server, requests, given, 2 * capacity)
    await asyncio.sleep(_SETTLE_SECONDS if given.seconds > _SETTLE_SECONDS else 1.0)
    after = _megabytes(server)
    served = answers.statuses["200"]
    p50, p99 = np.percentile(answers.served_ms or [0.0], (50, 99))
    return Overload(
        capacity=capacity,
        rate=2 * capacity,
        seconds=given.seconds,
        asked=answers.asked,
        served=served,
        shed=answers.statuses["503"],
        failed=answers.asked - served - answers.statuses["503"],
        served_p50_ms=float(p50),
        served_p99_ms=float(p99),
        silent=silent,
        slow=_SLOW,
        uploads=tuple(uploads),
        memory_mb=None if before is None or after is None else (before, most, after),
        after=await _capacity(server, requests),
    )


def show(found: Overload) -> str:
    """Return what was measured, as a Markdown table."""
    uploads = "; ".join(f"{path}: {status} after {sent:.1f} MB" for path, status, sent in found.uploads)
    taken = "not known" if found.memory_mb is None else "{:.0f} / {:.0f} / {:.0f} MB".format(*found.memory_mb)
    rows = (
        ("questions a second before / after", f"{found.capacity:.0f} / {found.after:.0f}"),
        ("sent meanwhile", f"{found.rate:.0f} a second for {found.seconds:.0f} s: {found.asked}"),
        ("served / shed / failed", f"{found.served} / {found.shed} / {found.failed}"),
        ("p50 / p99 of served", f"{found.served_p50_ms:.0f} / {found.served_p99_ms:.0f} ms"),
        ("silent connections, slow clients", f"{found.silent}, {found.slow}"),
        ("uploads", uploads),
        ("memory before / most / after", taken),
    )
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def allow_files() -> None:
    """Let this process have as many connections as the system allows; the service does so for itself."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Start a service over the samples, wear it out, and print the table; exit code 1 where it gave up answering."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks.overload", description=__doc__)
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="BEIR folder; default: the samples")
    parser.add_argument("--idle", type=int, default=10_000, help="connections that say nothing; 10000")
    parser.add_argument("--upload-mb", type=int, default=1_000, help="megabytes of each large body; 1000")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long; 120")
    parser.add_argument("--workers", type=int, help="processes of `pincite serve`; its default number")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures are written, too")
    given = parser.parse_args()
    allow_files()
    try:
        with tempfile.TemporaryDirectory(prefix="pincite-overload-") as name:
            work = Path(name)
            corpus = read_corpus(given.folder)
            service = our_service(index_corpus(corpus, work / "data"), given.workers)
            questions = distinct_questions(corpus.questions, _QUESTIONS, 0)
            with serving(service, questions[0], work) as server:
                found = asyncio.run(measure(server, [service.request(question) for question in questions], given))
    except PinciteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(show(found))
    if given.json:
        given.json.write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
    return 0 if found.served and not found.failed else 1


if __name__ == "__main__":
    sys.exit(main())
