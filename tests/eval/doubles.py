"""Small runs and targets that stand in for real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from eval.gold import Located
from eval.measures import measure_case
from eval.records import RUN_FORMAT, Answered, Place, Quoted, Ranked, Result, Run, TargetInfo
from eval.targets import TargetDocument
from index.errors import PinciteError

INFO = TargetInfo(kind="in-process", collection="harbour", generation="g1", encoder="none")


def place(start: int, end: int, document: str = "harbour") -> Place:
    return Place(document_id=document, start=start, end=end)


def ranked(names: Iterable[str]) -> tuple[Ranked, ...]:
    """Return passages of these ids, best first, ten characters each."""
    spots = enumerate(names)
    return tuple(
        Ranked(document_id="harbour", start=10 * n, end=10 * n + 10, id=name, score=1 - n / 100) for n, name in spots
    )


def answered(
    text: str = "",
    *,
    given: bool = True,
    confidence: float = 0.8,
    names: Iterable[str] = (),
    cited: Iterable[Place] = (),
) -> Answered:
    citations = tuple(Quoted(**one.model_dump(), text="x" * (one.end - one.start)) for one in cited)
    return Answered(text=text, answerable=given, confidence=confidence, passages=ranked(names), citations=citations)


def result(
    case: str,
    *,
    right: bool = True,
    given: bool = True,
    answerable: bool = True,
    confidence: float = 0.8,
    tags: tuple[str, ...] = (),
) -> Result:
    """Return a scored case; right: the gold's passage comes first and is cited, and the answer is the accepted one."""
    answer = answered(
        ("at six" if right else "at noon") if given else "",
        given=given,
        confidence=confidence,
        names=("gold", "other") if right else ("other", "gold"),
        cited=[place(0, 10) if right else place(10, 20)] if given else [],
    )
    gold = [Located((place(0, 10),), frozenset({"gold"}))] if answerable else []
    return Result(
        case=case,
        question=f"What of {case}?",
        answerable=answerable,
        tags=tags,
        documents=("harbour",) if answerable else (),
        status="scored",
        relevant=("gold",) if answerable else (),
        answered=answer,
        measures=measure_case(answer, ("at six",), gold),
    )


def unscored(case: str, status: str, reason: str) -> Result:
    known = {"case": case, "question": f"What of {case}?", "answerable": True, "tags": (), "documents": ("harbour",)}
    return Result.model_validate({**known, "status": status, "reason": reason})


def run_of(results: Iterable[Result], set_sha256: str = "5e7", set_name: str = "harbour") -> Run:
    return Run(
        format_version=RUN_FORMAT,
        created="2026-01-01T00:00:00+00:00",
        set_name=set_name,
        set_sha256=set_sha256,
        target=INFO,
        git_revision="",
        results=tuple(results),
    )


def with_confidence(run: Run, change: Callable[[float], float]) -> Run:
    """Return the run with every confidence changed."""

    def changed(one: Result) -> Result:
        assert one.answered is not None
        moved = one.answered.model_copy(update={"confidence": change(one.answered.confidence)})
        return one.model_copy(update={"answered": moved})

    return run.model_copy(update={"results": tuple(map(changed, run.results))})


class FakeTarget:
    """One document of two passages; every question gets the same answer, or an error where it says "fail"."""

    text = "Opening hours\n\nThe harbour opens at six.\n\nIt closes at ten."

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def info(self) -> TargetInfo:
        return INFO

    def document_ids(self) -> list[str]:
        return ["harbour"]

    def document(self, document_id: str) -> TargetDocument | None:
        return (
            TargetDocument(self.text, {"one": place(15, 40), "two": place(42, 59)})
            if document_id == "harbour"
            else None
        )

    def ask(self, question: str, k: int) -> Answered:
        self.asked.append((question, k))
        if "fail" in question:
            raise PinciteError("the engine is out of oil")
        return answered("The harbour opens at six.", names=("two", "one"), cited=[place(15, 40)])
