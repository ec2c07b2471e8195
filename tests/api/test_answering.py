"""The thread that answers, and the bounded queue before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from api.answering import Answering
from index.errors import Overloaded


@pytest.fixture
def answering() -> Iterator[Answering]:
    made = Answering(most_waiting=2)
    yield made
    made.close()


def test_one_runs_at_a_time_in_the_order_of_their_coming_and_beside_the_event_loop(answering: Answering) -> None:
    began: list[int] = []
    threads: set[int] = set()

    def work(number: int) -> int:
        began.append(number)
        threads.add(threading.get_ident())
        return number * 10

    async def three() -> list[int]:
        return await asyncio.gather(*(answering.run(partial(work, number)) for number in (1, 2, 3)))

    assert asyncio.run(three()) == [10, 20, 30]
    assert began == [1, 2, 3]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_goes_wrong_is_raised_where_it_was_asked_for_and_the_next_runs(answering: Answering) -> None:
    async def two() -> str:
        with pytest.raises(ZeroDivisionError):
            await answering.run(lambda: 1 / 0)
        return await answering.run(lambda: "next")

    assert asyncio.run(two()) == "next"


def test_more_than_may_wait_are_refused_at_once_and_taken_again_when_there_is_room(answering: Answering) -> None:
    go_on = threading.Event()

    def answer() -> str:
        assert go_on.wait(30)
        return "answered"

    async def crowd() -> list[str]:
        accepted = [asyncio.create_task(answering.run(answer)) for _ in range(3)]
        await asyncio.sleep(0)  # each has taken its place
        with pytest.raises(Overloaded, match="3 questions wait"):
            await answering.run(lambda: "never")
        go_on.set()
        answers = await asyncio.gather(*accepted)
        return [*answers, await answering.run(lambda: "later")]

    assert asyncio.run(crowd()) == ["answered"] * 3 + ["later"]


def test_a_question_that_nobody_waits_for_any_more_gives_its_place_back(answering: Answering) -> None:
    go_on, ran = threading.Event(), threading.Event()

    async def leave() -> str:
        running = asyncio.create_task(answering.run(lambda: go_on.wait(30)))
        waiting = [asyncio.create_task(answering.run(ran.set)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(0)
        again = asyncio.create_task(answering.run(lambda: "there is room"))
        await asyncio.sleep(0)
        go_on.set()
        await running
        return await again

    assert asyncio.run(leave()) == "there is room"
    assert not ran.is_set(), "what was cancelled before its turn must not run"


def test_an_overloaded_service_says_so_and_when_to_come_back_and_answers_the_others(
    seeds_data: Path, start_server: Callable[..., str]
) -> None:
    address = start_server(seeds_data, PINCITE_MAX_WAITING="1")
    body = {"question": " and ".join(["what did the ban cause"] * 60)}
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/ask", json=body), range(64)))
        after = client.post("/v1/ask", json={"question": "What did ZTE's ban cause?"})

    assert {answer.status_code for answer in answers} == {200, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:pincite:problem:overloaded"
    assert "Ask again in a second" in refused.json()["detail"]
    assert after.status_code == 200
    assert after.json()["answerable"]


def test_health_is_told_while_questions_are_answered(seeds_data: Path, start_server: Callable[..., str]) -> None:
    address = start_server(seeds_data)
    body = {"question": " and ".join(["what did the ban cause"] * 60), "k": 100}
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.post, "/v1/ask", json=body) for _ in range(40)]
        health = client.get("/healthz")
        waiting = sum(not future.done() for future in asked)
        assert all(future.result().status_code == 200 for future in asked)

    assert health.status_code == 200
    assert waiting > 0, "the questions were all answered before the health was asked for"
