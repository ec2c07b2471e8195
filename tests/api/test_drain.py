"""The end of a service: said at /readyz, what is in flight finished, exit code 0."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.served import ASK, connect, post, response, until_cut
from tests.api.test_workers import alive, children, eventually, serving

READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
WORKERS = pytest.mark.parametrize("workers", [1, 2])


def port_of(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


def refused(port: int) -> bool:
    try:
        connect(port).close()
    except ConnectionError:
        return True
    return False


@WORKERS
def test_a_service_that_is_told_to_stop_says_so_and_serves_until_balancers_know(workers: int, seeds_data: Path) -> None:
    with serving(seeds_data, workers, {"PINCITE_DRAIN_SECONDS": "2"}) as (process, address):
        port = port_of(address)
        assert httpx.get(f"{address}/readyz").status_code == 200
        kept = connect(port, post(ASK))
        assert "connection" not in response(kept)[1]
        process.send_signal(signal.SIGTERM)

        assert eventually(lambda: httpx.get(f"{address}/readyz").status_code == 503)
        draining = httpx.get(f"{address}/readyz")
        assert draining.json()["type"] == "urn:pincite:problem:draining"
        assert draining.headers["Connection"] == "close"
        new = httpx.post(f"{address}/v1/ask", content=ASK, headers={"Content-Type": "application/json"})
        assert new.json()["answerable"], "who comes anyway is answered"
        kept.sendall(post(ASK))
        status, headers, _ = response(kept)
        assert (status, headers["connection"]) == (200, "close")
        assert until_cut(kept) == b""

        assert process.wait(timeout=30) == 0
        assert refused(port)


@WORKERS
def test_what_is_in_flight_is_finished(workers: int, seeds_data: Path) -> None:
    long = {"question": " and ".join(["what did the ban cause"] * 60), "k": 100}
    with serving(seeds_data, workers) as (process, address), ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(httpx.post, f"{address}/v1/ask", json=long, timeout=60) for _ in range(30)]
        assert eventually(lambda: any(future.done() for future in asked))
        process.send_signal(signal.SIGTERM)
        statuses = [future.result().status_code for future in asked if not future.exception()]
        assert process.wait(timeout=30) == 0
    # Whoever had connected when the service closed its door is answered; who came later is refused.
    assert set(statuses) == {200}
    assert len(statuses) > 1


@WORKERS
@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(workers: int, first: signal.Signals, seeds_data: Path) -> None:
    with serving(seeds_data, workers, {"PINCITE_DRAIN_SECONDS": "3600"}) as (process, address):
        assert httpx.get(f"{address}/readyz").status_code == 200
        held = connect(port_of(address), post(b"{", length=100))  # a request that will not end
        assert workers == 1 or eventually(lambda: len(children(process.pid)) == workers)
        before = children(process.pid)
        process.send_signal(first)
        assert eventually(lambda: httpx.get(f"{address}/readyz").status_code == 503)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert eventually(lambda: not any(map(alive, before)))
        held.close()


def test_a_signal_to_all_processes_of_the_service_loses_nobody(seeds_data: Path) -> None:
    # As service managers and Ctrl-C send it.
    with serving(seeds_data, 2, {"PINCITE_DRAIN_SECONDS": "1"}) as (process, address):
        assert eventually(lambda: len(children(process.pid)) == 2)
        for pid in (*children(process.pid), process.pid):
            os.kill(pid, signal.SIGTERM)
        assert eventually(lambda: httpx.get(f"{address}/readyz").status_code == 503)
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert process.wait(timeout=30) == 0


def test_an_idle_connection_does_not_hold_the_service_up(seeds_data: Path) -> None:
    with serving(seeds_data, 1) as (process, address):
        silent, kept = connect(port_of(address)), connect(port_of(address), READY)
        assert response(kept)[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=9) == 0, "sooner than requests in flight would have to end"
        assert (until_cut(silent), until_cut(kept)) == (b"", b"")
