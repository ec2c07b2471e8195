"""The endpoints. Questions are answered on a thread of their own; all else are plain functions, on threads, too."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.filters import filters_in_address
from api.metrics import MEDIA_TYPE
from api.schemas import (
    EXPLAIN,
    REFERENCE_EXAMPLE,
    AskRequest,
    AskResponse,
    CollectionName,
    DocumentList,
    DocumentSummary,
    DocumentView,
    Health,
    PassageInContext,
    PassageView,
    QuestionText,
    Readiness,
    ReceiptView,
    VerificationView,
)
from index.collection import Collection
from index.deletion import delete_document
from index.documents import Passage
from index.errors import (
    ChangesNotAllowed,
    CollectionNotFound,
    DocumentNotFound,
    Overloaded,
    PassageNotFound,
)
from qa.asker import DEFAULT_K, MAX_K, Asker, Prepared
from qa.factory import Askers
from qa.filters import NO_FILTERS, Filters
from qa.references import Reference, verify

router = APIRouter()


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation for its OpenAPI entry."""
    names = {
        400: "The body is not valid JSON.",
        403: "The service does not let collections be changed over HTTP.",
        409: "The collection is being changed by another, or follows a folder.",
        404: "There is no such thing in the collection, or no such collection.",
        422: "A field is missing or cannot be used; the problem names it.",
        503: "The index cannot be used at the moment.",
    }
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": names[status], "content": content} for status in statuses}


# Dependencies are coroutines where they only look something up: a plain function would be sent to a thread.
async def get_askers(request: Request) -> Askers:
    """Return the application's askers."""
    askers = request.app.state.askers
    if not isinstance(askers, Askers):
        raise TypeError("the application was not made by api.app.create_app")
    return askers


AskersParameter = Annotated[Askers, Depends(get_askers)]
CollectionParameter = Annotated[
    CollectionName | None, Query(description="Where to look; the service's own default if left out.")
]


def get_asker(askers: AskersParameter, collection: CollectionParameter = None) -> Asker:
    """Return the asker of the collection that the query string names."""
    return askers.get(collection)


AskerParameter = Annotated[Asker, Depends(get_asker)]


@router.post(
    "/v1/ask",
    operation_id="ask",
    summary="Ask a question",
    tags=["ask"],
    response_model=AskResponse,
    responses=_problems(400, 404, 422, 503),
)
async def ask(body: AskRequest, request: Request) -> Response:
    """Answer a question with quotes, each cited to the exact characters of its source.

    Where the documents hold no answer, `answerable` is false, `answer` is empty, and `passages` are the nearest ones.
    `filters` restrict which documents are searched; where none matches, there is no passage either.

    A question that asks for several things is answered part by part, and `parts` tells which citations answer which.
    With `explain`, each passage comes with the signals of its score, the words that it shares with the question, and
    its nearest sentence.

    When more questions wait than can be answered soon, the status is 503, with `Retry-After`.
    """
    return await _answer(request, body, body.filters.filters() if body.filters else NO_FILTERS)


