"""The command ``pincite``: which commands there are, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from index.errors import PinciteError, SettingsError
from pincite.evaluating import CollectionOption
from pincite.evaluating import app as eval_app
from pincite.keys import app as keys_app
from pincite.settings import settings_for
from qa.errors import QuestionError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_SKIPPED = 3
EXIT_INTERRUPTED = 130

_EXTRAS = {
    "dateutil": "index",
    "ir_measures": "eval",
    "markdown_it": "index",
    "sentencex": "index",
    "watchfiles": "index",
    "onnx": "index",
    "yaml": "index",
}
"""Which extra brings a module that the serving installation does without."""

app = typer.Typer(
    name="pincite",
    help="Answers questions over your own documents with pinpoint citations.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 indexed, but some files were skipped. "
    "Settings: PINCITE_* variables, or the file that PINCITE_CONFIG names (default: pincite.toml).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(eval_app, name="eval")
app.add_typer(keys_app, name="keys")


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """Answers questions over your own documents with pinpoint citations."""
    if version:
        from index.version import VERSION

        print(f"pincite {VERSION}")
        raise typer.Exit


@app.command()
def index(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Files and folders of text, Markdown, HTML, PDF, DOCX and JSONL."),
    ],
    collection: CollectionOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the passages as they would be cut, and change nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Then follow the folders, and index what changes, until Ctrl-C.")
    ] = False,
) -> None:
    """Make a collection hold what the paths hold: new files are added, changed ones replaced, vanished ones removed.

    Questions are answered from the old index until the new one is complete. A Markdown file whose front matter says
    `index: false` is left out. Exit code 3 means that some files were skipped; each is listed with the reason.
    """
    settings = settings_for(collection)
    if watch:
        from pincite.following import run_watch

        if dry_run:
            raise typer.BadParameter("--watch indexes what changes, and --dry-run changes nothing; leave one out")
        run_watch(settings, paths)

    from pincite.indexing import run_dry, run_index

    if run_dry(settings, paths) if dry_run else run_index(settings, paths):
        raise typer.Exit(EXIT_SKIPPED)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in quotes.")],
    *,
    collection: CollectionOption = None,
    k: Annotated[int, typer.Option("--k", "-k", help="How many passages to show.")] = 3,
    document: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Search only this document; may be repeated.")
    ] = None,
    author: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Search only documents by this author; may be repeated.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Search only documents with this tag; may be repeated.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Only what was published on YYYY-MM-DD or later.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Only what was published on YYYY-MM-DD or earlier.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell of each passage why it stands where it does.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as POST /v1/ask would return it.")] = False,
) -> None:
    """Answer QUESTION with quotes, each of its parts by itself, then show the cited passages with each quote marked."""
    from pincite.asking import filters_of, run_ask

    filters = filters_of(document or [], author or [], tag or [], first, last)
    run_ask(settings_for(collection), question, k, filters, explained=explain, as_json=json)


@app.command()
def tune(
    path: Annotated[Path, typer.Argument(metavar="SET", help="Question set, as docs/evals.md describes it.")] = Path(
        "eval/sets/seeds.yaml"
    ),
    *,
    collection: CollectionOption = None,
    reset: Annotated[bool, typer.Option("--reset", help="Take back what was tuned before.")] = False,
) -> None:
    """Find the dense weight that suits a collection, and keep it if it is better beyond chance on questions held out.

    Exit code 1 means that nothing better was found, and nothing changed. A weight that the settings state goes first.
    """
    from pincite.tuning import run_reset, run_tune

    settings = settings_for(collection)
    if reset:
        run_reset(settings)
    elif not run_tune(settings, path):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; PINCITE_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; PINCITE_PORT or 8000. 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; PINCITE_WORKERS or 1.")] = None,
    *,
    to_all: Annotated[
        bool, typer.Option("--open", help="Serve beyond this machine without any key: whoever reaches it may read.")
    ] = False,
) -> None:
    """Serve the HTTP API until Ctrl-C: POST /v1/ask, /v1/documents, /docs and more."""
    # Processes are what uses the cores; NumPy's threads would wait for one another over products of a few rows.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pincite.serving import run_serve

    run_serve(settings_for(host=host, port=port, workers=workers, open=to_all or None))


@app.command()
def status(collection: CollectionOption = None) -> None:
    """Show the settings in force, and whether each collection can answer.

    With --collection, only that one; exit code 1 when one that is shown cannot answer.
    """
    from pincite.status import run_status

    if not run_status(settings_for(collection), only=collection):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def documents(collection: CollectionOption = None) -> None:
    """List the documents of a collection: id, passages, title, file."""
    from pincite.lifecycle import run_documents

    run_documents(settings_for(collection))


@app.command()
def delete(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its id, as `pincite documents` lists it.")],
    *,
    collection: CollectionOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove all earlier generations, too: none of its text is left.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Take a document out of a collection, at once, and print a receipt of what was removed.

    Its file is never touched, and earlier generations hold its text until they are pruned.
    """
    from pincite.lifecycle import run_delete

    run_delete(settings_for(collection), document, prune_too=prune, as_json=json)


@app.command()
def drop(collection: Annotated[str, typer.Argument(metavar="COLLECTION", help="Its name.")]) -> None:
    """Delete a collection with all its generations, and what was said of its answers, at once and for good."""
    from pincite.lifecycle import run_drop

    run_drop(settings_for(collection))


@app.command()
def generations(collection: CollectionOption = None) -> None:
    """List the generations that a collection keeps, newest first; a star marks the one that answers."""
    from pincite.lifecycle import run_generations

    run_generations(settings_for(collection))


@app.command()
def rollback(
    generation: Annotated[
        str | None, typer.Argument(metavar="[GENERATION]", help="Its name; the one before the current if left out.")
    ] = None,
    collection: CollectionOption = None,
) -> None:
    """Answer from an earlier generation again; it is checked first, and the step can be undone."""
    from pincite.lifecycle import run_rollback

    run_rollback(settings_for(collection), generation)


@app.command()
def prune(
    collection: CollectionOption = None,
    keep: Annotated[int, typer.Option(min=1, help="How many generations stay, the current one included.")] = 1,
) -> None:
    """Remove earlier generations for good."""
    from pincite.lifecycle import run_prune

    run_prune(settings_for(collection), keep)


def main() -> None:
    """Run the command line; an error that a user can meet becomes one message and an exit code, never a traceback."""
    try:
        app()
    except (QuestionError, SettingsError) as error:
        print(f"pincite: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
    except PinciteError as error:
        print(f"pincite: {error}", file=sys.stderr)
        sys.exit(EXIT_FAILED)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "")
        if extra is None:
            raise
        print(f"pincite: this command needs {error.name}. Run: pip install 'pincite[{extra}]'", file=sys.stderr)
        sys.exit(EXIT_FAILED)
    except SystemExit as ended:
        if ended.code == EXIT_INTERRUPTED:  # what Typer makes of Ctrl-C, without a word
            print("pincite: interrupted; every collection is as it was before, or as it was to be", file=sys.stderr)
        raise
    except BrokenPipeError:
        # The reader went away (as `| head` does): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
