from __future__ import annotations

import pytest

from tests.index.formats.html.pages import HEAD, texts


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<table><caption>Ships</caption><thead><tr><th>A<th>B</thead><tr><td>1<br>2<td><pre>x\ny</pre></table>",
         ["Ships", "A | B\n1 2 | x y"]),
        ("<table><tr><td>Menu<td><h1>Title</h1><p>One.<p>Two.</table>", ["Menu", "Title", "One.", "Two."]),
        ("<table><tr><td>One.</td></tr><tr><td>Two.</td></tr></table>", ["One.", "Two."]),
        ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", ["a | b", "c"]),
        ("<ul><li>a<table><tr><td>1<td>2</table>b<li>c</ul>", ["a", "1 | 2", "b\nc"]),
        ("<ul><li>a<table><caption>c</caption><tr><td>1</table>b</ul>", ["a\nc\n1\nb"]),
        ("<table><tr><td>1<td>2</tr><caption><p>Ships</p></caption></table>", ["Ships", "1 | 2"]),
    ],
)  # fmt: skip
def test_tables_of_data_are_rows_and_others_are_read_as_text(body: str, expected: list[str]) -> None:
    assert texts(HEAD + body) == expected


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("<tr><th rowspan=2>Year<th colspan=2>Ships<tr><th>in<th>out<tr><td>2020<td>1<td>2",
         ["Year | Ships", " | in | out", "2020 | 1 | 2"]),
        ("<tr><th colspan=2>Ships<th rowspan=2>Sum<tr><th>in<th>out<tr><td>1<td>2<td>3",
         ["Ships | Sum", "in | out | ", "1 | 2 | 3"]),
        ("<tr><td rowspan=3>a<td>1<tr><td>2<tr><td>3<tr><td>b<td>4", ["a | 1", " | 2", " | 3", "b | 4"]),
        ("<tr><td>a<td rowspan=9 colspan=2>b<td>c<tr><td>d<td>e", ["a | b | c", "d |  | e"]),
        ("<tr><td rowspan=x>a<td rowspan=0>b<td colspan='-1'>c<tr><td>d<td>e<td>f", ["a | b | c", "d | e | f"]),
    ],
)  # fmt: skip
def test_a_cell_that_reaches_down_leaves_empty_cells_below(rows: str, lines: list[str]) -> None:
    assert "\n".join(lines).strip() in texts(f"{HEAD}<table>{rows}</table>")
