"""``pincite ask``: the answer, then the cited passages with their quotes marked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from index.settings import Settings
from qa.answers import Answer, Hit
from qa.asker import check_k, check_question
from qa.errors import QuestionError
from qa.factory import open_asker
from qa.filters import Filters, parse_date


def filters_of(
    document_ids: Sequence[str], authors: Sequence[str], tags: Sequence[str], first: str | None, last: str | None
) -> Filters:
    """Make filters of the command's options.

    Raises:
        QuestionError: One of them cannot be used.
    """
    days = []
    for option, text in (("--from", first), ("--to", last)):
        try:
            days.append(None if text is None else parse_date(text))
        except ValueError as error:
            raise QuestionError(option, f"{option} is {text!r}; {error}") from None
    return Filters(frozenset(document_ids), frozenset(authors), frozenset(tags), *days)


def run_ask(settings: Settings, question: str, k: int, filters: Filters, as_json: bool) -> None:
    """Ask and print.

    Raises:
        QuestionError: The question or k cannot be used; this is known before anything is loaded.
        IndexUnavailable: There is no index that can answer.
    """
    check_question(question)
    check_k(k)
    answer = open_asker(settings).ask(question, k, filters)
    if as_json:
        # The wire schema lives with the API; importing it costs a tenth of a second, so only --json does.
        from api.schemas import AskResponse

        print(AskResponse.of(answer).model_dump_json(indent=2))
    else:
        _print(answer)


def _print(answer: Answer) -> None:
    console = Console(highlight=False)
    if answer.answerable:
        text = Text()
        for citation in answer.citations:
            text.append(citation.cited_text, style="bold").append(f" [{citation.id}] ", style="cyan")
        console.print(text)
        console.print(Text(f"confidence {answer.confidence:.2f}", style="dim"))
    elif not answer.hits:
        console.print(Text("There is no document to search: none matches, or the collection is empty.", style="bold"))
    else:
        console.print(Text("The documents do not seem to answer this.", style="bold"))
        console.print(Text(f"confidence {answer.confidence:.2f}; the nearest passages:", style="dim"))
    cited = {citation.passage_id for citation in answer.citations}
    for hit in answer.hits:
        if hit.passage.id in cited or not cited:
            console.print()
            console.print(Text(_place(hit), style="cyan"))
            console.print(_marked(answer, hit))
            for duplicate in hit.duplicates:
                console.print(Text(f"also in {_place(duplicate)}", style="dim"))


def _place(hit: Hit) -> str:
    passage = hit.passage
    page = f", page {passage.page}" if passage.page is not None else ""
    return f"{' > '.join((hit.document_title, *passage.headings))}{page} [{passage.start}:{passage.end}]"


def _marked(answer: Answer, hit: Hit) -> Text:
    """Return a passage's text with its quotes marked and numbered."""
    text = Text()
    position = hit.passage.start
    quotes = [citation for citation in answer.citations if citation.passage_id == hit.passage.id]
    for quote in sorted(quotes, key=lambda quote: quote.start):
        text.append(hit.passage.text[position - hit.passage.start : quote.start - hit.passage.start])
        text.append(quote.cited_text, style="black on yellow").append(f" [{quote.id}]", style="cyan")
        position = quote.end
    return text.append(hit.passage.text[position - hit.passage.start :])
