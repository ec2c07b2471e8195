"""Questions: answered, or only searched for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.caller import Caller, CallerParameter
from api.etags import READ
from api.filters import filters_in_address
from api.media_types import chosen
from api.problems import problems
from api.questions import answer, search
from api.routes.endpoint import Endpoint
from api.routes.parameters import CollectionParameter
from api.schemas.answers import EXPLAIN, AskRequest, AskResponse, QuestionText, SearchRequest, SearchResponse
from api.streams import EVENT_STREAM, events, stream, whole
from qa.asker import DEFAULT_K, MAX_K
from qa.filters import NO_FILTERS, Filters

router = APIRouter(tags=["ask"], route_class=Endpoint)

_JSON = "application/json"
_STREAM_EXAMPLE = """event: search_results
data: {"collection":"default","generation":"…","passages":[…]}

event: citation
data: {"id":"c1","reference":"…","document_id":"chinas-sputnik-moment",…}

event: message
data: {"delta":"ZTE, a Chinese telecommunications company, was one casualty: its operations collapsed because …"}

event: final_answer
data: {"question":"What did ZTE's ban cause?","answer":"…","answerable":true,…}

"""
_ANSWERED: dict[int | str, dict[str, Any]] = {
    200: READ[200]
    | {
        "description": "The answer; with `Accept: text/event-stream` as server-sent events.",
        "content": {
            EVENT_STREAM: {
                "schema": {
                    "type": "string",
                    "description": "Server-sent events, in this order: `search_results` (`collection`, `generation`, "
                    "`passages`), a `citation` each, `message` (`delta`: the answer's text; left out where there is "
                    "none) and `final_answer` (the whole answer, as in JSON). What fails once the stream has begun is "
                    "the event `error`, a problem. Comments keep the connection alive.",
                },
                "example": _STREAM_EXAMPLE,
            }
        },
    }
}


@router.post(
    "/v1/ask",
    operation_id="ask",
    summary="Ask a question",
    response_model=AskResponse,
    responses=_ANSWERED | problems(400, 404, 406, 408, 413, 415, 422, 503),
)
async def ask(body: AskRequest, request: Request, caller: CallerParameter) -> Response:
    """Answer a question with quotes, each cited to the exact characters of its source.

    Where the documents hold no answer, `answerable` is false, `answer` is empty, and `passages` are the nearest ones.
    `filters` restrict which documents are searched; where none matches, there is no passage either.

    A question that asks for several things is answered part by part, and `parts` tells which citations answer which.
    With `explain`, each passage comes with the signals of its score, the words that it shares with the question, and
    its nearest sentence.

    When more questions wait than can be answered soon, the status is 503, with `Retry-After`.
    """
    return await _answer(request, caller, body, body.filters.filters() if body.filters else NO_FILTERS)


@router.get(
    "/v1/ask",
    operation_id="askByAddress",
    summary="Ask a question that stands in the address",
    response_model=AskResponse,
    responses=_ANSWERED | problems(404, 406, 422, 431, 503),
)
async def ask_by_address(
    request: Request,
    caller: CallerParameter,
    filters: Annotated[Filters, Depends(filters_in_address)],
    *,
    q: Annotated[QuestionText, Query(description="The question.", examples=["What did ZTE's ban cause?"])],
    collection: CollectionParameter = None,
    k: Annotated[int, Query(ge=1, le=MAX_K, description="How many passages to return.")] = DEFAULT_K,
    explain: Annotated[bool, Query(description=EXPLAIN)] = False,
) -> Response:
    """Answer a question that stands in the address; otherwise as `POST /v1/ask`.

    `document_id`, `author` and `tag` may be repeated.
    """
    return await _answer(request, caller, AskRequest(question=q, collection=collection, k=k, explain=explain), filters)


async def _answer(request: Request, caller: Caller, asked: AskRequest, filters: Filters) -> Response:
    if chosen(request, (_JSON, EVENT_STREAM)) == EVENT_STREAM:
        response = await stream(request, answer(request, caller, asked, filters, events))
    else:
        response = await whole(request, answer(request, caller, asked, filters, AskResponse.to_json))
    response.headers["Vary"] = "Accept"
    return response


@router.post(
    "/v1/search",
    operation_id="search",
    summary="Find the passages nearest to a question",
    response_model=SearchResponse,
    responses=READ | problems(400, 404, 408, 413, 415, 422, 503),
)
async def find(body: SearchRequest, request: Request, caller: CallerParameter) -> Response:
    """List the passages nearest to a question with their scores, and do not read them.

    They are those that `POST /v1/ask` lists. Nothing is quoted, and whether they answer is not looked at; it is for
    whoever reads them, a person or a program.
    """
    filters = body.filters.filters() if body.filters else NO_FILTERS
    return await whole(request, search(request, caller, body, filters))
