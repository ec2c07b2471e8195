"""The thread that answers, and the bounded queue before it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from api.answering import Answering
from index.errors import Overloaded

T = TypeVar("T")


async def run(answering: Answering, function: Callable[[], T]) -> T:
    """Do work whose first step is a function, and whose second is nothing."""
    return await answering.run(function, lambda result: result)


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
        return await asyncio.gather(*(run(answering, partial(work, number)) for number in (1, 2, 3)))

    assert asyncio.run(three()) == [10, 20, 30]
    assert began == [1, 2, 3]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_goes_wrong_is_raised_where_it_was_asked_for_and_the_next_runs(answering: Answering) -> None:
    async def two() -> str:
        with pytest.raises(ZeroDivisionError):
            await run(answering, lambda: 1 / 0)
        return await run(answering, lambda: "next")

    assert asyncio.run(two()) == "next"


def test_of_what_waits_together_all_first_steps_come_before_the_second_ones(answering: Answering) -> None:
    steps: list[tuple[str, int]] = []
    go_on = threading.Event()

    def first(number: int) -> int:
        if number == 0:
            assert go_on.wait(30)  # the others come while this one runs
        steps.append(("first", number))
        if number == 2:
            raise ValueError("a first step that fails")
        return number * 10

    def second(number: int, given: int) -> int:
        steps.append(("second", number))
        if number == 1:
            raise KeyError("a second step that fails")
        return given + 1

    async def crowd() -> list[object]:
        work = [asyncio.create_task(answering.run(partial(first, n), partial(second, n))) for n in (0, 1, 2)]
        await asyncio.sleep(0)
        go_on.set()
        done = await asyncio.gather(*work, return_exceptions=True)
        return [*done, await answering.run(partial(first, 3), partial(second, 3))]

    alone, failed_late, failed_early, later = asyncio.run(crowd())
    assert (alone, later) == (1, 31)
    assert isinstance(failed_late, KeyError)
    assert isinstance(failed_early, ValueError)
    # The others came while the first one's first step ran.
    together = [("first", 0), ("first", 1), ("first", 2), ("second", 0), ("second", 1)]
    assert steps == [*together, ("first", 3), ("second", 3)]


def test_more_than_may_wait_are_refused_at_once_and_taken_again_when_there_is_room(answering: Answering) -> None:
    go_on = threading.Event()

    def answer() -> str:
        assert go_on.wait(30)
        return "answered"

    async def crowd() -> list[str]:
        accepted = [asyncio.create_task(run(answering, answer)) for _ in range(3)]
        await asyncio.sleep(0)  # each has taken its place
        with pytest.raises(Overloaded, match="3 questions wait"):
            await run(answering, lambda: "never")
        go_on.set()
        answers = await asyncio.gather(*accepted)
        return [*answers, await run(answering, lambda: "later")]

    assert asyncio.run(crowd()) == ["answered"] * 3 + ["later"]


def test_a_question_that_nobody_waits_for_any_more_gives_its_place_back(answering: Answering) -> None:
    go_on, ran = threading.Event(), threading.Event()

    async def leave() -> str:
        running = asyncio.create_task(run(answering, lambda: go_on.wait(30)))
        waiting = [asyncio.create_task(run(answering, ran.set)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(0)
        again = asyncio.create_task(run(answering, lambda: "there is room"))
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


def test_a_question_has_the_same_answer_whatever_is_asked_beside_it(
    seeds_data: Path, start_server: Callable[..., str]
) -> None:
    address = start_server(seeds_data)
    questions = [
        "What did ZTE's ban cause?",
        "When was Sputnik launched, and who founded Huawei?",
        "What is the capital of Australia?",
        *(f"What happened to company number {number} when chips became scarce?" for number in range(28)),
    ]

    def answer(client: httpx.Client, question: str) -> dict[str, object]:
        answered = client.post("/v1/ask", json={"question": question, "explain": True})
        assert answered.status_code == 200
        return {name: value for name, value in answered.json().items() if name != "timings_ms"}

    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(len(questions)) as pool:
        alone = [answer(client, question) for question in questions]
        together = list(pool.map(lambda question: answer(client, question), questions))
    assert together == alone
