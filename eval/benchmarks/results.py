"""What a run of the benchmarks has measured, and what the figures say."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from eval.benchmarks.bulk import Bulk
from eval.benchmarks.load import Load
from eval.benchmarks.processes import Memory
from eval.benchmarks.servers import OURS, PLAIN

COMMAND = "pincite ask"
_LIBRARIES = (
    "pincite", "onnxruntime", "tokenizers", "faiss-cpu", "numpy", "fastapi", "uvicorn", "uvloop", "httptools",
    "sentence-transformers", "transformers", "torch", "txtai",
)  # fmt: skip
_LEAST_RATIOS = {1: 3.0, 8: 8.0, 32: 10.0}
_LATENCY_CONNECTIONS, _MOST_P99_MS = 32, 80.0
_MOST_START_SECONDS = 1.5
_MOST_MEMORY_MB = 250.0
_LEAST_BULK_RATIO = 2.0


@dataclass(frozen=True, slots=True)
class Machine:
    """What was measured on; nothing that names the machine itself.

    Attributes:
        cpu: Model name of the processor.
        cores: How many this process may use.
        memory_gb: Of the machine, in 10^9 bytes; None where it is not known.
        system: Operating system and architecture.
        python: Version.
        libraries: Versions of those that are installed.
        load_average: Of the last minute before the run, on all cores; near 0 when nothing else was running. None where
            it is not known.
    """

    cpu: str
    cores: int
    memory_gb: float | None
    system: str
    python: str
    libraries: dict[str, str]
    load_average: float | None

    @classmethod
    def this(cls) -> Machine:
        """Describe this machine."""
        cpu, cores, memory, load = platform.processor() or platform.machine(), os.cpu_count() or 1, None, None
        if sys.platform == "linux":
            cpu = next(
                (
                    line.partition(":")[2].strip()
                    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                    if line.startswith("model name")
                ),
                cpu,
            )
            cores = len(os.sched_getaffinity(0))
        if sys.platform != "win32":
            memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
            load = os.getloadavg()[0]
        libraries = {}
        for name in _LIBRARIES:
            try:
                libraries[name] = version(name)
            except PackageNotFoundError:
                continue
        system = f"{platform.system()} {platform.machine()}"
        return cls(cpu, cores, memory, system, platform.python_version(), libraries, load)


@dataclass(frozen=True, slots=True)
class Window:
    """One window of load on one server.

    Attributes:
        round: From 1.
        connections: How many asked at a time.
        server: Name of the service.
        load: What was measured.
    """

    round: int
    connections: int
    server: str
    load: Load

    @property
    def rate(self) -> float:
        """Questions a second."""
        return self.load.requests / self.load.seconds

    @property
    def cpu_ms(self) -> float | None:
        """CPU milliseconds of the server's processes a question; None where they are not known."""
        taken = self.load.server_cpu_seconds
        return None if taken is None else taken * 1e3 / max(self.load.requests, 1)


@dataclass(frozen=True, slots=True)
class ServerMemory:
    """Memory of a server and its children.

    Attributes:
        most_pss_mb: The largest sum of the processes' proportional set sizes, taken after each window, in MB.
        processes: Each process after the last window.
    """

    most_pss_mb: float
    processes: tuple[Memory, ...]

    @property
    def peak_rss_mb(self) -> float:
        """The sum of what each process had resident at its peak: no less than the peak of all, in MB."""
        return sum(process.peak_rss_mb for process in self.processes)


