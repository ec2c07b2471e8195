from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import detect, majority, spoken_by
from index.models import DEFAULT_MODEL, resolve_model
from tests.index import german
from tests.index.exactness import thorough


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The museum is closed on Mondays and on public holidays."),
        ("de", "Das Museum ist montags und an Feiertagen geschlossen."),
        ("fr", "Le mus\u00e9e est ferm\u00e9 le lundi et les jours f\u00e9ri\u00e9s."),
        ("es", "El museo est\u00e1 cerrado los lunes y los d\u00edas festivos."),
        ("it", "Il museo \u00e8 chiuso il luned\u00ec e nei giorni festivi."),
        ("pt", "O museu fecha \u00e0s segundas-feiras e nos feriados."),
        ("nl", "Het museum is op maandag en op feestdagen gesloten."),
        ("sv", "Museet \u00e4r st\u00e4ngt p\u00e5 m\u00e5ndagar och helgdagar."),
        ("pl", "Muzeum jest zamkni\u0119te w poniedzia\u0142ki i \u015bwi\u0119ta."),
        ("tr", "M\u00fcze pazartesi g\u00fcnleri ve resmi tatillerde kapal\u0131d\u0131r."),
        ("ru", "Музей закрыт по понедельникам и в праздничные дни."),
        ("zh", "\u535a\u7269\u9986\u661f\u671f\u4e00\u548c\u8282\u5047\u65e5\u4e0d\u5f00\u653e\u3002"),
        ("ja", "\u535a\u7269\u9928\u306f\u6708\u66dc\u65e5\u306b\u4f11\u9928\u3057\u307e\u3059\u3002"),
    ],
)  # fmt: skip
def test_a_sentence_is_enough_to_tell_a_language(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("subject", german.PARAGRAPHS)
def test_german_paragraphs_are_german(subject: str) -> None:
    assert {detect(paragraph) for paragraph in german.PARAGRAPHS[subject]} == {"de"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "ZTE",
        "OK",
        "1234567890" * 9,
        "|a|b|\n" * 30,
        "x = 1\ny = 2",
        "Albert Einstein, Marie Curie",
        "\ud800",
        "nicht \u00fcber",
        "\u3067\u3059\u304b",
    ],
)
def test_what_is_no_prose_is_in_no_language(text: str) -> None:
    assert detect(text) is None


def test_a_variety_counts_as_its_language_and_one_without_a_code_as_none() -> None:
    assert detect("\u6211\u54cb\u4eca\u65e5\u53bb\u5497\u908a\u5ea6\u98df\u5622\u5440") == "zh"
    assert detect("El ghe xe tanta zente che parla veneto e i xe contenti de stare casa soa") is None


@given(st.text())
@thorough
def test_any_text_has_one_language_or_none_and_always_the_same(text: str) -> None:
    found = detect(text)
    assert found == detect(text)
    assert found is None or len(found) == 2


def test_a_collection_is_in_the_language_of_most_of_its_characters() -> None:
    assert majority([("en", 100), ("de", 60), ("de", 60), (None, 900)]) == "de"
    assert majority([("en", 10), ("de", 10)]) == majority([("de", 10), ("en", 10)]) == "de"
    assert majority([]) is majority([(None, 5)]) is None


def test_the_default_model_speaks_english() -> None:
    assert spoken_by(resolve_model(DEFAULT_MODEL).path) == frozenset({"en"})


@pytest.mark.parametrize(
    ("readme", "languages"),
    [
        ("---\nlanguage: en\n---\n# M\n", {"en"}),
        ("---\nlanguage:\n- de\n- no\n- pt-BR\nlicense: mit\n---\n", {"de", "no", "pt"}),
        ("---\nlicense: mit\nlanguage: [EN, fr]\n---", {"en", "fr"}),
        ("---\nlanguage: multilingual\n---\n", None),
        ("---\nlanguage: [multilingual, en]\n---\n", None),
        ("---\nlicense: mit\n---\n", None),
        ("---\nlanguage: []\n---\n", None),
        ("---\nlanguage: {a: b}\n---\n", None),
        ("---\n- language: en\n---\n", None),
        ("---\nlanguage: [en\n---\n", None),
        ("---\nlanguage: en\n", None),
        ("# M\n---\nlanguage: en\n---\n", None),
        ("", None),
    ],
)
def test_a_model_speaks_what_its_readme_says(tmp_path: Path, readme: str, languages: set[str] | None) -> None:
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    assert spoken_by(tmp_path) == (None if languages is None else frozenset(languages))


def test_a_model_without_a_readable_readme_may_speak_anything(tmp_path: Path) -> None:
    assert spoken_by(tmp_path) is None
    (tmp_path / "README.md").write_bytes(b"---\nlanguage: \xff\n---\n")
    assert spoken_by(tmp_path) is None
