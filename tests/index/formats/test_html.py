from __future__ import annotations

import time

import pytest

from index.blocks import Block, Unreadable, assemble
from index.formats.html import parse

STORY = "The harbour authority confirmed on Tuesday that dredging of the northern channel will resume in spring."
STORM = "Storms kept both dredgers in port for thirty-one days, the longest pause since records began in 1952."
HEAD = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>T</title><style>p{}</style></head><body>'
AROUND = (
    '<header><a href="/">Gazette</a><nav><ul><li><a href="/n">News</a></li></ul></nav></header>'
    '<div id="cookie-banner"><p>We use cookies to improve your visit.</p><button>OK</button></div>'
    "%s<aside><h3>Most read</h3><ul><li><a href='/1'>Ferry strike called off</a></li></ul></aside>"
    '<section id="comments" class="comments"><h3>1 comment</h3><p>The channel is a disgrace.</p></section>'
    '<div class="newsletter"><form><p>Subscribe to our letter.</p><input type="email"></form></div>'
    '<div class="related-posts"><h3>Related</h3><ul><li><a href="/r">Tides explained</a></li></ul></div>'
    "<script>track('everything')</script><footer><p>Copyright 2024 Gazette</p></footer></body></html>"
)


def blocks(page: str) -> list[Block]:
    (parsed,) = parse(page.encode())
    return list(parsed.blocks)


def texts(page: str) -> list[str]:
    return [block.text for block in blocks(page)]


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(data)
    return str(caught.value)


@pytest.mark.parametrize("container", ["<main><article>%s</article></main>", "<div class='c1'><div>%s</div></div>"])
def test_of_an_article_page_the_article_is_kept_and_nothing_else(container: str) -> None:
    article = (
        f"<h1>Dredging</h1><p>{STORY}</p><h2>Delays</h2><p>{STORM}</p>"
        "<blockquote><p>We saw the sandbar.</p></blockquote>"
        "<ul><li>Depth: 9.1 metres</li><li>Planned: 11.5 metres</li></ul>"
        "<table><tr><th>Year</th><th>Ships</th></tr><tr><td>2022</td><td>1,204</td></tr></table><p>Short end.</p>"
        '<figure><img src="a.jpg" alt="unseen words"><figcaption>The dredger Volans.</figcaption></figure>'
    )
    assert blocks(HEAD + AROUND % (container % article)) == [
        Block("Dredging", 1),
        Block(STORY),
        Block("Delays", 2),
        Block(STORM),
        Block("We saw the sandbar."),
        Block("Depth: 9.1 metres\nPlanned: 11.5 metres", kind="list"),
        Block("Year | Ships\n2022 | 1,204", kind="table"),
        Block("Short end."),
        Block("The dredger Volans."),
    ]


def test_a_very_short_page_is_kept_whole() -> None:
    page = HEAD + "<header><a href='/'>Shop</a></header><h1>Hours</h1><p>Open 9 to 5.</p><footer>Imprint</footer>"
    assert blocks(page) == [Block("Hours", 1), Block("Open 9 to 5.")]


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


def test_questions_in_buttons_and_folded_answers_are_kept() -> None:
    page = "<h1>FAQ</h1>" + "".join(
        f'<div class="item"><h3><button>{question}</button></h3><div><p>{answer}</p></div></div>'
        for question, answer in (("How long?", "Three days."), ("How much?", "Five francs."))
    )
    page += "<details><summary>A warranty?</summary><p>Two years.</p></details><button>Send</button>"
    expected = ["FAQ", "How long?", "Three days.", "How much?", "Five francs.", "A warranty?", "Two years."]
    assert texts(HEAD + AROUND % page) == expected


