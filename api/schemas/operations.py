"""Operations: changes that are applied after their request was answered."""

from __future__ import annotations

from pydantic import Field

from api.changes.operations import File, FileState, Kind, Operation, State
from api.problems import PROBLEMS
from api.schemas.wire import DOCUMENT_EXAMPLE, GENERATION_EXAMPLE, Wire
from index.errors import PinciteError

OPERATION_EXAMPLE = "op-5d1c0e8f3b7a4e92a6d0c4b1"
_INTERNAL = 500


class OperationProgress(Wire):
    """How far an operation is."""

    encoded: int = Field(description="How many texts (passages and sentences) are encoded.", examples=[120])
    total: int = Field(description="How many are to be; those that were there before are not among them.")


class FileResult(Wire):
    """What came of a file or document that was sent."""

    name: str = Field(description="As it was sent: the file's name, or the document's id.", examples=["leave.md"])
    document_ids: list[str] = Field(
        description="Ids of its documents; empty until it is indexed, unless the request states them.",
        examples=[[DOCUMENT_EXAMPLE]],
    )
    state: FileState = Field(
        description="`indexed`, `unchanged` where the collection held just this, or `skipped`; `pending` until the "
        "operation ends, and where it fails as a whole."
    )
    reason: str | None = Field(description="Why it was skipped, or which parts of it were.")
    passages: int = Field(description="How many passages its documents have.")

    @classmethod
    def of(cls, file: File) -> FileResult:
        """Render what came of a file."""
        stated = [file.document_id] if file.document_id is not None else []
        return cls(
            name=file.name,
            document_ids=list(file.document_ids) or stated,
            state=file.state,
            reason=file.reason,
            passages=file.passages,
        )


class OperationProblem(Wire):
    """Why an operation failed; fields as in every problem."""

    type: str = Field(description="Names the kind of error.", examples=["urn:pincite:problem:nothing-to-index"])
    title: str = Field(description="The kind of error, in words.", examples=["Nothing to index"])
    status: int = Field(description="The status that the request would have had, had it been known at once.")
    detail: str = Field(description="What happened and what to do next.")

    @classmethod
    def of(cls, operation: Operation) -> OperationProblem | None:
        """Render what an operation failed with, if it did."""
        if operation.error is None:
            return None
        names = {error.__name__: said for error, said in PROBLEMS.items()}
        status, kind = names.get(operation.error, PROBLEMS[PinciteError])
        detail = operation.detail or ""
        if status >= _INTERNAL and operation.error != "OperationInterrupted":  # it may name files of the server
            detail = "it could not be applied; the service's log says why, under this operation's id."
        return cls(
            type=f"urn:pincite:problem:{kind}", title=kind.replace("-", " ").capitalize(), status=status, detail=detail
        )


class OperationView(Wire):
    """A change that was asked for, and what came of it."""

    id: str = Field(description="Opaque; `GET /v1/operations/{id}` tells how far it is.", examples=[OPERATION_EXAMPLE])
    kind: Kind = Field(description="What is to be done.")
    collection: str = Field(description="The collection that it changes.", examples=["default"])
    state: State = Field(description="It ends as `succeeded` or `failed`.")
    created: str = Field(description="When it was asked for: ISO 8601, UTC.", examples=["2026-11-23T08:00:00.1+00:00"])
    started: str | None = Field(description="When it was begun.")
    finished: str | None = Field(description="When it ended.")
    progress: OperationProgress | None = Field(description="Null until it is known how much is to be done.")
    generation: str | None = Field(
        description="The build of the index that holds it, once it has succeeded.", examples=[GENERATION_EXAMPLE]
    )
    files: list[FileResult] = Field(description="What was sent, in its order.")
    problem: OperationProblem | None = Field(description="Why it failed, if it did.")

    @classmethod
    def of(cls, operation: Operation) -> OperationView:
        """Render an operation."""
        total = operation.total
        return cls(
            **{
                name: getattr(operation, name)
                for name in ("id", "kind", "collection", "state", "created", "started", "finished", "generation")
            },
            progress=OperationProgress(encoded=operation.encoded, total=total) if total is not None else None,
            files=[FileResult.of(file) for file in operation.files],
            problem=OperationProblem.of(operation),
        )


class OperationList(Wire):
    """Operations of a collection, newest first."""

    collection: str = Field(description="The collection that they change.", examples=["default"])
    operations: list[OperationView] = Field(description="Newest first.")
    next: str | None = Field(description="Send it as `cursor` for the next ones; null where there are none.")
