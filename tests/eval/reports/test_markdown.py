"""Markdown: read by a parser of GitHub's tables, so that what is proved is what would be shown."""

from __future__ import annotations

import re
from html import unescape

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from eval.compare import Difference
from eval.gate import judge
from eval.reports.markdown import chance, change, escaped, interval, mark, markdown, shortened
from eval.statistics import Estimate
from tests.eval.reports import HOSTILE, a_run, hostile, judged, moved, other, result

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OUR_HTML = re.compile(r"</?(details|summary|sub)>")


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


def parsed(text: str) -> list[Token]:
    tokens = PARSER.parse(text)
    return [*tokens, *inline(tokens)]


def table(text: str, number: int = 0) -> list[list[str]]:
    """Return a table's cells, as text."""
    rows: list[list[str]] = []
    tables = -1
    for token, after in zip(tokens := PARSER.parse(text), tokens[1:], strict=False):
        tables += token.type == "table_open"
        if tables == number and token.type == "tr_open":
            rows.append([])
        if tables == number and token.type in {"th_open", "td_open"}:
            rows[-1].append("".join(child.content for child in after.children or []))
    return rows


def difference(base: float, new: float, p_value: float, measure: str = "F1") -> Difference:
    return Difference(measure, base, new, p_value, 10)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (difference(0.5, 0.4, 0.01), ("\u22120.100", "0.010", "▼ loss")),
        (difference(0.4, 0.5, 0.0001), ("+0.100", "<0.001", "▲ gain")),
        (difference(0.4, 0.5, 0.05), ("+0.100", "0.050", "")),
        (difference(0.4, 0.39999, 1.0), ("0.000", "1.000", "")),
        (difference(0.1, 0.2, 0.01, "ECE"), ("+0.100", "0.010", "▼ loss")),
        (difference(0.2, 0.1, 0.01, "ECE"), ("\u22120.100", "0.010", "▲ gain")),
        (None, ("\u2013", "\u2013", "")),
    ],
)
def test_differences_in_words(one: Difference | None, expected: tuple[str, str, str]) -> None:
    assert (change(one), chance(one), mark(one)) == expected


def test_an_interval_from_zero_is_an_interval() -> None:
    assert interval(Estimate(0.1, 0.0, 0.25, 9)) == "0.000 to 0.250"
    assert interval(Estimate(0.0, None, None, 9)) == "\u2013"


def test_shortened_keeps_to_one_line_and_its_length() -> None:
    assert shortened("a\n b\t c") == "a b c"
    assert shortened("x" * 120) == "x" * 120
    assert len(shortened("x" * 121)) == 120
    assert shortened("x" * 121).endswith("…")


def test_a_passing_run_without_a_baseline() -> None:
    text = markdown(judge(a_run(result("a"), result("b")), None, {"F1": 0.5}))
    assert text.startswith("### ✅ Evaluation passed: all 2 checks hold; there is no baseline to compare with.\n")
    head, *rows = table(text)
    assert head == ["measure", "value", "95% interval", "cases"]
    assert ["F1", "0.500", "\u2013", "2"] in rows
    assert "Lost" not in text
    assert "Failed checks" not in text


def test_a_failing_run_says_why_and_lists_what_failed() -> None:
    text = markdown(judged())
    headline = text.splitlines()[0]
    assert headline.startswith("### ❌ Evaluation failed: 2 of 3 checks do not hold, first every case was asked (")
    shown = "".join(token.content for token in parsed(text) if token.type == "text").replace("\u200b", "")
    assert "floor Success@1: 0.667, floor 0.900" in shown
    assert "5 scored, 1 failed, 1 skipped" in shown


def test_a_comparison_has_its_columns_and_marks_losses() -> None:
    text = markdown(moved(20))
    head, *rows = table(text)
    assert head[4:] == ["baseline", "change", "adjusted p", "more than chance"]
    by_name = {row[0]: row for row in rows}
    assert by_name["Success@1"][4:6] == ["1.000", "\u22121.000"]
    assert by_name["Success@1"][-1] == "▼ loss"
    assert by_name["F1"][-1] == ""
    assert "ECE (less is better)" in by_name


