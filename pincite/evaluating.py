"""``pincite eval``: the commands of the eval room."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.part import Part
from pincite.settings import settings_for

if TYPE_CHECKING:
    from eval.gate import Verdict
    from eval.gold import GoldLocator
    from eval.records import Run
    from eval.sets import QuestionSet
    from eval.statistics import Estimate
    from eval.summary import Summary
    from eval.targets import Target

DEFAULT_SET = Path("eval/sets/seeds.yaml")
EXIT_BELOW = 1

app = typer.Typer(help="Measure answers against sets of hand-written questions, and gate changes by them.")

SetArgument = Annotated[Path, typer.Argument(metavar="SET", help="Question set, as docs/evals.md describes it.")]
CollectionOption = Annotated[
    str | None, typer.Option("--collection", "-c", help="Collection name; PINCITE_COLLECTION or 'default' if left out.")
]
UrlOption = Annotated[str | None, typer.Option("--url", help="Ask the service at this address, not this data folder.")]
WithoutOption = Annotated[
    list[Part] | None, typer.Option("--without", help="Turn a part of retrieval off; may be given several times.")
]
RunArgument = Annotated[Path, typer.Argument(help="Run file, as `pincite eval run --out` writes it.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Measure answers against sets of hand-written questions; without a command, as `run` does."""
    if context.invoked_subcommand is None:
        run()


@app.command()
def run(
    path: SetArgument = DEFAULT_SET,
    *,
    collection: CollectionOption = None,
    url: UrlOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the run here (JSON; .run and .qrels for TREC beside it).")
    ] = None,
    without: WithoutOption = None,
    beir: Annotated[Path | None, typer.Option(help="Folder of a BEIR collection, in place of SET.")] = None,
    squad: Annotated[Path | None, typer.Option(help="SQuAD 1.1 or 2.0 file, in place of SET.")] = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="Leave the ranked passages out of --out: fit for a baseline.")
    ] = False,
    groups: Annotated[bool, typer.Option("--groups", help="Print the measures of each tag and document, too.")] = False,
) -> None:
    """Ask every question of a set and print the measures; exit code 1 if one is below the set's floor for it.

    --beir and --squad index the collection's documents first, into a collection of their own.
    """
    from eval.gate import judge
    from eval.run import without_passages, write_run
    from eval.sets import load_set
    from index.files import storage_errors

    if beir is not None or squad is not None:
        done, floors = _run_standard(beir, squad, frozenset(without or [])), {}
    else:
        questions = load_set(path)
        done, floors = _ask_all(questions, collection, url, frozenset(without or [])), questions.floors_by_name()
    if out is not None:
        with storage_errors(out.parent, "the folder"):
            write_run(without_passages(done) if brief else done, out)
    verdict = judge(done, None, floors)
    _print_summary(verdict.summary, misses=beir is None and squad is None)
    for name, estimates in verdict.summary.groups.items() if groups else ():
        print(f"\n{name}")
        _print_estimates(estimates)
    _print_failures(verdict)


@app.command()
def check(path: SetArgument = DEFAULT_SET, collection: CollectionOption = None, url: UrlOption = None) -> None:
    """Check a set's format, and that each gold quote stands in the documents; all faults are listed."""
    from eval.errors import QuestionSetError
    from eval.gold import GoldLocator
    from eval.sets import load_set

    questions = load_set(path)
    faults = []
    with ExitStack() as stack:
        locator = GoldLocator(_target(stack, collection, url))
        for case in questions.cases:
            try:
                locator.locate(case)
            except QuestionSetError as error:
                faults.append(str(error))
    if faults:
        raise QuestionSetError(f"{len(faults)} of {len(questions.cases)} cases are wrong:\n  " + "\n  ".join(faults))
    print(f"{path}: {len(questions.cases)} cases, every gold quote found.")


