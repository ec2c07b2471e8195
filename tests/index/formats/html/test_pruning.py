from __future__ import annotations

import pytest

from tests.index.formats.html.pages import AROUND, HEAD, texts


def test_questions_in_buttons_and_folded_answers_are_kept() -> None:
    page = "<h1>FAQ</h1>" + "".join(
        f'<div class="item"><h3><button>{question}</button></h3><div><p>{answer}</p></div></div>'
        for question, answer in (("How long?", "Three days."), ("How much?", "Five francs."))
    )
    page += "<details><summary>A warranty?</summary><p>Two years.</p></details><button>Send</button>"
    expected = ["FAQ", "How long?", "Three days.", "How much?", "Five francs.", "A warranty?", "Two years."]
    assert texts(HEAD + AROUND % page) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
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
        ("<noscript>Enable it</noscript><svg><text>drawn</text></svg><select><option>o</select><p>x</p>", ["x"]),
        ("<ruby>漢<rt>kan</rt></ruby>", ["漢"]),
        ("<p><math><mi>x</mi><annotation>x^{2}</annotation></math></p>", ["x"]),
    ],
)  # fmt: skip
def test_what_its_reader_does_not_see_and_what_only_leads_elsewhere_is_cut_off(body: str, expected: list[str]) -> None:
    assert texts(HEAD + body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a claim<sup>1</sup>, another<sup>12</sup>", "a claim, another"),
        ("two<sup>1</sup><sup>2</sup> or three<sup>1, 3&ndash;14</sup>", "two or three"),
        ("the ship's<sup>3</sup> end.<sup>4</sup> “Quoted.”<sup>5</sup>", "the ship's end. “Quoted.”"),
        ("<b>bold</b><sup>1</sup> <b>слово</b><sup><i>2</i></sup>", "bold слово"),
    ],
)
def test_a_raised_number_behind_a_word_is_the_mark_of_a_note(body: str, expected: str) -> None:
    assert texts(f"{HEAD}<p>{body}") == [expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("10<sup>6</sup> m<sup>2</sup>, 5 km<sup>2</sup>, 3 ft<sup>3</sup>", "10^6 m^2, 5 km^2, 3 ft^3"),
        ("x<sup>2</sup>, (a + b)<sup>2</sup>, 8 miles<sup>2</sup>", "x^2, (a + b)^2, 8 miles^2"),
        ("sin<sup>2</sup>, v<sub>max</sub><sup>2</sup>, <var>rate</var><sup>3</sup>", "sin^2, vmax^2, rate^3"),
        ("mole<sup>-1</sup>, word<sup>365</sup>, year<sup>th</sup>", "mole^-1, word^365, yearth"),
    ],
)
def test_any_other_raised_number_is_an_exponent(body: str, expected: str) -> None:
    assert texts(f"{HEAD}<p>{body}") == [expected]


def test_a_number_raised_at_the_start_or_behind_a_space_stays() -> None:
    assert texts(f"{HEAD}<p><sup>1</sup> A note.</p><p>word <sup>2</sup></p>") == ["1 A note.", "word 2"]
