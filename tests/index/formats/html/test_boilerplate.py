from __future__ import annotations

import pytest

from index.blocks import Block
from tests.index.formats.html.pages import AROUND, HEAD, STORM, STORY, blocks, texts


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


def test_a_page_that_the_extractor_misjudges_is_read_plainly() -> None:
    paragraphs = "".join(f'<div class="comment"><p>Reply {number}. {STORY}</p></div>' for number in range(9))
    page = f"<header>Gazette</header><nav>News</nav><p>A thread.</p><div class='comments'>{paragraphs}</div>"
    found = texts(HEAD + page + "<aside>Most read</aside><footer>Imprint</footer>")
    assert found == ["A thread.", *(f"Reply {number}. {STORY}" for number in range(9))]


@pytest.mark.parametrize("wrapper", ["<form id=aspnet><input>%s</form>", "<div aria-hidden=true>%s</div>",
                                     "<body class='cookie-notice'>%s", "<div role=dialog>%s</div>"])  # fmt: skip
def test_what_holds_the_whole_page_is_not_taken_for_a_form_or_a_banner(wrapper: str) -> None:
    assert texts("<html>" + wrapper % f"<h1>Title</h1><p>{STORY}</p>") == ["Title", STORY]


def test_a_form_around_much_text_is_a_page() -> None:
    assert texts(f"<form>{f'<p>{STORY}</p>' * 40}</form>") == [STORY] * 40


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
