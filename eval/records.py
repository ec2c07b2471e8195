"""What a run is, as it is written to a file and read again: one pydantic model, JSON on disk.

A run stands by itself: everything that comparing, gating and reporting need is in it, and no index is opened again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from eval.errors import RunError

RUN_FORMAT = 1


Status = Literal["scored", "failed", "skipped"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """Characters of a document, half-open, in code points."""

    document_id: str
    start: int
    end: int


class Repeat(_Strict):
    """A passage that was not listed, because a better one says the same."""

    document_id: str
    id: str


class Ranked(Place):
    """A passage as it was ranked, with those that it stands for."""

    id: str
    score: FiniteFloat
    repeats: tuple[Repeat, ...] = ()


class Quoted(Place):
    """A citation."""

    text: str


class Answered(_Strict):
    """What a target answered.

    Attributes:
        text: The answer; empty when refused.
        answerable: Whether the target counts the question as answered.
        confidence: 0 to 1.
        passages: Best first.
        citations: In the order of the answer.
    """

    text: str
    answerable: bool
    confidence: Annotated[float, Field(ge=0, le=1)]
    passages: tuple[Ranked, ...]
    citations: tuple[Quoted, ...]


class Result(_Strict):
    """What became of one case.

    Attributes:
        case: Its id.
        question: Its question.
        answerable: Whether the documents answer it.
        tags: Its tags.
        documents: The documents that its gold quotes stand in, each once.
        status: "scored"; "failed", when asking it raised an error, which is never a score of zero; or "skipped", when
            the collection lacks what it needs.
        reason: Why it failed or was skipped; empty when scored.
        relevant: Ids of the passages that hold part of a gold quote.
        answered: What came; None unless scored.
        measures: Value of each measure that can be taken of a single case, by name.
    """

    case: str
    question: str
    answerable: bool
    tags: tuple[str, ...]
    documents: tuple[str, ...]
    status: Status
    reason: str = ""
    relevant: tuple[str, ...] = ()
    answered: Answered | None = None
    measures: dict[str, FiniteFloat] = {}

    @model_validator(mode="after")
    def _scored_has_answer(self) -> Result:
        if (self.status == "scored") != (self.answered is not None):
            raise ValueError("a scored case has an answer, and no other has one")
        return self

    def first_rank(self) -> int | None:
        """Return the rank, from 1, of the first passage that holds part of a gold quote; None if none came.

        A run without passages knows it from the reciprocal rank, down to the tenth.
        """
        reciprocal = self.measures.get("RR@10", 0.0)
        if reciprocal > 0:
            return round(1 / reciprocal)
        passages = self.answered.passages if self.answered is not None else ()
        return next((rank for rank, passage in enumerate(passages, start=1) if passage.id in self.relevant), None)


class TargetInfo(_Strict):
    """What was measured.

    Attributes:
        kind: "in-process" or the address of a service.
        collection: Name of the collection.
        generation: Its generation.
        encoder: How questions were encoded.
        settings: The settings that bear on answers, where they are known.
    """

    kind: str
    collection: str
    generation: str
    encoder: str
    settings: dict[str, str] = {}


class Run(_Strict):
    """A set of questions, asked once.

    Attributes:
        format_version: Of this file.
        created: ISO 8601 time, UTC.
        set_name: Of the question set.
        set_sha256: Of its cases: runs over different cases are never compared.
        target: What was measured.
        git_revision: Of the working folder, with "+changes" where it had any; empty outside a repository.
        results: One a case, in the order of the set.
    """

    format_version: int
    created: str
    set_name: str
    set_sha256: str
    target: TargetInfo
    git_revision: str
    results: tuple[Result, ...]

    @model_validator(mode="after")
    def _cases_differ(self) -> Run:
        repeated = [name for name, count in Counter(result.case for result in self.results).items() if count > 1]
        if repeated:
            raise ValueError(f"cases must differ; these come more than once: {', '.join(repeated[:5])}")
        return self

    def scored(self) -> list[Result]:
        """Return the results that have measures."""
        return [result for result in self.results if result.status == "scored"]


def read_run(path: Path) -> Run:
    """Read a run.

    Raises:
        RunError: The file cannot be read, is no run, holds a value that is no number, or was written by another
            version.
    """
    try:
        run = Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(
            f"the run {path} cannot be read: {error.strerror}. `pincite eval run --out` writes one."
        ) from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        raise RunError(f"{path} is not a run that this version can read: {place}: {fault['msg']}.") from error
    if run.format_version != RUN_FORMAT:
        raise RunError(f"{path} has run format {run.format_version}; this version reads {RUN_FORMAT}. Make it anew.")
    if not run.results:
        raise RunError(f"the run {path} is empty: it holds no case.")
    return run
