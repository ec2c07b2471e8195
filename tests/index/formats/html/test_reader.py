from __future__ import annotations

import pytest
from hypothesis import given

from index.blocks import Block
from index.formats.html import parse
from tests.index.exactness import assert_exact, raw_texts, thorough
from tests.index.formats.html.pages import HEAD, STORM, STORY, blocks, texts

_TAGS = [
    "<p>", "</p>", "<div>", "</div>", "<br>", "<h1>", "<h2>", "</h2>", "<ul><li>", "<li>", "</ul>", "<dl><dt>", "<dd>",
    "<pre>", "</pre>", "<table><tr><td>", "<td>", "<tr><td rowspan=2 colspan=2>", "</table>", "<caption>",
    "<sup>2</sup>", "<b>", "</b>", "<aside>", "</aside>", "<blockquote>", "&amp;", "&shy;", "&#0;", "&#7;", "&#x301;",
    "<!--", "-->",
]  # fmt: skip


def test_an_exported_wiki_page_keeps_tables_code_and_nested_lists() -> None:
    page = (
        '<div id="breadcrumb-section"><ol id="breadcrumbs"><li><a href="i.html">Handbook</a></li></ol></div>'
        '<div id="content" class="view"><div id="main-content" class="wiki-content group"><p>Copied nightly.</p>'
        '<table class="confluenceTable"><tbody><tr><th><p>System</p></th><th><p>Kept</p></th></tr>'
        "<tr><td><p>Mail</p></td><td><ul><li>inbox: 90 days</li><li>rest: 1 year</li></ul></td></tr></tbody></table>"
        '<h3>Restoring</h3><ol><li>Stop it:<div class="code"><pre>if [ -f dump ]; then\n    load\nfi</pre></div></li>'
        "<li>Check sums<ul><li>of tables<ul><li>large first</li></ul></li><li>of blobs</li></ul></li>"
        "<li>Start</li></ol>"
        "<div>Bare text.</div></div></div>"
    )
    assert blocks(HEAD + page) == [
        Block("Copied nightly."),
        Block("System | Kept\nMail | inbox: 90 days rest: 1 year", kind="table"),
        Block("Restoring", 3),
        Block("Stop it:", kind="list"),
        Block("if [ -f dump ]; then\n    load\nfi", kind="code"),
        Block("Check sums\nof tables\nlarge first\nof blobs\nStart", kind="list"),
        Block("Bare text."),
    ]


def test_a_reference_page_keeps_its_signatures_terms_and_code() -> None:
    page = (
        '<div role="navigation"><ul><li>General index</li></ul></div><div role="main"><section>'
        '<h1>config<a class="headerlink" href="#config">¶</a></h1>'
        '<div class="highlight"><table><tr><td class="linenos"><pre>1\n2</pre></td><td><pre><span></span>'
        "<b>def</b> main():\n    <i>return</i> 1\n</pre></td></tr></table></div>"
        '<dl class="py function"><dt>load(<em>path</em>)<a href="#load">#</a></dt><dd><p>Load settings.</p>'
        "<dl><dt>Parameters:</dt><dd><p><strong>path</strong> - a file</p></dd></dl></dd></dl>"
        "<dl><dt>timeout</dt><dd>Seconds; 30.</dd></dl><aside class='admonition note'><p>A note.</p></aside>"
        "</section></div>"
    )
    assert blocks(HEAD + page) == [
        Block("config", 1),
        Block("def main():\n    return 1", kind="code"),
        Block("load(path)"),
        Block("Load settings."),
        Block("Parameters:\npath - a file", kind="list"),
        Block("timeout\nSeconds; 30.", kind="list"),
        Block("A note."),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p><b>bold</b>ly <i>un</i><b>done</b> <a href='/x'>a link</a>.</p>", ["boldly undone a link."]),
        ("<p>sh&shy;y, to<wbr>gether, AT&amp;T &eacute; &#8364;&nbsp;5</p>", ["shy, together, AT&T é € 5"]),
        ("<p>wrapped\n   <!-- c -->  text</p>", ["wrapped text"]),
        ("<div>one<div>two</div>three<p>four</div>five", ["one", "two", "three", "four", "five"]),
        ("<p>one<br>two</p>", ["one two"]),
        ("<p>O rose, thou art sick!<br>The invisible worm<br>That flies in the night</p>",
         ["O rose, thou art sick!\nThe invisible worm\nThat flies in the night"]),
        (f"<p>{STORY}<br>{STORM}<br>End.</p>", [f"{STORY} {STORM} End."]),
        ("<p>one<br><br>two<br />\n<br/>three</p>", ["one", "two", "three"]),
        ("<ul><li>one<br>two<li><p>three</p><p>four</p></ul>", ["one two\nthree\nfour"]),
        ("<pre>a &lt;b&gt;\n\n    c<br>d<div>e</div><div>f</div></pre>", ["a <b>\n\n    c\nd\ne\nf"]),
        ("<ul><li><h3>Card</h3><p>words</p></ul>", ["Card", "words"]),
        ("<h1><div>a</div><div>b</div></h1><p>c</p>", ["a b", "c"]),
        ("<p>unclosed <b>bold <i>both</b> after</i><p>next</div></p>", ["unclosed bold both after", "next"]),
        ("<blockquote>q<footer>who</footer></blockquote>", ["q", "who"]),
    ],
)  # fmt: skip
def test_a_page_leaves_the_words_that_its_reader_sees(body: str, expected: list[str]) -> None:
    assert texts(HEAD + body) == expected


def test_headings_of_all_levels_keep_them() -> None:
    page = "".join(f"<h{level}>Level {level}</h{level}>" for level in range(1, 7)) + "<h7>no heading</h7>"
    assert [block.level for block in blocks(HEAD + page)] == [1, 2, 3, 4, 5, 6, 0]


@thorough
@given(raw_texts(*_TAGS))
def test_whatever_a_page_holds_its_text_can_be_cited_exactly(raw: str) -> None:
    data = f"<p>word {raw}".replace("\0", "").encode(errors="replace")
    (parsed,) = parse(data)
    assert_exact(parsed)


def test_code_in_a_heading_does_not_make_code_of_the_rest() -> None:
    page = f"<h1>Tides<pre>x</pre></h1><p>{STORY}</p><h1><pre><h2>Moon</h2></pre></h1><p>{STORM}</p>"
    assert [block.text for block in blocks(HEAD + page) if block.kind == "prose" and not block.level] == [STORY, STORM]
