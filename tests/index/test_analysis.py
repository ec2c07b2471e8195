from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.analysis import ANALYZER, STEMMERS, STOP_WORDS, analyze, analyzer, name_of, placed_terms
from index.bm25 import BM25
from tests.index import german
from tests.index.exactness import raw_texts, thorough

languages = st.sampled_from([*STEMMERS, "zh", "ja", "ko", "th", "vi", "xx"])


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("company companies Company", "compani"),
        ("ban bans banned banning", "ban"),
        ("company company's company\u2019s Companies", "compani"),
        ("café cafe Café cafés CAFÉ", "cafe"),
        ("ban-ban ban_ban (ban) \u201cban\u201d", "ban"),
        ("US U.S. U.S.", "us"),
        ("AI A.I.", "ai"),
        ("o'clock o\u2019clock", "oclock"),
    ],
)
def test_forms_of_one_word_are_one_term(words: str, term: str) -> None:
    assert set(analyze(words)) == {term}


def test_us_the_country_is_a_name_and_us_the_pronoun_is_not() -> None:
    assert analyze("US") == analyze("U.S.") == ["us"]
    assert analyze("us") == analyze("Us") == []


def test_names_in_capitals_are_never_stemmed_or_left_out() -> None:
    assert analyze("WHO TIES who ties") == ["who", "ties", "tie"]


def test_abbreviations_join_with_what_follows_as_separate_terms() -> None:
    assert analyze("U.S.-made chips, e.g. in the U.K.") == ["us", "made", "chip", "eg", "uk"]


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_stop_words_are_left_out_however_a_sentence_begins(word: str) -> None:
    assert analyze(word) == analyze(word.capitalize()) == []


def test_what_remains_of_a_question_is_what_it_is_about() -> None:
    assert analyze("What did ZTE's ban cause?") == ["zte", "ban", "caus"]


def test_numbers_are_terms() -> None:
    assert analyze("In 2019, 5G cost $15 billion or 49.10 percent") == [
        "2019", "5g", "cost", "15", "billion", "49", "10", "percent",
    ]  # fmt: skip


def test_terms_come_in_order_with_repetitions() -> None:
    assert analyze("sea, moon; sea") == ["sea", "moon", "sea"]


def test_other_scripts_are_words_too() -> None:
    assert analyze("שלום мир 東京 straße") == ["שלום", "мир", "東京", "straße"]