@app.command()
def compare(base: RunArgument, new: RunArgument) -> None:
    """Compare two runs of one set: each measure with a paired randomisation test, and the questions won and lost."""
    from eval.compare import compare as compare_runs
    from eval.records import read_run

    comparison = compare_runs(read_run(base), read_run(new))
    print(f"{'measure':<16}{'base':>7}{'new':>7}{'change':>8}{'adjusted p':>12}  cases")
    for one in comparison.differences:
        mark = "  LOSS" if one.is_loss else "  gain" if one.is_gain else ""
        change = one.new - one.base
        print(f"{one.measure:<16}{one.base:7.3f}{one.new:7.3f}{change:+8.3f}{one.p_value:12.4f}{one.count:7}{mark}")
    for title, pairs in (("lost", comparison.lost), ("won", comparison.won)):
        print(f"{title}: {len(pairs)}")
        for before, after in pairs:
            print(f"  {before.case}: {before.question}")
            for name, result in (("base", before), ("new", after)):
                text = result.answered.text if result.answered is not None else ""
                print(f"    {name}: {text or '(refused)'}")
    if comparison.unpaired:
        print(f"not scored in both: {', '.join(comparison.unpaired)}")


@app.command()
def gate(
    path: SetArgument = DEFAULT_SET,
    *,
    baseline: Annotated[Path | None, typer.Option(help="Run file that the new run must not be worse than.")] = None,
    collection: CollectionOption = None,
    url: UrlOption = None,
    without: WithoutOption = None,
    out: Annotated[Path, typer.Option(help="Folder for run.json, junit.xml, summary.md and report.html.")] = Path(
        "build/eval"
    ),
) -> None:
    """Run a set and fail, with exit code 1, only on a loss that is more than chance or a floor that is broken.

    Without --baseline only the set's floors count, and that no case failed.
    """
    from eval.gate import judge
    from eval.records import read_run
    from eval.reports.html import html
    from eval.reports.junit import junit
    from eval.reports.markdown import markdown
    from eval.run import write_run
    from eval.sets import load_set
    from index.files import storage_errors, write_atomically

    questions = load_set(path)
    before = read_run(baseline) if baseline is not None else None
    verdict = judge(_ask_all(questions, collection, url, frozenset(without or [])), before, questions.floors_by_name())
    with storage_errors(out, "the folder"):
        write_run(verdict.summary.run, out / "run.json")
        for name, text in (
            ("junit.xml", junit(verdict)),
            ("summary.md", markdown(verdict)),
            ("report.html", html(verdict)),
        ):
            write_atomically(out / name, text.encode())
    _print_summary(verdict.summary)
    print(f"Reports are in {out}: run.json, junit.xml, summary.md, report.html")
    _print_failures(verdict)


def _target(
    stack: ExitStack, collection: str | None, url: str | None, without: frozenset[Part] = frozenset()
) -> Target:
    from eval.targets import HttpTarget, LocalTarget

    if url is not None:
        if without:
            raise typer.BadParameter("a service cannot be asked to do without parts; leave --url or --without out")
        key = settings_for().key
        return stack.enter_context(HttpTarget(url, collection, None if key is None else key.get_secret_value()))
    return LocalTarget.open(settings_for(collection), without)


def _ask_all(questions: QuestionSet, collection: str | None, url: str | None, without: frozenset[Part]) -> Run:
    from eval.run import run_set

    with ExitStack() as stack:
        return run_set(questions, _target(stack, collection, url, without))


def _run_standard(beir: Path | None, squad: Path | None, without: frozenset[Part]) -> Run:
    """Index a standard collection, into a collection named after it, and ask its questions."""
    from eval.standard import collection_name, read_beir, read_squad, run_standard
    from eval.targets import LocalTarget
    from index.build import build_documents
    from index.collection import Collection
    from pincite.indexing import progress_on

    if beir is not None:
        standard = read_beir(beir)
    elif squad is not None:
        standard = read_squad(squad)
    else:
        raise typer.BadParameter("give a folder or a file")
    settings = settings_for(collection_name(standard.name))
    with progress_on() as progress:
        build_documents(
            Collection(settings.data_dir, settings.collection), standard.documents, settings.model, progress
        )
    return run_standard(standard, LocalTarget.open(settings, without))


def _print_summary(summary: Summary, misses: bool = True) -> None:
    from eval.compare import is_good

    counted = ", ".join(f"{count} {status}" for status, count in summary.statuses.items())
    print(f"{summary.run.set_name}: {len(summary.run.results)} cases ({counted})")
    for result in summary.run.results:
        if result.status != "scored":
            print(f"  {result.status} {result.case}: {result.question} ({result.reason})")
        elif misses and not is_good(result) and result.answered is not None:
            state = "answered" if result.answered.answerable else "refused"
            place = f", right passage at {result.first_rank() or 'none'}" if result.answerable else ""
            print(f"  missed {result.case}: {result.question} ({state}, {result.answered.confidence:.2f}{place})")
    _print_estimates(summary.overall)