@dataclass(frozen=True, slots=True)
class Results:
    """All figures of a run.

    Attributes:
        date: ISO 8601, UTC.
        command: As it can be typed again; folders by their names.
        machine: What was measured on.
        corpus: Name of the folder.
        passages: How many the servers answer from.
        spans: How many rows more our index has.
        questions: How many different ones the corpus has.
        workers: As it was asked for; None for the default number.
        quick: Whether it measured as little as shows that all of it works.
        warmup: Seconds of load before each window.
        seconds: Length of a window; one goes on until something has been answered.
        missing: Servers that were not measured, each with the reason.
        windows: In the order of measurement.
        starts: Seconds from a process's start to its first answer, by server or command, one a run.
        memory: By server; None where it is not known.
        bulk: Rates of bulk encoding.
    """

    date: str
    command: str
    machine: Machine
    corpus: str
    passages: int
    spans: int
    questions: int
    workers: int | None
    quick: bool
    warmup: float
    seconds: float
    missing: dict[str, str]
    windows: tuple[Window, ...]
    starts: dict[str, tuple[float, ...]]
    memory: dict[str, ServerMemory | None]
    bulk: Bulk

    @property
    def servers(self) -> list[str]:
        """The servers that were measured, in their order."""
        return list(self.memory)

    @property
    def connections(self) -> list[int]:
        """The numbers of connections, in ascending order."""
        return sorted({window.connections for window in self.windows})

    @property
    def rounds(self) -> int:
        """How many rounds there were."""
        return max(window.round for window in self.windows)

    @property
    def errors(self) -> int:
        """Requests that were not answered with status 200, of all servers."""
        return sum(window.load.errors for window in self.windows)

    def windows_of(self, server: str, connections: int) -> list[Window]:
        """Return the windows of a server at a number of connections, by round."""
        found = [one for one in self.windows if one.server == server and one.connections == connections]
        return sorted(found, key=lambda one: one.round)

    def reworded(self, server: str) -> int:
        """Return how many requests asked a question behind other words, since every question was used up."""
        return sum(
            max(0, sum(w.load.asked for w in self.windows if (w.server, w.round) == (server, number)) - self.questions)
            for number in range(1, self.rounds + 1)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A server at a number of connections: medians over the rounds.

    Attributes:
        server: Its name.
        connections: How many asked at a time.
        rate: Questions a second.
        p50_ms: Median latency.
        p99_ms: The 99th percentile.
        max_ms: The longest latency of all rounds.
        cpu_ms: CPU milliseconds of the server a question; None where they are not known.
        errors: In all rounds together.
        ratio: Of the rate to the plain app's in the same round: median, least and largest.
    """

    server: str
    connections: int
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_ms: float | None
    errors: int
    ratio: tuple[float, float, float]


def row(results: Results, server: str, connections: int) -> Row:
    """Sum up a server at a number of connections."""
    windows = results.windows_of(server, connections)
    plain = results.windows_of(PLAIN, connections)
    # A plain app that answers nothing has errors, and those are shown; no ratio is infinite.
    ratios = [one.rate / max(other.rate, 1e-9) for one, other in zip(windows, plain, strict=True)]
    cpu = [window.cpu_ms for window in windows if window.cpu_ms is not None]
    return Row(
        server=server,
        connections=connections,
        rate=float(np.median([window.rate for window in windows])),
        p50_ms=float(np.median([window.load.p50_ms for window in windows])),
        p99_ms=float(np.median([window.load.p99_ms for window in windows])),
        max_ms=max(window.load.max_ms for window in windows),
        cpu_ms=float(np.median(cpu)) if cpu else None,
        errors=sum(window.load.errors for window in windows),
        ratio=(float(np.median(ratios)), min(ratios), max(ratios)),
    )


def rows(results: Results) -> list[Row]:
    """Sum up every server at every number of connections."""
    return [row(results, server, connections) for connections in results.connections for server in results.servers]


@dataclass(frozen=True, slots=True)
class Budget:
    """A figure, and what it should reach.

    Attributes:
        name: What is measured.
        unit: Of both.
        limit: Least or largest value.
        at_most: Whether the limit is the largest value, and is itself too much.
        value: The figure; None where it was not measured.
        plain: The plain app's figure, where there is one to set beside it.
    """

    name: str
    unit: str
    limit: float
    at_most: bool
    value: float | None
    plain: float | None = None

    @property
    def verdict(self) -> str:
        """Say whether it is met."""
        if self.value is None:
            return "not measured"
        return "met" if (self.value < self.limit if self.at_most else self.value >= self.limit) else "NOT MET"


def budgets(results: Results) -> list[Budget]:
    """Set the figures beside the project's budgets."""
    found = []
    measured = {(one.server, one.connections): one for one in rows(results)}
    for connections, least in _LEAST_RATIOS.items():
        ours = measured.get((OURS, connections))
        name = f"questions a second beside the plain app's, {connections} connection{'s' if connections > 1 else ''}"
        found.append(Budget(name, "times", least, at_most=False, value=None if ours is None else ours.ratio[0]))
    both = [measured.get((server, _LATENCY_CONNECTIONS)) for server in (OURS, PLAIN)]
    p99 = [None if one is None else one.p99_ms for one in both]
    name = f"p99 latency at {_LATENCY_CONNECTIONS} connections"
    found.append(Budget(name, "ms", _MOST_P99_MS, at_most=True, value=p99[0], plain=p99[1]))
    for what, shown in ((OURS, "`pincite serve`"), (COMMAND, f"`{COMMAND}`")):
        start = float(np.median(results.starts[what]))
        plain = float(np.median(results.starts[PLAIN])) if what == OURS else None
        name = f"start to first answer, {shown}"
        found.append(Budget(name, "s", _MOST_START_SECONDS, at_most=True, value=start, plain=plain))
    pss = [None if one is None else one.most_pss_mb for one in (results.memory[OURS], results.memory[PLAIN])]
    name = f"memory under load, all processes together, {results.passages} passages"
    found.append(Budget(name, "MB", _MOST_MEMORY_MB, at_most=True, value=pss[0], plain=pss[1]))
    name = "bulk encoding beside sentence-transformers, 150-token paragraphs"
    found.append(Budget(name, "times", _LEAST_BULK_RATIO, at_most=False, value=results.bulk.ratio))
    return found
