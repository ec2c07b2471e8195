"""``pincite eval gaps``: what people went without an answer to, from the question log and from what they said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.errors import LogError
from eval.gaps import Gap, LoggedQuestion, find_gaps, read_log
from index.settings import Settings
from pincite.wording import counted
from qa.factory import open_asker
from qa.feedback import FeedbackStore


def run_gaps(settings: Settings, log: Path | None) -> None:
    """Print the matters that people went without an answer to.

    Args:
        settings: Of the service.
        log: Its question log; by default the one that the settings name, if it is there.

    Raises:
        LogError: The log cannot be read; or there is none, and nobody has said anything, either.
        StorageError: What was said cannot be read.
    """
    name, feedback = settings.collection, FeedbackStore(settings.data_dir)
    helpful, votes = feedback.tally(name)
    if log is None and settings.question_log is not None and settings.question_log.exists():
        log = settings.question_log
    if log is None and not votes:
        raise LogError(
            f"nothing is known of what was asked of {name!r}: there is no question log, and nobody has said whether "
            "an answer helped. Set PINCITE_QUESTION_LOG to a file where the service runs; or let people say it, as the "
            "chat widget does, with POST /v1/feedback. Then run this again, with the PINCITE_DATA_DIR of the service."
        )
    logged: list[LoggedQuestion] = []
    if log is not None:
        logged = read_log(log, name)
        refused = sum(not question.answerable for question in logged)
        print(f"{counted(len(logged), 'question')} to {name!r} in {log}, {refused} refused")
    unhelpful = feedback.unhelpful(name)
    if votes:
        refusals = sum(vote.answered is False for vote in unhelpful)
        print(
            f"{counted(votes, 'vote')} on answers from {name!r}, {helpful} helpful and {len(unhelpful)} not, "
            f"{refusals} of these on refusals"
        )
    _print(find_gaps(logged, unhelpful, open_asker(settings).generation.encoder))


def _print(gaps: Sequence[Gap]) -> None:
    if not gaps:
        print("Nobody went without an answer.")
        return
    print(f"\nrefused  no help  {counted(len(gaps), 'matter')}")
    for gap in gaps:
        print(f"{gap.refused:7}{gap.unhelpful:9}  {gap.typical}")
        more = [f"also asked: {question}" for question in gap.questions if question != gap.typical]
        more += [f"said of it: {comment}" for comment in gap.comments]
        more += [f"quoted from: {', '.join(gap.documents)}"] if gap.documents else []
        for line in more:
            print(f"{'':20}{line}")