def _print_estimates(estimates: dict[str, Estimate]) -> None:
    print(f"{'measure':<16}{'value':>7}  {'95% interval':<16}cases")
    for name, one in estimates.items():
        interval = f"{one.low:.3f} to {one.high:.3f}" if one.low is not None else "-"
        print(f"{name:<16}{one.value:7.3f}  {interval:<16}{one.count:5}")


def _print_failures(verdict: Verdict) -> None:
    """Print the failed checks and leave with exit code 1 if there are any."""
    for failed in (check for check in verdict.checks if not check.passed):
        print(f"FAILED {failed.name}: {failed.detail}")
    if not verdict.passed:
        raise typer.Exit(EXIT_BELOW)


@app.command()
def trec(
    qrels: Annotated[Path, typer.Argument(help="Judgements: query, 0, document, relevance.")],
    run: Annotated[Path, typer.Argument(help="Ranking: query, Q0, document, rank, score, tag.")],
) -> None:
    """Measure any system's ranking from TREC files."""
    from eval.trec import measure_trec

    _print_estimates(measure_trec(qrels, run))


@app.command()
def gaps(
    log: Annotated[
        Path | None,
        typer.Argument(metavar="[LOG]", help="Question log of a service; PINCITE_QUESTION_LOG if left out."),
    ] = None,
    collection: CollectionOption = None,
) -> None:
    """Show what people ask that the documents do not answer, or not well; alike questions stand together.

    These are the refused questions of the log, and those whose answers were said not to help (POST /v1/feedback).
    """
    from pincite.gaps import run_gaps

    run_gaps(settings_for(collection), log)


@app.command()
def new(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in quotes.")],
    path: Annotated[Path, typer.Option("--set", help="The set to add the case to; begun if it is not there.")] = Path(
        "questions.yaml"
    ),
    collection: CollectionOption = None,
    url: UrlOption = None,
) -> None:
    """Write a case with help: see the passages nearest to QUESTION, give the quote that answers it.

    The quote is looked for in the documents at once. No quote makes a case that should be refused.
    """
    from eval.gold import GoldLocator
    from eval.new_case import append_case, case_id
    from eval.sets import Case, load_set
    from index.files import storage_errors
    from qa.asker import check_question

    question = check_question(question)
    taken = [case.id for case in load_set(path).cases] if path.exists() else []
    with ExitStack() as stack:
        target = _target(stack, collection, url)
        gold = _take_quotes(question, target, GoldLocator(target))
    answers = _take_list("Accepted answers, in a few words") if gold else []
    tags = _take_list("Tags, or nothing")
    case = Case.model_validate(
        {
            "id": case_id(question, taken),
            "question": question,
            "answerable": bool(gold),
            "answers": answers,
            "gold": gold,
            "tags": tags,
        }
    )
    with storage_errors(path.parent, "the folder"):
        append_case(path, case)
    print(f"Added {case.id} to {path}.")


def _take_list(prompt: str) -> list[str]:
    """Ask for values separated by ``|``."""
    given = typer.prompt(f"{prompt} (separated by |)", default="", show_default=False)
    return [part.strip() for part in given.split("|") if part.strip()]


def _take_quotes(question: str, target: Target, locator: GoldLocator) -> list[dict[str, str]]:
    """Show the nearest passages and ask for quotes from them until there are enough; none means not answered there."""
    from eval.sets import Case

    passages = target.ask(question, 5).passages
    for number, passage in enumerate(passages, start=1):
        document = locator.document(passage.document_id)
        text = document.text[passage.start : passage.end] if document is not None else ""
        print(f"\n[{number}] {passage.document_id}\n{text}")
    print("\nCopy the words that answer the question from a passage above; nothing, if none does or there are no more.")
    quotes: list[dict[str, str]] = []
    while quote := typer.prompt("Quote", default="", show_default=False).strip():
        near = [passage.document_id for passage in passages]
        for document_id in dict.fromkeys([*near, *target.document_ids()]):
            document = locator.document(document_id)
            if document is not None and quote in document.text:
                gold = {"document": document_id, "quote": quote}
                locator.locate(
                    Case.model_validate({"id": "new", "question": question, "answers": ["-"], "gold": [gold]})
                )
                quotes.append(gold)
                break
        else:
            print("These words stand in no document, just so. Try again.")
    return quotes
