"""Documents and passages, as they are indexed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.problems import problems
from api.routes.endpoint import Endpoint
from api.routes.parameters import AskerParameter, DocumentParameter
from api.schemas.documents import (
    DocumentList,
    DocumentSummary,
    DocumentView,
    PassageInContext,
    PassageView,
)
from index.documents import Passage
from index.errors import DocumentNotFound, PassageNotFound

router = APIRouter(tags=["documents"], route_class=Endpoint)


@router.get(
    "/v1/documents",
    operation_id="listDocuments",
    summary="List the documents",
    responses=problems(404, 422, 503),
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
    responses=problems(404, 422, 503),
)
def get_document(asker: AskerParameter, document_id: DocumentParameter) -> DocumentView:
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


@router.get(
    "/v1/passages/{passage_id}",
    operation_id="getPassage",
    summary="Get a passage with its neighbours",
    responses=problems(404, 422, 503),
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
