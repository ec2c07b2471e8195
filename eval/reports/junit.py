"""A verdict as JUnit XML, which CI systems list test by test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from eval.compare import is_good
from eval.gate import Check, Verdict
from eval.records import Answered, Result, Run

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OUTCOMES = {"failures": "failure", "errors": "error", "skipped": "skipped"}
"""Attributes that count, and the elements that they count."""


def plain(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold, not even escaped."""
    return _FORBIDDEN.sub("", text)


def junit(verdict: Verdict) -> str:
    """Write a verdict as JUnit XML.

    The gate fails or passes by its checks alone, so only they can be failures. A case that was scored and came out
    wrong passes here and says so in its output: it is a measurement, and whether there are too many of them is what
    the checks tell. A case that could not be asked is an error; one that the collection cannot answer is skipped.

    Args:
        verdict: The gate's.

    Returns:
        A document to be stored as UTF-8.
    """
    run = verdict.summary.run
    checks = [_check(check, run.set_name) for check in verdict.checks]
    cases = [_case(result, run.set_name) for result in run.results]
    root = Element("testsuites", {"name": plain(run.set_name), **_counts([*checks, *cases])})
    suite = SubElement(root, "testsuite", {"name": "checks", **_counts(checks)})
    suite.append(_properties(run))
    suite.extend(checks)
    SubElement(root, "testsuite", {"name": "cases", **_counts(cases)}).extend(cases)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _counts(testcases: Sequence[Element]) -> dict[str, str]:
    """Return the attributes that count test cases, read from the very elements that are written."""
    counted = {name: sum(one.find(tag) is not None for one in testcases) for name, tag in _OUTCOMES.items()}
    return {"tests": str(len(testcases)), **{name: str(count) for name, count in counted.items()}}


def _properties(run: Run) -> Element:
    """Return what was measured, as properties."""
    values = {
        "set": run.set_name,
        "set_sha256": run.set_sha256,
        "created": run.created,
        "git_revision": run.git_revision,
        "target": run.target.kind,
        "collection": run.target.collection,
        "generation": run.target.generation,
        "encoder": run.target.encoder,
        **{f"setting {name}": value for name, value in run.target.settings.items()},
    }
    properties = Element("properties")
    for name, value in values.items():
        SubElement(properties, "property", name=plain(name), value=plain(value))
    return properties


def _check(check: Check, set_name: str) -> Element:
    testcase = Element("testcase", classname=plain(f"{set_name}.checks"), name=plain(check.name))
    if check.passed:
        SubElement(testcase, "system-out").text = plain(check.detail)
    else:
        SubElement(testcase, "failure", message=plain(check.detail), type="check").text = plain(check.detail)
    return testcase


def _case(result: Result, set_name: str) -> Element:
    testcase = Element("testcase", classname=plain(f"{set_name}.cases"), name=plain(result.case))
    if result.status == "failed":
        SubElement(testcase, "error", message=plain(result.reason), type="failed").text = plain(result.question)
    elif result.status == "skipped" or result.answered is None:
        SubElement(testcase, "skipped", message=plain(result.reason))
    else:
        SubElement(testcase, "system-out").text = plain(_account(result, result.answered))
    return testcase


def _account(result: Result, answered: Answered) -> str:
    """Tell how a scored case came out."""
    rank = result.first_rank()
    lines = [
        f"outcome: {'right' if is_good(result) else 'wrong'}",
        f"question: {result.question}",
        f"expected: {'an answer' if result.answerable else 'a refusal'}",
        f"confidence: {answered.confidence:.3f}",
    ]
    if result.answerable:
        lines.append(f"rank: {rank if rank is not None else f'not among the first {len(answered.passages)} passages'}")
    lines.append(f"answer: {answered.text}" if answered.answerable else "answer: refused")
    return "\n".join(lines)
