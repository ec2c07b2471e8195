"""Several serving processes: what they share, and what happens when one of them, or their parent, is killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.conftest import environment, start_service

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes through /proc")
ASKED = {"q": "What did ZTE's ban cause?"}


@contextmanager
def serving(
    data_dir: Path, workers: int = 2, variables: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process, address = start_service(data_dir, "--workers", str(workers), variables=variables, stderr=subprocess.PIPE)
    try:
        yield process, address
    finally:
        process.kill()
        process.communicate(timeout=30)


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in found.split()]


def eventually(what: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def answers(address: str) -> bool:
    try:
        return bool(httpx.get(f"{address}/v1/ask", params=ASKED, timeout=60).json()["answerable"])
    except httpx.TransportError:  # the worker that had the connection was killed
        return False


def test_all_workers_answer_and_share_what_was_loaded_before_them(seeds_data: Path) -> None:
    with serving(seeds_data) as (process, address):
        assert eventually(lambda: len(children(process.pid)) == 2)
        for _ in range(20):  # whichever is free takes a connection
            assert answers(address)
        for child in children(process.pid):
            maps = Path(f"/proc/{child}/smaps_rollup").read_text(encoding="ascii")
            sizes = {name: int(size) for name, size in re.findall(r"(\w+):\s+(\d+) kB", maps)}
            assert sizes["Pss"] < 0.75 * sizes["Rss"], "most of a worker's memory is its parent's and siblings', too"


def connections(pid: int, port: int) -> int:
    """Count the connections to a port that a process holds."""
    held = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            held.add(str(descriptor.readlink()))
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    ours = [line.split() for line in lines if line.split()[1].endswith(f":{port:04X}")]
    return sum(fields[3] == "01" and f"socket:[{fields[9]}]" in held for fields in ours)


def test_each_worker_gets_its_share_of_the_connections(seeds_data: Path) -> None:
    with serving(seeds_data) as (process, address), ExitStack() as stack:
        assert eventually(lambda: len(children(process.pid)) == 2)
        before = {child: cpu_ticks(child) for child in children(process.pid)}
        clients = [stack.enter_context(httpx.Client(base_url=address, timeout=60)) for _ in range(20)]
        for _ in range(5):
            for client in clients:
                assert client.get("/v1/ask", params=ASKED).status_code == 200
        port = int(address.rsplit(":", 1)[1])
        assert [connections(child, port) for child in before] == [10, 10]
        assert connections(process.pid, port) == 0, "what is handed over is not kept"
        assert all(cpu_ticks(child) > ticks for child, ticks in before.items())


def test_connections_that_come_while_a_worker_is_replaced_are_served_by_the_other(seeds_data: Path) -> None:
    with serving(seeds_data) as (process, address):
        assert eventually(lambda: len(children(process.pid)) == 2)
        for round_ in range(3):
            os.kill(children(process.pid)[round_ % 2], signal.SIGKILL)
            # The kernel has closed its end by the time that the signal has done its work, and no connection is lost.
            time.sleep(0.05)
            for _ in range(6):
                assert httpx.get(f"{address}/healthz", timeout=60).status_code == 200
            assert eventually(lambda: len(children(process.pid)) == 2)


def test_a_port_that_several_workers_serve_is_taken(seeds_data: Path) -> None:
    with serving(seeds_data) as (_, address):
        port = address.rsplit(":", 1)[1]
        second = subprocess.run(
            [sys.executable, "-m", "pincite", "serve", "--port", port, "--workers", "2"],
            env=environment(seeds_data),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 2
        assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in second.stderr
        assert answers(address)


def test_a_worker_that_is_killed_is_replaced_and_the_others_go_on(seeds_data: Path) -> None:
    with serving(seeds_data) as (process, address):
        assert eventually(lambda: len(children(process.pid)) == 2)
        before = set(children(process.pid))
        os.kill(min(before), signal.SIGKILL)
        assert eventually(lambda: answers(address)), "the other one goes on"
        assert eventually(lambda: len(set(children(process.pid)) - before) == 1)
        assert eventually(lambda: answers(address))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "ended (signal 9); another takes its place" in errors


def test_workers_end_when_their_parent_is_killed(seeds_data: Path) -> None:
    with serving(seeds_data) as (process, address):
        assert eventually(lambda: answers(address))
        workers = children(process.pid)
        process.kill()
        process.wait(timeout=30)
        assert eventually(lambda: not any(map(alive, workers)))
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/healthz")
