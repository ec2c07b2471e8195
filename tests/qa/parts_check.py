"""How well questions are split into parts, over question files: ``python -m tests.qa.parts_check FOLDER...``.

Prints, for the ``queries.jsonl`` of each folder (field "text"): the share of its questions that are split, with a
sample of them to read; and, for two of its questions joined in one of three ways, the share split into just those two.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

from qa.parts import split_question

PAIRS = 2_000
_QUESTION_WORD = re.compile(r"(?:who|whom|whose|what|when|where|which|why|how)\b", re.IGNORECASE)


def join(one: str, other: str, form: str) -> tuple[str, tuple[str, str]]:
    """Return two questions joined as "and", "?" or ";", and the parts to expect."""
    one, other = one.strip().rstrip("?.! "), other.strip().rstrip("?.! ")
    if form == "?":
        return f"{one}? {other}?", (f"{one}?", f"{other}?")
    other = other[0].lower() + other[1:]
    return f"{one}{', and' if form == 'and' else ';'} {other}?", (one, f"{other}?")


def check_joined(questions: Sequence[str], form: str, seed: int = 0) -> tuple[float, list[tuple[str, ...]]]:
    """Return the share of joined pairs that are split as expected, and what the others became."""
    generator = random.Random(seed)  # noqa: S311 - a sample, no secret
    wrong: list[tuple[str, ...]] = []
    for _ in range(PAIRS):
        one, other = generator.sample(questions, 2)
        text, expected = join(one, other, form)
        parts = split_question(text)
        if parts != expected:
            wrong.append(parts)
    return 1 - len(wrong) / PAIRS, wrong


def _report(folder: Path, shown: int) -> None:
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        questions = [str(json.loads(line)["text"]) for line in lines]
    started = time.perf_counter()
    split = [parts for parts in map(split_question, questions) if len(parts) > 1]
    microseconds = (time.perf_counter() - started) / len(questions) * 1e6
    print(
        f"{folder.name}: {len(split)} of {len(questions)} questions split ({len(split) / len(questions):.2%}), ", end=""
    )
    print(f"{microseconds:.0f} µs a question")
    for parts in random.Random(0).sample(split, min(shown, len(split))):  # noqa: S311
        print("   ", " | ".join(parts))
    single = [question for question in questions if len(split_question(question)) == 1]
    asking = [question for question in single if _QUESTION_WORD.match(question)]
    for name, asked in (("all", single), ("question word first", asking)):
        if len(asked) < 100:
            continue
        for form in ("and", "?", ";"):
            share, wrong = check_joined(asked, form)
            print(f"  two joined by {form!r}, {name}: {share:.1%} split in two as they were")
            for parts in wrong[: shown // 2 if name != "all" else 0]:
                print("      not:", " | ".join(parts))


def main() -> None:
    """Read the folders from the command line and print the figures of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--show", type=int, default=10, help="how many questions to print (default: 10)")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        _report(folder, arguments.show)


if __name__ == "__main__":
    main()