def test_a_page_that_the_extractor_misjudges_is_read_plainly() -> None:
    paragraphs = "".join(f'<div class="comment"><p>Reply {number}. {STORY}</p></div>' for number in range(9))
    page = f"<header>Gazette</header><nav>News</nav><p>A thread.</p><div class='comments'>{paragraphs}</div>"
    found = texts(HEAD + page + "<aside>Most read</aside><footer>Imprint</footer>")
    assert found == ["A thread.", *(f"Reply {number}. {STORY}" for number in range(9))]


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
        ("<h2>one<br>two <span class='mw-editsection'>[<a href='/e'>edit</a>]</span></h2><p>x</p>", ["one two", "x"]),
        ("<p>x <span>[<a href='/e'>edit</a>]</span> but [edit] the file</p>", ["x but [edit] the file"]),
        ("<p>10<sup>6</sup>, <i>m</i><sup>2</sup>, 1<sup>st</sup>, H<sub>2</sub>O, s<sup>&minus;1</sup></p>",
         ["10^6, m^2, 1st, H2O, s^\u22121"]),
        ("<p>claim<sup><a href='#n1'>1</a></sup>, other<sup>[2]</sup>, third<a role='doc-noteref' href='#n'>3</a></p>",
         ["claim, other, third"]),
        ("<p>see <a href='#part'>part 2</a><a href='#part'>#</a></p>", ["see part 2"]),
        ("<p>seen</p><p hidden>a</p><p style='color:red; DISPLAY : none'>b</p><p>c <i aria-hidden='true'>d</i></p>",
         ["seen", "c"]),
        ("<p hidden='until-found'>found</p><p style='display:block'>shown</p>", ["found", "shown"]),
        ("<pre>a &lt;b&gt;\n\n    c<br>d<div>e</div><div>f</div></pre>", ["a <b>\n\n    c\nd\ne\nf"]),
        ("<table><caption>Ships</caption><thead><tr><th>A<th>B</thead><tr><td>1<br>2<td><pre>x\ny</pre></table>",
         ["Ships", "A | B\n1 2 | x y"]),
        ("<table><tr><td>Menu<td><h1>Title</h1><p>One.<p>Two.</table>", ["Menu", "Title", "One.", "Two."]),
        ("<table><tr><td>One.</td></tr><tr><td>Two.</td></tr></table>", ["One.", "Two."]),
        ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", ["a | b", "c"]),
        ("<ul><li>a<table><tr><td>1<td>2</table>b<li>c</ul>", ["a", "1 | 2", "b\nc"]),
        ("<ul><li><h3>Card</h3><p>words</p></ul>", ["Card", "words"]),
        ("<h1><div>a</div><div>b</div></h1><p>c</p>", ["a b", "c"]),
        ("<noscript>Enable it</noscript><svg><text>drawn</text></svg><select><option>o</select><p>x</p>", ["x"]),
        ("<ruby>漢<rt>kan</rt></ruby>", ["漢"]),
        ("<p><math><mi>x</mi><annotation>x^{2}</annotation></math></p>", ["x"]),
        ("<p>unclosed <b>bold <i>both</b> after</i><p>next</div></p>", ["unclosed bold both after", "next"]),
        ("<blockquote>q<footer>who</footer></blockquote>", ["q", "who"]),
    ],
)  # fmt: skip
def test_a_page_leaves_the_words_that_its_reader_sees(body: str, expected: list[str]) -> None:
    assert texts(HEAD + body) == expected


def test_headings_of_all_levels_keep_them() -> None:
    page = "".join(f"<h{level}>Level {level}</h{level}>" for level in range(1, 7)) + "<h7>no heading</h7>"
    assert [block.level for block in blocks(HEAD + page)] == [1, 2, 3, 4, 5, 6, 0]


@pytest.mark.parametrize("wrapper", ["<form id=aspnet><input>%s</form>", "<div aria-hidden=true>%s</div>",
                                     "<body class='cookie-notice'>%s", "<div role=dialog>%s</div>"])  # fmt: skip
def test_what_holds_the_whole_page_is_not_taken_for_a_form_or_a_banner(wrapper: str) -> None:
    assert texts("<html>" + wrapper % f"<h1>Title</h1><p>{STORY}</p>") == ["Title", STORY]


def test_a_form_around_much_text_is_a_page() -> None:
    assert texts(f"<form>{f'<p>{STORY}</p>' * 40}</form>") == [STORY] * 40


