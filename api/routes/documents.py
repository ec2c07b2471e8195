"""Documents and passages, as they are indexed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.cursors import decode_cursor, encode_cursor
from api.document_tags import document_etag
from api.etags import GENERATION_HEADER, READ, TAGGED, Known, conditional
from api.filters import Value, filters_in_address
from api.problems import problems
from api.routes.endpoint import Endpoint
from api.routes.parameters import AskerParameter, DocumentParameter
from api.schemas.documents import (
    DocumentList,
    DocumentSummary,
    DocumentView,
    HeadingMap,
    PassageInContext,
    PassageView,
)
from api.schemas.wire import PASSAGE_EXAMPLE
from index.documents import Document, Passage
from index.errors import DocumentNotFound, PassageNotFound
from index.generation import Generation
from qa.catalog import Order
from qa.filters import Filters

router = APIRouter(tags=["documents"], route_class=Endpoint)

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
_ORDERS: dict[str, Order] = {
    "id": Order("id"),
    "-id": Order("id", descending=True),
    "title": Order("title"),
    "-title": Order("title", descending=True),
    "published": Order("published"),
    "-published": Order("published", descending=True),
}
_LINK = {
    "description": 'The address of the next page, as `rel="next"`; none on the last one.',
    "schema": {"type": "string"},
    "example": '</v1/documents?limit=100&cursor=UmXkBlsiaWQiLCBmYWxzZSwgImEiLCAiYSJd>; rel="next"',
}
_LISTED: dict[int | str, dict[str, Any]] = {200: {"headers": {**READ[200]["headers"], "Link": _LINK}}}
Sort = Literal["id", "-id", "title", "-title", "published", "-published"]


@router.get(
    "/v1/documents",
    operation_id="listDocuments",
    summary="List documents",
    responses=_LISTED | problems(404, 422, 431, 503),
)
def list_documents(
    asker: AskerParameter,
    filters: Annotated[Filters, Depends(filters_in_address)],
    request: Request,
    response: Response,
    *,
    title: Annotated[
        Value | None, Query(description="Documents whose title holds this text, in any case.", examples=["sputnik"])
    ] = None,
    sort: Annotated[
        Sort,
        Query(description="What they are sorted by; with `-` the last comes first. Those without a date come first."),
    ] = "id",
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many to list on a page.")] = 100,
    cursor: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=20_000,
            description="`next` of the page before, whose other parameters are sent again.",
            json_schema_extra={"pattern": "^[0-9A-Za-z_-]+$"},
        ),
    ] = None,
) -> DocumentList:
    """List the documents of a collection without their texts, a page at a time.

    The filters are those of `POST /v1/ask`; `document_id`, `author` and `tag` may be repeated. Pages follow the
    documents, not their numbers: what is added or deleted between two pages makes no other document come twice or be
    left out.
    """
    generation, order = asker.generation, _ORDERS[sort]
    after = decode_cursor(cursor, order) if cursor is not None else None
    page = asker.catalog.page(limit, after, order, filters, title=title or "")
    following = encode_cursor(order, page.last) if page.last else None
    if following:
        query = request.url.include_query_params(cursor=following).query
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    response.headers[GENERATION_HEADER] = generation.name
    return DocumentList(
        collection=generation.manifest.collection,
        generation=generation.name,
        documents=[DocumentSummary.of(document) for document in page.documents],
        total=page.total,
        next=following,
    )


# An id may end in "/text" itself: so what stands in the address is first looked for as a whole. The longer paths come
# first, or they would be ids, too.
@router.get(
    "/v1/documents/{document_id:path}/text",
    operation_id="getDocumentText",
    summary="Get a document's text alone",
    response_class=Response,
    responses={
        **TAGGED,
        200: TAGGED[200]
        | {"description": "The text, as UTF-8.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(404, 422, 503),
    },
)
def get_text(asker: AskerParameter, document_id: DocumentParameter, known: Known = None) -> Response:
    """Return a document's canonical text: what every offset counts in, to check citations by hand.

    Where another document's id is this one's with `/text` behind it, this is the address of that other document.
    """
    generation = asker.generation
    whole = generation.database.document(f"{document_id}/text")
    if whole is not None:
        return _sent(known, generation, whole)
    document = _document(generation, document_id)
    return conditional(known, document.text.encode("utf-8"), _TEXT, generation.name, f'"{document.sha256}"')


@router.get(
    "/v1/documents/{document_id:path}/headings",
    operation_id="getHeadings",
    summary="Get a document's heading map",
    response_model=HeadingMap,
    responses=TAGGED | problems(404, 422, 503),
)
def get_headings(asker: AskerParameter, document_id: DocumentParameter, known: Known = None) -> Response:
    """Return a document's headings, each with its place, its page and the passages under it.

    Where another document's id is this one's with `/headings` behind it, this is the address of that other document.
    """
    generation = asker.generation
    whole = generation.database.document(f"{document_id}/headings")
    if whole is not None:
        return _sent(known, generation, whole)
    document = _document(generation, document_id)
    passages = generation.database.passages_of(document_id)
    found = HeadingMap.of(document, passages, generation.manifest.collection)
    return conditional(known, found.to_json(), _JSON, generation.name)


@router.get(
    "/v1/documents/{document_id:path}",
    operation_id="getDocument",
    summary="Get a document with its text",
    response_model=DocumentView,
    responses=TAGGED | problems(404, 422, 503),
)
def get_document(asker: AskerParameter, document_id: DocumentParameter, known: Known = None) -> Response:
    """Return a document with its canonical text, which every offset counts in."""
    return _sent(known, asker.generation, _document(asker.generation, document_id))


def _document(generation: Generation, document_id: str) -> Document:
    document = generation.database.document(document_id)
    if document is None:
        raise DocumentNotFound(
            f"there is no document {document_id!r} in the collection {generation.manifest.collection!r}; "
            "GET /v1/documents lists those that are there."
        )
    return document


def _sent(known: str | None, generation: Generation, document: Document) -> Response:
    passages = generation.database.passages_of(document.id)
    found = DocumentView.render(document, passages, generation.manifest.collection)
    return conditional(known, found.to_json(), _JSON, generation.name, document_etag(document))


@router.get(
    "/v1/passages/{passage_id}",
    operation_id="getPassage",
    summary="Get a passage with its neighbours",
    response_model=PassageInContext,
    responses=TAGGED | problems(404, 422, 503),
)
def get_passage(
    asker: AskerParameter,
    passage_id: Annotated[str, Path(description="Its id, as in an answer.", examples=[PASSAGE_EXAMPLE])],
    around: Annotated[int, Query(ge=0, le=10, description="How many passages to return on either side.")] = 1,
    known: Known = None,
) -> Response:
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

    context = PassageInContext(
        collection=generation.manifest.collection,
        passage=PassageView.of(passage),
        before=neighbours(passage.ordinal - around, passage.ordinal - 1),
        after=neighbours(passage.ordinal + 1, passage.ordinal + around),
    )
    return conditional(known, context.to_json(), _JSON, generation.name)
