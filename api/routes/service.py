"""Whether the service is alive and ready, what it counts, and where it is described."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.caller import CallerParameter, Role
from api.metrics import MEDIA_TYPE
from api.problems import problem, problems
from api.routes.endpoint import Endpoint
from api.schemas.service import Health, Readiness
from index.errors import CollectionNotFound

router = APIRouter(tags=["operations"], route_class=Endpoint)


@router.get("/healthz", operation_id="health", summary="Is the process alive?")
def health() -> Health:
    """Tell that the process is alive."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="readiness",
    summary="Can questions be answered?",
    response_model=Readiness,
    response_model_exclude_unset=True,
    responses=problems(503),
)
def readiness(request: Request, caller: CallerParameter) -> Readiness | Response:
    """Tell whether questions can be answered: the default collection is loaded and its encoder has encoded.

    A service that was told to stop is not ready, though it answers what still comes. Anybody may ask for that; what is
    loaded is told only to those who may read it.
    """
    if request.app.state.draining:
        detail = "the service is about to stop; send requests elsewhere."
        return problem(request, status=503, kind="draining", detail=detail)
    told = caller.may(None, Role.READ)
    try:
        asker = caller.askers.get()
    except CollectionNotFound as error:  # what is asked for here is the service, and that is not ready yet
        detail = str(error) if told else "there is nothing to answer from yet."
        return problem(request, status=503, kind="not-ready", detail=detail)
    asker.warm_up()
    if not told:
        return Readiness(status="ready")
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
