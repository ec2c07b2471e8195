"""``pincite eval``: the commands of the eval room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from eval.run import Report
    from eval.sets import QuestionSet

DEFAULT_SET = Path("eval/sets/seeds.yaml")

app = typer.Typer(help="Measure answers against a set of hand-written questions.", no_args_is_help=False)


SetArgument = Annotated[Path, typer.Argument(metavar="SET", help="Question set, as docs/evals.md describes it.")]
CollectionOption = Annotated[
    str | None, typer.Option("--collection", "-c", help="Collection name; PINCITE_COLLECTION or 'default' if left out.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Measure answers against a set of hand-written questions; without a command, as `run` does."""
    if context.invoked_subcommand is None:
        run()


@app.command()
def run(path: SetArgument = DEFAULT_SET, collection: CollectionOption = None) -> None:
    """Ask every question of a set and print the measures; exit code 1 if one is below the set's floor for it."""
    from eval.run import run_set
    from eval.sets import load_set
    from pincite.settings import settings_for
    from qa.factory import open_asker

    questions = load_set(path)
    report = run_set(questions, open_asker(settings_for(collection)))
    _print(questions, report)
    if report.below:
        raise typer.Exit(1)


def _print(questions: QuestionSet, report: Report) -> None:
    answerable = sum(case.answerable for case in questions.cases)
    print(
        f"{questions.name}: {len(questions.cases)} questions, {len(questions.cases) - answerable} of them unanswerable"
    )
    for outcome in report.outcomes:
        if not outcome.right:
            answer = outcome.answer
            state = f"answered, confidence {answer.confidence:.2f}" if answer.answerable else "refused"
            rank = f", right passage at {outcome.rank or 'none of the first ten'}" if outcome.case.answerable else ""
            print(f"  missed {outcome.case.id}: {outcome.case.question} ({state}{rank})")
    print("measure       value  floor")
    floors: dict[str, float] = dict(questions.floors.items())
    for name, value in report.measures.items():
        floor = f"{floors[name]:7.2f}" if name in floors else ""
        print(f"{name:<12}{value:7.3f}{floor}{'  BELOW' if name in report.below else ''}")