def metadata(head: str, body: str = "<p>x</p>") -> dict[str, object]:
    (parsed,) = parse(f"<html><head>{head}</head><body>{body}</body></html>".encode())
    return parsed.metadata


def test_metadata_comes_from_meta_and_link_elements() -> None:
    head = (
        '<title>T</title><meta property="og:title" content="On  tides"><meta name="Author" content="Ada">'
        '<meta name="author" content="Bo"><meta property="article:published_time" content="2021-07-29T23:30:00+02:00">'
        '<link rel="canonical" href="https://example.org/tides"><meta name="keywords" content="sea, Moon,, sea">'
        '<meta property="article:tag" content="moon"><meta property="article:tag" content="depth, water">'
    )
    assert metadata(head) == {
        "title": "On tides",
        "author": "Ada, Bo",
        "published": "2021-07-29",
        "url": "https://example.org/tides",
        "tags": ["sea", "Moon", "depth, water"],
    }


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Tides - The Gazette</title>", "<h1>Tides</h1><p>x</p>", "Tides"),
        ("<title>Tides | Gazette</title>", "<h1>Of the moon</h1><p>x</p>", "Tides | Gazette"),
        ("<title>Tides — Gazette</title><meta property='og:site_name' content='Gazette'>", "<p>x</p>", "Tides"),
        ("<title>Tides-and-floods</title>", "<h1>Tides and more</h1><p>x</p>", "Tides-and-floods"),
        ("<title>Tidesman: a life</title>", "<h1>Tides</h1><p>x</p>", "Tidesman: a life"),
        ("<title>Python 3</title>", "<h1>Python</h1><p>x</p>", "Python 3"),
        ("<title> </title>", "<h1>Of <b>tides</b></h1><p>x</p>", "Of tides"),
        ("", "<svg><title>icon</title></svg><p>x</p>", None),
    ],
)
def test_the_title_loses_the_name_of_the_site_only_where_something_tells(
    head: str, body: str, title: str | None
) -> None:
    assert metadata(head, body).get("title") == title


@pytest.mark.parametrize(
    ("data", "author", "published"),
    [
        ('{"@type": "Article", "author": {"name": "Ada"}, "datePublished": "2021-07-29"}', "Ada", "2021-07-29"),
        ('{"@graph": [{"@type": "X"}, {"author": [{"name": "Ada"}, "Bo"]}]}', "Ada, Bo", None),
        ('[1, {"author": 5, "datePublished": 2021}, {"datePublished": "2021-07-29T10:00Z"}]', None, "2021-07-29"),
        ('{"author": "Ada"', None, None),
        ('{"author": "https://example.org/ada", "datePublished": "2021-02-31"}', None, None),
        ("[" * 100_000, None, None),
    ],
)
def test_metadata_comes_from_linked_data_that_can_be_read(data: str, author: str | None, published: str | None) -> None:
    found = metadata(f'<script type="application/ld+json">{data}</script>')
    assert (found.get("author"), found.get("published")) == (author, published)


def test_a_date_that_is_none_makes_way_for_the_next() -> None:
    head = '<meta name="date" content="yesterday"><meta name="dc.date" content="2021-13-01">'
    assert metadata(head, "<p>x <time>May</time> <time datetime='2020-05-03 10:00'>3 May</time></p>") == {
        "published": "2020-05-03"
    }


@pytest.mark.parametrize(
    "address", ["/tides", "javascript:alert(1)", "file:///etc/passwd", "http://[", "//example.org", ""]
)
def test_only_web_addresses_are_urls(address: str) -> None:
    head = f'<link rel="canonical" href="{address}"><meta property="og:url" content="http://example.org/og">'
    assert metadata(head)["url"] == "http://example.org/og"


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff<p>Zürich €</p>".encode(),
        "<meta charset=iso-8859-1><p>Zürich €</p>".encode("utf-16"),
        "<meta charset='windows-1252'><p>Zürich €</p>".encode("windows-1252"),
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1"><p>Zürich €</p>'.encode(
            "windows-1252"
        ),
        '<?xml version="1.0" encoding="iso-8859-15"?><html><p>Zürich €</p>'.encode("iso-8859-15"),
        '<meta charset="latin1"><p>Zürich €</p>'.encode(),
        '<meta charset="hex"><p>Zürich €</p>'.encode(),
        '<meta charset="unicode_escape"><p>Zürich €</p>'.encode(),
        "<p>Zürich €</p>".encode(),
        '<meta charset="utf-16"><p>Zürich €</p>'.encode(),
    ],
)
def test_text_is_read_in_the_encoding_that_the_page_states(data: bytes) -> None:
    assert [block.text for block in parse(data)[0].blocks] == ["Zürich €"]


