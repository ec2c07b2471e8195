"""Question sets: hand-written cases in YAML, checked when they are loaded.

A case names the *quote* that supports its answer, not a passage: quotes outlive any change in how text is cut.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eval.errors import QuestionSetError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
MeasureName = Literal["Success@1", "Success@5", "nDCG@10", "refused", "answered"]


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
        gold: Quotes that support the answer, any of which will do; none when not answerable.
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
        cases: At least one.
    """

    name: Text
    floors: dict[MeasureName, Annotated[float, Field(ge=0, le=1)]] = {}
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_differ(self) -> QuestionSet:
        repeated = [name for name, count in Counter(case.id for case in self.cases).items() if count > 1]
        if repeated:
            raise ValueError(f"ids must differ; these come more than once: {', '.join(repeated)}")
        return self


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


def load_set(path: Path) -> QuestionSet:
    """Read and check a question set.

    Raises:
        QuestionSetError: The file cannot be read, is not YAML, or breaks the format; every fault is named with file,
            line and field.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = yaml.safe_load(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise QuestionSetError(f"the question set {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise QuestionSetError(f"the question set {path} is not valid YAML: {error}") from error
    if tree is None:
        raise QuestionSetError(f"the question set {path} is empty; see docs/evals.md for the format.")
    try:
        return QuestionSet.model_validate(values)
    except ValidationError as error:
        faults = [
            f"  {path}:{_line_of(tree, fault['loc'])}: {'.'.join(map(str, fault['loc'])) or 'set'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise QuestionSetError("the question set cannot be used:\n" + "\n".join(faults)) from error
