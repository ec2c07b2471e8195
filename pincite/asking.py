"""``pincite ask``: the answer, the cited passages with their quotes marked, and why passages stand where they do."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from index.settings import Settings
from qa.answers import Answer, AnswerPart, Citation, Explanation, Hit
from qa.asker import check_k, check_question
from qa.errors import QuestionError
from qa.factory import open_asker
from qa.filters import Filters, parse_date

_HEADERS = {
    "dense": "dense",
    "lexical": "bm25",
    "coverage": "cov",
    "span_coverage": "span",
    "pairs": "pair",
    "dense_feedback": "dfb",
    "lexical_feedback": "lfb",
    "cross_encoder": "cross",
}
"""What a signal is called above its column; one that is not here has its own name."""
_LEGEND = "cov: terms held; span: in one sentence; pair: adjacent; dfb, lfb: like the best; cross: model's score"


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


def run_ask(settings: Settings, question: str, k: int, filters: Filters, *, explained: bool, as_json: bool) -> None:
    """Ask and print.

    Raises:
        QuestionError: The question or k cannot be used; this is known before anything is loaded.
        IndexUnavailable: There is no index that can answer.
    """
    check_question(question)
    check_k(k)
    answer = open_asker(settings).ask(question, k, filters, explained=explained)
    if as_json:
        # The wire schema lives with the API; importing it costs a tenth of a second, so only --json does.
        from api.schemas.answers import AskResponse

        print(AskResponse.of(answer).model_dump_json(indent=2))
    else:
        _print(answer)


def _print(answer: Answer) -> None:
    console = Console(highlight=False)
    if not answer.hits:
        console.print(Text("There is no document to search: none matches, or the collection is empty.", style="bold"))
        return
    _print_parts(console, answer)
    cited = {citation.passage_id for citation in answer.citations}
    for hit in answer.hits:
        if hit.passage.id in cited or not cited:
            console.print()
            console.print(Text(_place(hit), style="cyan"))
            console.print(_marked(answer, hit))
            for duplicate in hit.duplicates:
                console.print(Text(f"also in {_place(duplicate)}", style="dim"))
    explained = [(rank, hit, hit.explanation) for rank, hit in enumerate(answer.hits, 1) if hit.explanation is not None]
    if explained:
        _print_explanations(console, explained)


def _print_parts(console: Console, answer: Answer) -> None:
    """Print what the documents say to each part; a question of one part needs no heading."""
    citations = {citation.id: citation for citation in answer.citations}
    several = len(answer.parts) > 1
    for part in answer.parts:
        if several:
            console.print(Text(part.question, style="dim"))
        if part.answerable:
            console.print(_quotes(part, citations))
        else:
            asked = "this part" if several else "this"
            console.print(Text(f"The documents do not seem to answer {asked}.", style="bold"))
        nearest = "" if several or part.answerable else "; the nearest passages:"
        console.print(Text(f"confidence {part.confidence:.2f}{nearest}", style="dim"))
        if several and part is not answer.parts[-1]:
            console.print()
    if several and not answer.answerable:
        console.print()
        console.print(Text("The nearest passages:", style="dim"))


def _quotes(part: AnswerPart, citations: dict[str, Citation]) -> Text:
    text = Text()
    for name in part.citations:
        text.append(citations[name].cited_text, style="bold").append(f" [{name}] ", style="cyan")
    return text


def _print_explanations(console: Console, explained: Sequence[tuple[int, Hit, Explanation]]) -> None:
    """Print what each passage's score was made of, then the words that it shares with the question.

    Args:
        console: Where to.
        explained: Rank, passage and explanation, best first.
    """
    names = list(dict.fromkeys(name for _, _, why in explained for name in why.signals))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("#", justify="right")
    table.add_column("document > heading", overflow="fold", style="cyan")
    for header in ("score", *(_HEADERS.get(name, name) for name in names)):
        table.add_column(header, justify="right", no_wrap=True)
    words = Table.grid(padding=(0, 1, 0, 0))
    words.add_column(justify="right", no_wrap=True)
    words.add_column()
    for rank, hit, why in explained:
        numbers = [f"{why.signals[name]:.2f}" if name in why.signals else "-" for name in names]
        table.add_row(str(rank), Text(_title(hit)), f"{hit.score:.2f}", *numbers)
        words.add_row(str(rank), Text(_words_in_common(hit, why)))
        sentence = " ".join(hit.passage.text_of(hit.best_span).split())
        words.add_row("", Text(sentence, style="dim", no_wrap=True, overflow="ellipsis"))
    console.print()
    console.print(table)
    console.print(Text(_LEGEND, style="dim"))
    console.print()
    console.print(Text("words in common with the question, and the nearest sentence", style="bold"))
    console.print(words)


def _words_in_common(hit: Hit, why: Explanation) -> str:
    """Return the words as the passage has them, each term's first, in the order of the text."""
    first = {match.term: match for match in reversed(why.matches)}
    begin = hit.passage.start
    words = [
        hit.passage.text[match.start - begin : match.end - begin]
        for match in sorted(first.values(), key=lambda match: match.start)
    ]
    return ", ".join(words) or "none"


def _title(hit: Hit) -> str:
    return " > ".join((hit.document_title, *hit.passage.headings))


def _place(hit: Hit) -> str:
    passage = hit.passage
    page = f", page {passage.page}" if passage.page is not None else ""
    return f"{_title(hit)}{page} [{passage.start}:{passage.end}]"


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