@pytest.mark.parametrize("data", [b"<p>Z\xfcrich</p>", b"<meta charset=utf-8><p>Z\xfcrich</p>",
                                  b"<meta charset=shift_jis><p>\x81\xff\xff</p>"])  # fmt: skip
def test_text_in_another_encoding_is_refused_not_guessed(data: bytes) -> None:
    assert refusal(data).endswith("text that it should be; save it as UTF-8")


def test_empty_elements_of_xhtml_do_not_swallow_the_page() -> None:
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
    assert texts(page + "<body><h2/><div/><p>One.<br/>Two.</p></body></html>") == ["One. Two."]


def test_pages_without_text_are_refused_with_the_reason() -> None:
    assert refusal(b"") == refusal(b" \n") == refusal(b"<html><body><p> </p></body></html>") == "it holds no text"
    assert refusal(b"just words, 1 < 2") == refusal(b'{"a": "<b>"}') == "it is not HTML (it has no tags of a page)"
    assert refusal(b"<html>\0").startswith("it is not an HTML file")
    scripted = b"<html><body><div id=root></div><noscript>Enable it.</noscript><script>run()</script></body></html>"
    assert refusal(scripted).startswith("it holds no text (only scripts")
    assert refusal(b"<frameset><frame src=a></frameset><html>") == "it holds no text"


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "sup", "blockquote"])
def test_deep_nesting_is_read_or_refused_in_little_time(tag: str) -> None:
    started = time.monotonic()
    assert refusal(f"<p>before</p>{f'<{tag}>' * 20_000}<p>deep</p>".encode()).startswith("its elements are nested too")
    assert "deep" in assemble(blocks(f"<p>before</p>{f'<{tag}>' * 500}<p>deep</p>")).text
    assert time.monotonic() - started < 5


def test_huge_attributes_and_flat_pages_are_read() -> None:
    assert texts(f"<p class='{'x' * 11_000_000}' style='{';' * 100_000}'>x</p>") == ["x"]
    assert len(blocks("<div>x</div>" * 20_000)) == 20_000


def test_lists_of_words_are_kept_and_lists_of_links_are_not() -> None:
    page = f"<h1>Tides</h1><p>{STORY}</p><ul class='x'><li>spring</li><li>neap, <a href='/n'>see</a></li></ul>"
    menu = "<ul><li><a href='/1'>Home</a></li><li><a href='/2'>About us</a></li></ul>"
    assert texts(page + menu) == ["Tides", STORY, "spring\nneap, see"]


def test_a_header_is_read_where_it_is_the_document_s_own() -> None:
    title = "<header><h1>Tides</h1><p>By Ada</p></header>"
    assert texts(f"{title}<p>{STORY}</p>")[0] == "Tides"
    assert texts(f"<header><h1>Gazette</h1><nav>News</nav></header><main>{title}<p>{STORY}</p></main>")[0] == "Tides"


def test_a_banner_about_cookies_is_left_out_of_a_plain_reading_too() -> None:
    banner = f"<div class='cookie-consent'><p>We use cookies. {STORY}</p></div>"
    assert texts(f"{banner}<div class='comments'><p>{STORM}</p></div>") == [STORM]


def test_marks_of_our_own_in_a_page_do_no_harm() -> None:
    assert texts("<p>\U0010fffc1\U0010fffda</p><p>b \U0010fffc99999999999\U0010fffd</p>")[1].startswith("b")
