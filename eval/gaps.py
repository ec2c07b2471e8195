"""What people ask that the documents do not answer, or not well: refused, or said not to help."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from sklearn.cluster import AgglomerativeClustering

from eval.errors import LogError
from index.encoder import Encoder
from qa.feedback import Vote
from qa.references import Reference

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
    """Questions on one matter that the documents do not answer, or not well.

    Attributes:
        refused: How often any of them was refused.
        unhelpful: How often the answer to any of them was said not to help.
        typical: The question nearest to the middle of them.
        questions: All of them, each once, the most frequent first.
        documents: Ids of the documents that answers were quoted from which did not help, the most frequent first.
        comments: What was said of those answers.
    """

    refused: int
    unhelpful: int
    typical: str
    questions: tuple[str, ...]
    documents: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def times(self) -> int:
        """How often somebody went without."""
        return self.refused + self.unhelpful


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


def find_gaps(logged: Iterable[LoggedQuestion], unhelpful: Sequence[Vote], encoder: Encoder) -> list[Gap]:
    """Put together by meaning what was refused and what was answered badly, the matter first that comes up most.

    Of very many different questions only the most frequent are looked at, since clustering compares each with each.

    Args:
        logged: Questions of the log; of these, those that were refused count.
        unhelpful: Votes for answers that did not help.
        encoder: Of the collection.
    """
    refused = Counter(_one_line(item.question) for item in logged if not item.answerable)
    votes: dict[str, list[Vote]] = defaultdict(list)
    for vote in unhelpful:
        votes[_one_line(vote.question)].append(vote)
    asked = refused + Counter({question: len(some) for question, some in votes.items()})
    distinct = [question for question, _ in asked.most_common(_MAX_QUESTIONS)]
    if not distinct:
        return []
    vectors = encoder.encode(distinct)
    gaps = []
    for places in _clusters(vectors):
        middle = vectors[places].mean(axis=0)
        typical = places[int(np.argmax(vectors[places] @ middle))]
        names = tuple(distinct[place] for place in places)
        said = [vote for name in names for vote in votes.get(name, ())]
        gaps.append(
            Gap(
                refused=sum(refused[name] for name in names),
                unhelpful=len(said),
                typical=distinct[typical],
                questions=names,
                documents=_documents(said),
                comments=tuple(_one_line(vote.comment) for vote in said if vote.comment),
            )
        )
    return sorted(gaps, key=lambda gap: (-gap.times, gap.typical))


def _clusters(vectors: NDArray[np.float32]) -> list[list[int]]:
    """Return which rows stand together, in order."""
    labels = np.zeros(1, dtype=int)
    if len(vectors) > 1:
        model = AgglomerativeClustering(
            n_clusters=None, metric="cosine", linkage="average", distance_threshold=_MAX_DISTANCE
        )
        labels = model.fit_predict(vectors)
    members: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        members[int(label)].append(place)
    return list(members.values())


def _documents(votes: Iterable[Vote]) -> tuple[str, ...]:
    cited: Counter[str] = Counter()
    for vote in votes:
        cited.update({Reference.parse(one).document_id for one in vote.citations})
    return tuple(_one_line(document) for document, _ in cited.most_common())


def _one_line(text: str) -> str:
    """Return what strangers sent as text that moves no cursor and sets no colour."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