@router.get(
    "/v1/ask",
    operation_id="askByAddress",
    summary="Ask a question that stands in the address",
    tags=["ask"],
    response_model=AskResponse,
    responses=_problems(404, 422, 503),
)
async def ask_by_address(
    request: Request,
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
    return await _answer(request, AskRequest(question=q, collection=collection, k=k, explain=explain), filters)


async def _answer(request: Request, asked: AskRequest, filters: Filters) -> Response:
    """Answer on the thread for it, the JSON included: FastAPI would check and render it again, on the event loop."""
    state = request.app.state
    came = time.perf_counter()

    def prepare() -> tuple[Asker, Prepared, float, float]:
        began = time.perf_counter()
        asker: Asker = state.askers.get(asked.collection)
        return asker, asker.prepare(asked.question, filters), began - came, time.perf_counter()

    def answer(prepared: tuple[Asker, Prepared, float, float]) -> bytes:
        asker, question, waited, left = prepared
        waited += time.perf_counter() - left
        found = asker.answer(question, asked.k, explained=asked.explain)
        state.question_log.add(found)
        found_at = time.perf_counter()
        content = AskResponse.of(found, waited * 1e3).model_dump_json().encode()
        stages = {stage: spent / 1e3 for stage, spent in found.timings_ms.items()}
        state.metrics.answered(found, {"wait": waited, **stages, "render": time.perf_counter() - found_at})
        return content

    try:
        content = await state.answering.run(prepare, answer)
    except Overloaded:
        state.metrics.shed()
        raise
    return Response(content, media_type="application/json")


@router.get(
    "/v1/citations/{id}/verify",
    operation_id="verifyCitation",
    summary="Does a citation still stand?",
    tags=["ask"],
    responses=_problems(404, 422, 503),
)
def verify_citation(
    askers: AskersParameter,
    name: Annotated[
        str,
        Path(
            alias="id",
            description="The citation's `reference`, not its number in the answer.",
            examples=[REFERENCE_EXAMPLE],
        ),
    ],
) -> VerificationView:
    """Tell what became of a quote since an answer cited it: `valid`, `moved`, `stale` or `deleted`.

    The reference names the collection and the document, so nothing else is asked for. What counts is the quote alone:
    whatever else of the document has changed, a quote that stands where it was cited is valid.
    """
    reference = Reference.parse(name)
    return VerificationView.of(verify(reference, askers.get(reference.collection).generation))


@router.get(
    "/v1/documents",
    operation_id="listDocuments",
    summary="List the documents",
    tags=["documents"],
    responses=_problems(404, 422, 503),
)
def list_documents(asker: AskerParameter) -> DocumentList:
    """List the documents of a collection, without their texts."""
    generation = asker.generation
    return DocumentList(
        collection=generation.manifest.collection,
        generation=generation.name,
        documents=[
            DocumentSummary.model_validate(DocumentSummary.fields_of(document, passages))
            for document, passages in generation.database.documents()
        ],
    )


@router.get(
    "/v1/documents/{document_id:path}",
    operation_id="getDocument",
    summary="Get a document with its text",
    tags=["documents"],
    responses=_problems(404, 422, 503),
)
def get_document(
    asker: AskerParameter, document_id: Annotated[str, Path(examples=["chinas-sputnik-moment"])]
) -> DocumentView:
    """Return a document with its canonical text, which every offset counts in."""
    generation = asker.generation
    document = generation.database.document(document_id)
    if document is None:
        raise DocumentNotFound(
            f"there is no document {document_id!r} in the collection {generation.manifest.collection!r}; "
            "GET /v1/documents lists those that are there."
        )
    passages = generation.database.passages_of(document_id)
    return DocumentView.of(document, passages, generation.manifest.collection, generation.name)


@router.delete(
    "/v1/documents/{document_id:path}",
    operation_id="deleteDocument",
    summary="Delete a document",
    tags=["documents"],
    responses=_problems(403, 404, 409, 422, 503),
)
def remove_document(
    askers: AskersParameter,
    document_id: Annotated[str, Path(examples=["chinas-sputnik-moment"])],
    *,
    prune: Annotated[
        bool, Query(description="Remove all earlier generations, too, so that none of its text is left.")
    ] = False,
    collection: CollectionParameter = None,
) -> ReceiptView:
    """Take a document out of its collection; whoever asks after the response gets nothing of it any more.

    Its file is never touched. Earlier generations hold its text until they are pruned, and the receipt names them.
    """
    settings = askers.settings
    if not settings.http_changes:
        raise ChangesNotAllowed(
            "this service does not let collections be changed over HTTP; whoever runs it may set "
            "PINCITE_HTTP_CHANGES=true, or use `pincite delete`."
        )
    name = collection or settings.collection
    receipt = delete_document(
        Collection(settings.data_dir, name),
        document_id,
        prune=prune,
        follows=settings.watch if name == settings.collection else None,
        keep=settings.keep_generations,
        wait=settings.lock_seconds,
    )
    return ReceiptView.of(receipt)


@router.get(
    "/v1/passages/{passage_id}",
    operation_id="getPassage",
    summary="Get a passage with its neighbours",
    tags=["documents"],
    responses=_problems(404, 422, 503),
)
def get_passage(
    asker: AskerParameter,
    passage_id: str,
    around: Annotated[int, Query(ge=0, le=10, description="How many passages to return on either side.")] = 1,
) -> PassageInContext:
    """Return a passage with its neighbours in the document."""
    generation = asker.generation
    passage = generation.database.passage(passage_id)
    if passage is None:
        raise PassageNotFound(
            f"there is no passage {passage_id!r} in the collection {generation.manifest.collection!r}; its document "
            "may have changed since it was cited."
        )

    def neighbours(first: int, last: int) -> list[PassageView]:
        found: list[Passage] = generation.database.passages_between(passage.document_id, first, last)
        return [PassageView.of(neighbour) for neighbour in found]

    return PassageInContext(
        collection=generation.manifest.collection,
        generation=generation.name,
        passage=PassageView.of(passage),
        before=neighbours(passage.ordinal - around, passage.ordinal - 1),
        after=neighbours(passage.ordinal + 1, passage.ordinal + around),
    )


@router.get("/", include_in_schema=False)
def root() -> RedirectResponse:
    """Lead whoever opens the address in a browser to the description of the API."""
    return RedirectResponse("/docs")


@router.get("/healthz", operation_id="health", summary="Is the process alive?", tags=["operations"])
def health() -> Health:
    """Tell that the process is alive."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="readiness",
    summary="Can questions be answered?",
    tags=["operations"],
    responses=_problems(503),
)
def readiness(askers: AskersParameter) -> Readiness:
    """Tell whether questions can be answered: the default collection is loaded and its encoder has encoded."""
    try:
        asker = askers.get()
    except CollectionNotFound as error:  # what is asked for here is the service, and that is not ready yet
        raise HTTPException(503, str(error)) from error
    asker.warm_up()
    manifest = asker.generation.manifest
    return Readiness(
        status="ready",
        collection=manifest.collection,
        generation=manifest.generation,
        documents=manifest.counts.documents,
        passages=manifest.counts.passages,
        spans=manifest.counts.spans,
        encoder=f"{manifest.encoder.model} ({manifest.encoder.serving})",
    )


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="What is counted and timed, for Prometheus",
    tags=["operations"],
    response_class=Response,
    responses={
        200: {"description": "Prometheus's text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
def metrics(request: Request) -> Response:
    """Tell how many questions were answered, how long each stage of them took, and how many were shed.

    The numbers are those of all workers together, since the service started.
    """
    return Response(request.app.state.metrics.page(), media_type=MEDIA_TYPE)
