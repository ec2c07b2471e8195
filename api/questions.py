"""What is done for a question, on the thread that answers: in two steps, timed and counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request

from api.caller import Caller
from api.observing import Asked, note_question
from api.schemas.answers import AskRequest, AskResponse, SearchResponse
from index.errors import Overloaded
from qa.asker import Asker, Prepared
from qa.filters import Filters

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent for a question, and the generation that was read for it."""

    content: bytes
    generation: str


async def answer(
    request: Request, caller: Caller, asked: AskRequest, filters: Filters, render: Callable[[AskResponse], bytes]
) -> Reply:
    """Answer a question, the rendering included: FastAPI would check and render it again, on the event loop.

    Raises:
        PinciteError: It cannot be answered; ``Overloaded`` where too many wait.
    """
    state = request.app.state
    came = time.perf_counter()

    def finish(asker: Asker, question: Prepared, waited: float) -> Reply:
        found = asker.answer(question, asked.k, explained=asked.explain)
        state.question_log.add(found)
        found_at = time.perf_counter()
        content = render(AskResponse.of(found, waited * 1e3))
        seconds = _seconds(waited, found.timings_ms, found_at)
        state.metrics.answered(found, seconds)
        outcome = "answered" if found.answerable else "unanswerable"
        note_question(request, Asked(found.collection, outcome, found.confidence, found.question, came, seconds))
        return Reply(content, found.generation)

    return await _in_two_steps(request, caller, asked, filters, finish)


async def search(request: Request, caller: Caller, asked: AskRequest, filters: Filters) -> Reply:
    """List the passages nearest to a question, as JSON.

    Raises:
        PinciteError: It cannot be searched for; ``Overloaded`` where too many wait.
    """
    state = request.app.state
    came = time.perf_counter()

    def finish(asker: Asker, question: Prepared, waited: float) -> Reply:
        found = asker.list_hits(question, asked.k, explained=asked.explain)
        found_at = time.perf_counter()
        content = SearchResponse.of(found, waited * 1e3).to_json()
        seconds = _seconds(waited, found.timings_ms, found_at)
        state.metrics.searched(found, seconds)
        note_question(request, Asked(found.collection, "searched", None, found.question, came, seconds))
        return Reply(content, found.generation)

    return await _in_two_steps(request, caller, asked, filters, finish)


def _seconds(waited: float, timings_ms: dict[str, float], found_at: float) -> dict[str, float]:
    stages = {stage: spent / 1e3 for stage, spent in timings_ms.items()}
    return {"wait": waited, **stages, "render": time.perf_counter() - found_at}


async def _in_two_steps(
    request: Request,
    caller: Caller,
    asked: AskRequest,
    filters: Filters,
    finish: Callable[[Asker, Prepared, float], _T],
) -> _T:
    """Encode a question, and finish it given the seconds that it waited."""
    state = request.app.state
    came = time.perf_counter()

    def prepare() -> tuple[Asker, Prepared, float, float]:
        began = time.perf_counter()
        asker: Asker = caller.asker(asked.collection)
        return asker, asker.prepare(asked.question, filters), began - came, time.perf_counter()

    def second(prepared: tuple[Asker, Prepared, float, float]) -> _T:
        asker, question, waited, left = prepared
        return finish(asker, question, waited + time.perf_counter() - left)

    try:
        done: _T = await state.answering.run(prepare, second)
    except Overloaded:
        state.metrics.shed()
        raise
    return done
