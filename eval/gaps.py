"""What people ask that the documents do not answer: the refused questions of a service's log, alike ones together."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from sklearn.cluster import AgglomerativeClustering

from eval.errors import LogError
from index.encoder import Encoder

_MAX_DISTANCE = 0.5
"""Mean cosine distance up to which questions count as one matter."""
_MAX_QUESTIONS = 5_000


class LoggedQuestion(BaseModel):
    """A line of the log that ``PINCITE_QUESTION_LOG`` names; further keys are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: str
    answerable: bool
    collection: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions on one matter that were refused.

    Attributes:
        times: How often any of them was asked.
        typical: The question nearest to the middle of them.
        questions: All of them, each once, the most frequent first.
    """

    times: int
    typical: str
    questions: tuple[str, ...]


def read_log(path: Path, collection: str) -> list[LoggedQuestion]:
    """Read the questions that a collection was asked.

    Raises:
        LogError: The file cannot be read, or a line is not one of the log's.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LogError(
            f"the question log {path} cannot be read: {error.strerror}. A service keeps one when PINCITE_QUESTION_LOG "
            "names a file."
        ) from error
    except UnicodeDecodeError as error:
        raise LogError(f"{path} is no question log: it is not UTF-8 text.") from error
    questions = []
    for number, line in enumerate(lines, start=1):
        try:
            questions.append(LoggedQuestion.model_validate_json(line))
        except ValidationError as error:
            fault = error.errors()[0]
            field = ".".join(map(str, fault["loc"])) or "the line"
            raise LogError(f"{path}:{number}: this is no line of a question log: {field}: {fault['msg']}.") from error
    return [question for question in questions if question.collection == collection]


def find_gaps(questions: list[LoggedQuestion], encoder: Encoder) -> list[Gap]:
    """Put refused questions together by meaning, the most asked matter first.

    Of very many different questions only the most frequent are looked at, since clustering compares each with each.
    """
    asked = Counter(" ".join(item.question.split()) for item in questions if not item.answerable)
    distinct = [question for question, _ in asked.most_common(_MAX_QUESTIONS)]
    if not distinct:
        return []
    vectors = encoder.encode(distinct)
    labels = np.zeros(1, dtype=int)
    if len(distinct) > 1:
        model = AgglomerativeClustering(
            n_clusters=None, metric="cosine", linkage="average", distance_threshold=_MAX_DISTANCE
        )
        labels = model.fit_predict(vectors)
    members: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        members[int(label)].append(place)
    gaps = []
    for places in members.values():
        middle = vectors[places].mean(axis=0)
        typical = places[int(np.argmax(vectors[places] @ middle))]
        names = tuple(distinct[place] for place in places)
        gaps.append(Gap(sum(asked[name] for name in names), distinct[typical], names))
    return sorted(gaps, key=lambda gap: (-gap.times, gap.typical))