@pytest.mark.parametrize(("count", "shown", "more"), [(3, 3, ""), (20, 20, ""), (25, 20, "- ... and 5 more")])
def test_lists_of_questions_end_after_twenty(count: int, shown: int, more: str) -> None:
    text = markdown(moved(count))
    assert f"**Lost: {count}**" in text
    assert "**Won: none**" in text
    assert text.count("  - before: gold at rank 1: right") == shown
    assert text.count("  - now: gold at rank 2: wrong") == shown
    assert ("... and" in text) == bool(more)
    assert more in text


def test_figures_of_a_group_have_their_interval() -> None:
    text = markdown(judge(a_run(result("a"), result("b", right=False), result("c", answerable=False)), None, {}))
    head, row = table(text, 1)
    assert (head[:3], row[:2]) == (["tag", "cases", "Success@1"], ["who", "3"])
    assert row[2] == "0.500 (0.000 to 1.000)"
    assert row[-1] == "0.000", "one case has no interval"


def test_many_groups_are_cut() -> None:
    text = markdown(judge(a_run(*(result(f"c{n}", documents=(f"doc {n}",)) for n in range(45))), None, {}))
    assert "By document (45)" in text
    assert "... and 5 more" in text
    assert len(table(text, 2)) == 1 + 40


def test_cases_left_out_of_a_comparison_are_told() -> None:
    base = a_run(result("a"), result("b"))
    new = a_run(result("a"), other("b", "failed", "gone"))
    assert "1 is not, so that value and change may be over different cases" in markdown(judge(new, base, {}))


def test_a_run_without_scored_cases() -> None:
    text = markdown(judge(a_run(other("x", "skipped", "no document")), None, {}))
    assert "No case was scored" in text
    assert "0 scored, 0 failed, 1 skipped" in text


def test_hostile_text_makes_no_markup() -> None:
    text = markdown(hostile())
    tokens = parsed(text)
    ours = {"details", "summary", "sub"}
    for token in tokens:
        if token.type in {"html_block", "html_inline"}:
            assert set(re.findall(r"</?([a-z!-]+)", token.content)) <= ours
            assert "<" not in OUR_HTML.sub("", token.content)
    types = {token.type for token in tokens}
    assert not types & {"link_open", "image", "em_open", "s_open", "fence", "code_block", "blockquote_open", "hr"}
    assert sum(token.type == "heading_open" for token in tokens) == 1
    assert sum(token.type == "table_open" for token in tokens) == 3
    assert not any(token.type == "ordered_list_open" for token in tokens)
    assert text.count("<details>") == text.count("</details>") == 2
    for number in range(3):
        rows = table(text, number)
        assert {len(row) for row in rows} == {len(rows[0])}


def test_hostile_text_is_shown_whole() -> None:
    kept = escaped(HOSTILE[0])
    assert PARSER.renderInline(kept) == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert not re.search(r"@\w|#\d|https?://|www\.", unescape(escaped(HOSTILE[7])))
    assert "\u202e" not in escaped(HOSTILE[4])
    assert escaped("1. one") == r"1\. one"
    assert "\u200b" in escaped("@1")
    assert "\u200b" in escaped("someone@example.org")
    assert escaped("Success@1 (level 0.05)") == "Success@1 (level 0.05)"
    assert escaped("snake_case stays, China's too") == "snake_case stays, China's too"


def test_only_measures_are_code() -> None:
    names = {token.content for token in parsed(markdown(hostile())) if token.type == "code_inline"}
    assert names <= {"Success@1", "nDCG@10", "F1", "answered", "refused", "AUROC", "Coverage@5%risk", "Precision",
                     "Recall", "ECE"}  # fmt: skip
