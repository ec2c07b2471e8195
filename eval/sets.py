"""Question sets: hand-written cases in YAML or JSONL, checked when they are loaded.

A case names the *quote* that supports its answer, not a passage: quotes outlive any change in how text is cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eval.errors import QuestionSetError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
MeasureName = Literal[
    "Success@1", "Success@5", "nDCG@10", "RR@10", "R@5", "R@20", "EM", "F1", "QuoteP", "QuoteR", "answered", "refused",
    "AUROC", "Coverage@5%risk", "Precision", "Recall",
]  # fmt: skip
"""Measures that can have a floor: all of ``eval.measures`` where more is better."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gold(_Strict):
    """Where the answer stands.

    Attributes:
        document: Id of the document.
        quote: Words of its canonical text, exactly.
    """

    document: Text
    quote: Text


class Case(_Strict):
    """One question.

    Attributes:
        id: Unique in the set.
        question: As a person would ask it.
        answerable: Whether the documents answer it.
        answers: Accepted answers in a few words; none when not answerable.
        gold: Quotes that the answer rests on, each of them a part of it; none when not answerable.
        tags: What kind of question it is.
    """

    id: Text
    question: Text
    answerable: bool = True
    answers: tuple[Text, ...] = ()
    gold: tuple[Gold, ...] = ()
    tags: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _gold_fits(self) -> Case:
        if self.answerable and not (self.answers and self.gold):
            raise ValueError("an answerable case needs both answers and gold")
        if not self.answerable and (self.answers or self.gold):
            raise ValueError("a case that is not answerable has neither answers nor gold")
        return self


class QuestionSet(_Strict):
    """A set of cases, with the least that each measure must reach.

    Attributes:
        name: Of the set.
        floors: Smallest accepted value by measure; a run below any of them fails.
        cases: At least one, their ids all different.
    """

    name: Text
    floors: dict[MeasureName, Annotated[float, Field(ge=0, le=1, strict=True)]] = {}
    cases: tuple[Case, ...]

    def floors_by_name(self) -> dict[str, float]:
        """Return the floors with plain names as keys."""
        return {str(name): floor for name, floor in self.floors.items()}


def _line_of(node: yaml.Node, location: tuple[str | int, ...]) -> int:
    """Return the 1-based line of a field, or of the nearest thing around it that the file has."""
    for part in location:
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            inner = node.value[part]
        else:
            inner = None
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1


def _repeated(node: yaml.Node) -> Iterator[tuple[str, int]]:
    """Yield every mapping key that comes twice, with its line; YAML itself would let the last one win."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield str(key.value), int(key.start_mark.line) + 1
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise QuestionSetError(f"the question set {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise QuestionSetError(f"{path}:{line}: this is not UTF-8 text; save the file as UTF-8.") from error


def _read_yaml(path: Path) -> tuple[yaml.Node, object]:
    """Return a file's tree of YAML nodes, which know their lines, and its values."""
    text = _text(path)
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise QuestionSetError(f"{path}:{line}: this is not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise QuestionSetError(f"the question set {path} is not valid YAML: {error}.") from error
    if tree is None:
        raise QuestionSetError(f"the question set {path} is empty; docs/evals.md describes the format.")
    return tree, values


def _read_jsonl(path: Path) -> tuple[yaml.Node, object]:
    """Return the same of a file with one case a line; the set is named after the file and has no floors."""
    nodes: list[yaml.Node] = []
    values = []
    for number, line in enumerate(_text(path).splitlines()):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise QuestionSetError(f"{path}:{number + 1}: this line is not valid JSON: {error}.") from error
        mark = yaml.Mark(str(path), 0, number, 0, None, 0)
        nodes.append(yaml.ScalarNode("tag:yaml.org,2002:str", line, mark, mark))
    start = yaml.Mark(str(path), 0, 0, 0, None, 0)
    key = yaml.ScalarNode("tag:yaml.org,2002:str", "cases", start, start)
    cases = yaml.SequenceNode("tag:yaml.org,2002:seq", nodes, start, start)
    tree = yaml.MappingNode("tag:yaml.org,2002:map", [(key, cases)], start, start)
    return tree, {"name": path.stem, "cases": values}


def load_set(path: Path) -> QuestionSet:
    """Read and check a question set: YAML, or JSONL (one case a line) where the name ends in ``.jsonl``.

    Raises:
        QuestionSetError: The file cannot be read, is not YAML or JSONL, or breaks the format. Every fault of format is
            named with file, line and field.
    """
    tree, values = _read_jsonl(path) if path.suffix == ".jsonl" else _read_yaml(path)
    faults = [f"{path}:{line}: {key}: this key stands here twice" for key, line in _repeated(tree)]
    try:
        questions = QuestionSet.model_validate(values)
    except ValidationError as error:
        for fault in error.errors():
            field = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "set"
            faults.append(f"{path}:{_line_of(tree, fault['loc'])}: {field}: {fault['msg']}")
    else:
        if not questions.cases:
            faults.append(f"{path}:{_line_of(tree, ('cases',))}: cases: there must be at least one")
        first: dict[str, int] = {}
        for place, case in enumerate(questions.cases):
            line = _line_of(tree, ("cases", place, "id"))
            if case.id in first:
                faults.append(f"{path}:{line}: cases.{place}.id: {case.id!r} is taken, by line {first[case.id]}")
            first.setdefault(case.id, line)
    if faults:
        raise QuestionSetError("the question set cannot be used:\n  " + "\n  ".join(faults))
    return questions
