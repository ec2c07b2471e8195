from __future__ import annotations

import time

import pytest

from index.blocks import assemble
from index.formats.html import parse
from tests.index.formats.html.pages import blocks, refusal, texts


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


def test_control_characters_are_spaces() -> None:
    assert texts("<h1>a\x0bb</h1><p>c&#7;d<br>\ufffee\x1f</p>") == ["a b", "c d e"]
