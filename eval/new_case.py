"""Adds a case to a question set, so that the file stays as its author wrote it and is valid before it is replaced."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection
from pathlib import Path

import yaml

from eval.errors import QuestionSetError
from eval.sets import Case, load_set
from index.files import write_atomically


def case_id(question: str, taken: Collection[str]) -> str:
    """Make an id out of a question's first words, unlike those that are taken."""
    base = "-".join(re.findall(r"\w+", question.lower())[:6]) or "case"
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _yaml_item(case: Case) -> str:
    """Return a case as an item of a YAML list that is indented by two spaces."""
    values = case.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump([values], sort_keys=False, allow_unicode=True, width=112)
    return "".join(f"  {line}\n" for line in text.splitlines())


def append_case(path: Path, case: Case) -> None:
    """Add a case at the end of a set; a set that is not there yet is begun.

    Raises:
        QuestionSetError: The set is malformed, or would be with the case at its end; it is left as it was.
        OSError: The file cannot be written.
    """
    jsonl = path.suffix == ".jsonl"
    if path.exists():
        load_set(path)
        text = path.read_text(encoding="utf-8")
        text += "" if text.endswith("\n") else "\n"
    else:
        text = "" if jsonl else f"name: {path.stem}\ncases:\n"
    text += (case.model_dump_json(exclude_defaults=True) + "\n") if jsonl else _yaml_item(case)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        try:
            load_set(trial)
        except QuestionSetError as error:
            fault = str(error).replace(str(trial), path.name)
            raise QuestionSetError(
                f"the case cannot be added at the end of {path}, which is left as it was: {fault}"
            ) from error
    write_atomically(path, text.encode())