@pytest.mark.parametrize("text", ["", " \n", "...", "👩\u200d👧", "\u0301", "_", "the of and"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert analyze(text) == []


@pytest.mark.parametrize("language", ["en", "ar", "fr", "xx"])
def test_one_character_that_stands_for_several_words_is_one_term(language: str) -> None:
    assert len(analyzer(language)("\ufdfa")[0].split()) == 1


@given(raw_texts(), raw_texts(), languages)
@thorough
def test_a_text_has_the_terms_of_its_parts(first: str, second: str, language: str) -> None:
    terms = analyzer(language)
    assert terms(f"{first}\n{second}") == terms(first) + terms(second)


@given(st.text() | raw_texts("\ufdfa", "\u309b", "\uff9e", "\u0e33"), languages)
@thorough
def test_every_term_is_fit_for_a_line_of_a_file(text: str, language: str) -> None:
    assert all(term and not any(char.isspace() for char in term) for term in analyzer(language)(text))


@pytest.mark.parametrize("text", ["US's ban", "U.S.'s ban", "US\u2019s ban", "the U.S. ban", "US ban"])
def test_a_name_in_capitals_keeps_its_term_with_a_possessive(text: str) -> None:
    assert analyze(text) == ["us", "ban"]


@pytest.mark.parametrize("language", sorted(STEMMERS))
def test_every_language_has_its_stemmer_and_one_analyser(language: str) -> None:
    terms = analyzer(language)("Pincite 2019 \u0391\u03b8\u03ae\u03bd\u03b1 \u043a\u043d\u0438\u0433\u0438")
    assert len(terms) == 4
    assert analyzer(language) is analyzer(language)


def test_english_is_analyze() -> None:
    assert analyzer("en") is analyze
    assert name_of("en") == ANALYZER


def test_a_name_tells_analyses_apart_and_languages_without_a_stemmer_share_theirs() -> None:
    assert name_of("de") == ANALYZER.replace("english", "german")
    assert len({name_of(code) for code in STEMMERS}) == len(set(STEMMERS.values()))
    assert name_of("zh") == name_of("xx") not in {name_of(code) for code in STEMMERS}


@pytest.mark.parametrize(
    ("language", "words", "term"),
    [
        ("de", "Haus H\u00e4user Hauses HAUS", "haus"),
        ("de", "Stra\u00dfe STRASSE Strassen", "strass"),
        ("de", "M\u00fcller Mueller m\u00fcller", "mull"),
        ("de", "z.B. z.B.", "zb"),
        ("fr", "l'\u00e9t\u00e9 L\u2019\u00c9t\u00e9 d'\u00e9t\u00e9 ete", "ete"),
        ("fr", "cheval chevaux", "cheval"),
        ("it", "dell'acqua l\u2019acqua acqua", "acqua"),
        ("es", "coraz\u00f3n corazon corazones", "corazon"),
        ("tr", "\u0130stanbul'da \u0130stanbul istanbul", "istanbul"),
        ("tr", "ISPARTA \u0131sparta", "\u0131spar"),
        ("ru", "\u043a\u043d\u0438\u0433\u0430 \u041a\u043d\u0438\u0433\u0438", "\u043a\u043d\u0438\u0433"),
        ("el", "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03cc\u03c2", "\u03bf\u03b4"),
        ("ar", "\u0643\u062a\u0627\u0628 \u0627\u0644\u0643\u062a\u0627\u0628", "\u0643\u062a\u0627\u0628"),
    ],
)
def test_forms_of_one_word_of_another_language_are_one_term(language: str, words: str, term: str) -> None:
    assert set(analyzer(language)(words)) == {term}


def test_accents_that_make_another_letter_are_kept() -> None:
    assert analyzer("sv")("f\u00e5r far") == ["f\u00e5r", "far"]
    assert analyzer("vi")("ti\u1ebfng ma m\u00e1") == ["ti\u1ebfng", "ma", "m\u00e1"]


def test_other_languages_have_no_stop_words() -> None:
    assert analyzer("de")("Was ist das") == ["was", "ist", "das"]


def test_marks_that_are_no_letters_stay_in_their_word() -> None:
    assert analyzer("hi")("\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u093f\u0924\u093e\u092c") == [
        "\u0939\u093f\u0928\u094d\u0926", "\u0915\u093f\u0924\u093e\u092c",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "zh", "ja", "xx"])
@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("\u6771", ["\u6771"]),
        ("\u6771\u4eac", ["\u6771\u4eac"]),
        ("\u6771\u4eac\u90fd\u5e81", ["\u6771\u4eac", "\u4eac\u90fd", "\u90fd\u5e81"]),
        ("\u4eca\u5929NASA\u5929\u6c14\u3002\u6211", ["\u4eca\u5929", "nasa", "\u5929\u6c14", "\u6211"]),
        ("\uff76\uff9e\uff97\uff7d", ["\u30ac\u30e9", "\u30e9\u30b9"]),
        ("\ud55c\uad6d\uc5b4 5G", ["\ud55c\uad6d", "\uad6d\uc5b4", "5g"]),
        ("\u0e14\u0e351 2", ["\u0e14\u0e35", "1", "2"]),
    ],
)
def test_scripts_without_spaces_become_pairs_of_neighbours(text: str, terms: list[str], language: str) -> None:
    assert analyzer(language)(text) == terms


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("What did ZTE's bans cause?", "en", [("zte", "ZTE's"), ("ban", "bans"), ("caus", "cause")]),
        ("U.S.-made, \u201ccafés\u201d", "en", [("us", "U.S."), ("made", "made"), ("cafe", "cafés")]),
        ("l'été, l'eau", "fr", [("ete", "l'été"), ("eau", "l'eau")]),
        ("在1962年，我", "zh", [("在", "在"), ("1962", "1962"), ("年", "年"), ("我", "我")]),  # noqa: RUF001
        ("北京大学 x", "zh", [("北京", "北京"), ("京大", "京大"), ("大学", "大学"), ("x", "x")]),
        # Characters that are compared as two, or two as one, stand where they stand.
        (
            "\u0e19\u0e49\u0e33\u0e14\u0e33",
            "th",
            [
                ("\u0e19\u0e49", "\u0e19\u0e49"),
                ("\u0e49\u0e4d", "\u0e49\u0e33"),
                ("\u0e4d\u0e32", "\u0e33"),
                ("\u0e32\u0e14", "\u0e33\u0e14"),
                ("\u0e14\u0e4d", "\u0e14\u0e33"),
                ("\u0e4d\u0e32", "\u0e33"),
            ],
        ),
        ("\uff76\uff9e\uff97\uff7d", "ja", [("\u30ac\u30e9", "\uff76\uff9e\uff97"), ("\u30e9\u30b9", "\uff97\uff7d")]),
    ],
)
def test_terms_come_with_the_words_that_they_stand_for(text: str, language: str, words: list[tuple[str, str]]) -> None:
    terms, starts, ends = placed_terms(language, text)
    found = [(term, text[start:end]) for term, start, end in zip(terms, starts, ends, strict=True)]
    assert found == words


@given(raw_texts("l'été", "北京大学", "\uff76\uff9e\uff97\uff7d", "\u0e19\u0e49\u0e33" * 3, "U.S.", "ZTE's"), languages)
@thorough
def test_places_are_in_the_text_in_order_and_say_which_words_the_terms_are_of(text: str, language: str) -> None:
    terms, starts, ends = placed_terms(language, text)
    assert terms == analyzer(language)(text)
    assert len(terms) == len(starts) == len(ends)
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))
    assert ends == sorted(ends)


def test_stemmers_are_never_at_work_in_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    class Watched:
        def stemWord(self, word: str) -> str:  # noqa: N802 - as PyStemmer calls it
            assert analysis._STEMMING.locked()
            return word

    monkeypatch.setattr(analysis, "_stemmer", lambda *_: Watched())
    analysis._term.cache_clear()
    analysis._term_in.cache_clear()
    assert analyze("seas") == analyzer("de")("seas") == ["seas"]
    analysis._term.cache_clear()
    analysis._term_in.cache_clear()


def _found(language: str) -> int:
    """Count the German questions whose paragraph BM25 alone puts first."""
    terms = analyzer(language)
    places = [(subject, place) for subject, texts in german.PARAGRAPHS.items() for place in range(len(texts))]
    texts = [terms(german.PARAGRAPHS[subject][place]) for subject, place in places]
    numbers = {term: number for number, term in enumerate(sorted({term for text in texts for term in text}))}
    postings = BM25.build(texts, numbers)
    found = 0
    for question, subject, place in german.CLOSE:
        scores = postings.scores(numbers[term] for term in terms(question) if term in numbers)
        found += places[int(scores.argmax())] == (subject, place)
    return found


def test_german_stemming_finds_what_exact_words_do_not() -> None:
    assert _found("xx") + 2 <= _found("de")
    assert _found("de") >= 18
