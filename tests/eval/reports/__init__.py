"""Runs of a few made-up cases, and texts that try to break out of a report."""

from __future__ import annotations

from functools import cache

from eval.gate import Verdict, judge
from eval.records import RUN_FORMAT, Answered, Ranked, Result, Run, TargetInfo

WORD = "W" * 5_000
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</svg></style></title><iframe>",
    "' onclick='alert(1)",
    "\u202e\u05d0\u05d1\u05d2 backwards",
    f"long {WORD}",
    "a | b\n\n# heading\n| c | d |\n|---|---|",
    "`code` *bold* _em_ [link](http://example.org) ![image](x) @someone #12 www.example.org ~~no~~",
    "]]> &amp; &lt; \x00\x07\x1b[31m \ud800 \uffff",
    "- item",
    "1. item",
    "```",
    "</details><details open>",
    "<!-- comment",
)


def result(
    case: str,
    *,
    right: bool = True,
    answerable: bool = True,
    refused: bool = False,
    confidence: float = 0.9,
    text: str = "an answer",
    question: str | None = None,
    tags: tuple[str, ...] = ("who",),
    documents: tuple[str, ...] = ("doc",),
) -> Result:
    """Return a scored case, whose gold passage comes first or, when not right, second."""
    passages = tuple(
        Ranked(document_id="doc", start=place, end=place + 1, id=name, score=1.0 - place)
        for place, name in enumerate(("gold", "other") if right else ("other", "gold"))
    )
    measures = {"Success@1": float(right), "F1": 0.5, "answered": float(not refused)}
    return Result(
        case=case,
        question=question or f"What of {case}?",
        answerable=answerable,
        tags=tags,
        documents=documents if answerable else (),
        status="scored",
        relevant=("gold",) if answerable else (),
        answered=Answered(
            text="" if refused else text, answerable=not refused, confidence=confidence, passages=passages, citations=()
        ),
        measures=measures if answerable else {"refused": float(refused)},
    )


def other(case: str, status: str, reason: str) -> Result:
    """Return a failed or skipped case."""
    fields = {"case": case, "question": f"What of {case}?", "answerable": True, "tags": (), "documents": ()}
    return Result.model_validate({**fields, "status": status, "reason": reason})


def a_run(*results: Result, name: str = "few", **target: str) -> Run:
    """Return a run over a set of that name."""
    info = {"kind": "in-process", "collection": "default", "generation": "g1", "encoder": "MiniLM", **target}
    return Run(
        format_version=RUN_FORMAT,
        created="2026-01-02T03:04:05+00:00",
        set_name=name,
        set_sha256="0" * 64,
        target=TargetInfo(**info, settings={"dense_weight": "0.7"}),
        git_revision="abc123",
        results=results,
    )


@cache
def judged() -> Verdict:
    """Return a verdict on a run with a case of every kind, whose first floor does not hold; there is no baseline."""
    run = a_run(
        result("good"),
        result("bad", right=False),
        result("silent", refused=True, confidence=0.2),
        result("hamlet", answerable=False, refused=True, confidence=0.1),
        result("bread", answerable=False, right=False, confidence=0.6),
        other("down", "failed", "the service is gone"),
        other("absent", "skipped", "the collection has no document 'x'"),
    )
    return judge(run, None, {"Success@1": 0.9, "F1": 0.1})


@cache
def moved(count: int) -> Verdict:
    """Return a verdict on a run that loses as many cases as it is told, against one that had them all right."""
    base = [result(f"case-{number}", text=f"right {number}") for number in range(count)]
    new = [result(f"case-{number}", right=False, text=f"wrong {number}") for number in range(count)]
    return judge(a_run(*new), a_run(*base), {})


@cache
def hostile() -> Verdict:
    """Return a verdict in which every foreign text is hostile, with lost, won, failed and skipped cases."""

    def run(*, first_right: bool) -> Run:
        scored = []
        for number, text in enumerate(HOSTILE):
            right = first_right == bool(number % 2)
            scored.append(
                result(f"{number} {text}", right=right, text=text, question=text, tags=(text,), documents=(text,))
            )
        rest = [other(f"failed {text}", "failed", text) for text in HOSTILE]
        rest += [other(f"skipped {text}", "skipped", text) for text in HOSTILE]
        every = " ".join(HOSTILE)
        made = a_run(*scored, *rest, name=every, kind=every, collection=every, generation=every, encoder=every)
        target = made.target.model_copy(update={"settings": dict.fromkeys(HOSTILE, every)})
        return made.model_copy(update={"target": target, "git_revision": every, "created": every})

    return judge(run(first_right=False), run(first_right=True), {"F1": 0.9})
