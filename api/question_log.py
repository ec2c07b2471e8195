"""Keeps what was asked, for whoever wants to know what the documents lack; only where a setting names a file."""

from __future__ import annotations

import datetime
import json
import logging
from pathlib import Path

from qa.answers import Answer

_log = logging.getLogger("pincite.api")


class QuestionLog:
    """Adds a line of JSON for each question to a file.

    Args:
        path: The file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def add(self, answer: Answer) -> None:
        """Add a question. A log that cannot be written is no reason to keep an answer back: it is only reported."""
        if self._path is None:
            return
        line = {
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "collection": answer.collection,
            "generation": answer.generation,
            "question": answer.question,
            "answerable": answer.answerable,
            "confidence": round(answer.confidence, 4),
            "nearest": answer.hits[0].passage.id if answer.hits else None,
        }
        try:
            # Opened for appending and written at once, so that lines of several workers never mix.
            with self._path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            _log.error("the question log %s cannot be written: %s", self._path, error)
