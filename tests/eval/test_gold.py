"""Gold quotes to their places and the passages that hold them, in the sample documents."""

from __future__ import annotations

import pytest

from eval.errors import QuestionSetError
from eval.gold import GoldLocator, Located
from eval.sets import Case, Gold
from eval.targets import LocalTarget, TargetDocument
from index.database import Database
from index.documents import Passage
from qa.asker import Asker
from tests.eval.doubles import FakeTarget, place

SPUTNIK, CATCH_UP = "chinas-sputnik-moment", "catch-up-and-surpass"


@pytest.fixture(scope="session")
def database(seeds_asker: Asker) -> Database:
    return seeds_asker.generation.database


@pytest.fixture
def locator(local_target: LocalTarget) -> GoldLocator:
    return GoldLocator(local_target)


def case(*quotes: str, document: str = SPUTNIK) -> Case:
    gold = tuple(Gold(document=document, quote=quote) for quote in quotes)
    return Case(id="one", question="What did ZTE's ban cause?", answers=("collapse",), gold=gold)


def held(located: Located, database: Database) -> list[Passage]:
    """Return the passages that a quote marks, in the order of the document."""
    found = [database.passage(passage_id) for passage_id in located.passages]
    return sorted((passage for passage in found if passage is not None), key=lambda passage: passage.ordinal)


def test_a_quote_is_found_where_it_stands(locator: GoldLocator, database: Database) -> None:
    (located,) = locator.locate(case("its operations collapsed"))
    document = database.document(SPUTNIK)
    assert document is not None
    begin = document.text.index("its operations collapsed")
    (at,) = located.places
    assert (at.document_id, at.start, at.end) == (SPUTNIK, begin, begin + len("its operations collapsed"))
    (passage,) = held(located, database)
    assert passage.text.startswith("ZTE, a Chinese telecommunications company, was one casualty")


def test_a_whole_passage_as_quote_marks_only_itself(locator: GoldLocator, database: Database) -> None:
    first, second, third = database.passages_between(SPUTNIK, 0, 2)
    (located,) = locator.locate(case(second.text))
    assert held(located, database) == [second]
    assert [held(one, database) for one in locator.locate(case(third.text, first.text))] == [[third], [first]]


def test_a_quote_across_two_passages_marks_both(locator: GoldLocator, database: Database) -> None:
    first, second = database.passages_between(SPUTNIK, 0, 1)
    (located,) = locator.locate(case(f"{first.text[-40:]}\n\n{second.text[:40]}"))
    assert len(located.places) == 1
    assert held(located, database) == [first, second]


def test_a_quote_that_begins_in_a_heading_marks_the_passage_below_it(locator: GoldLocator, database: Database) -> None:
    document = database.document(SPUTNIK)
    assert document is not None
    heading = document.headings[0]
    (below,) = [item for item in database.passages_between(SPUTNIK, 0, 99) if item.start == heading.end + len("\n\n")]
    (located,) = locator.locate(case(document.text[heading.start : below.start + 20]))
    assert held(located, database) == [below]


def test_each_quote_of_a_case_is_found_apart_and_in_order(locator: GoldLocator, database: Database) -> None:
    both = Case(
        id="both",
        question="Who is named?",
        answers=("Barry Naughton", "Alvin Toffler"),
        gold=(Gold(document=SPUTNIK, quote="Barry Naughton"), Gold(document=CATCH_UP, quote="Alvin Toffler")),
    )
    assert [located.places[0].document_id for located in locator.locate(both)] == [SPUTNIK, CATCH_UP]


def test_a_case_without_gold_has_no_places(locator: GoldLocator) -> None:
    assert locator.locate(Case(id="no", question="Who wrote Hamlet?", answerable=False)) == []


def test_a_quote_that_occurs_several_times_has_every_place(locator: GoldLocator, database: Database) -> None:
    (located,) = locator.locate(case("Made in China 2025"))
    document = database.document(SPUTNIK)
    assert document is not None
    assert len(located.places) == document.text.count("Made in China 2025") > 3
    assert {document.text[at.start : at.end] for at in located.places} == {"Made in China 2025"}
    assert all("Made in China 2025" in passage.text for passage in held(located, database))
    assert len(located.passages) > 3


def test_a_quote_is_taken_by_the_letter_and_not_as_a_pattern() -> None:
    locator = GoldLocator(FakeTarget())
    (located,) = locator.locate(case("opens at six.", document="harbour"))
    assert located == Located((place(27, 40),), frozenset({"one"}))
    with pytest.raises(QuestionSetError, match="does not occur"):
        locator.locate(case("opens at ...", document="harbour"))


def test_each_document_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    target, fetched = FakeTarget(), []

    def document(document_id: str) -> TargetDocument | None:
        fetched.append(document_id)
        return FakeTarget.document(target, document_id)

    monkeypatch.setattr(target, "document", document)
    locator = GoldLocator(target)
    locator.locate(case("opens", "closes", document="harbour"))
    assert locator.document("elsewhere") is None
    assert locator.document("elsewhere") is None
    assert fetched == ["harbour", "elsewhere"]


def test_an_unknown_document_is_refused_with_those_that_exist(locator: GoldLocator) -> None:
    with pytest.raises(QuestionSetError) as caught:
        locator.locate(case("its operations collapsed", document="sputnik"))
    assert "case one" in str(caught.value)
    assert "'sputnik' (there are: catch-up-and-surpass, chinas-sputnik-moment)" in str(caught.value)


@pytest.mark.parametrize(
    ("quote", "ordinal", "sentence"),
    [
        ("its operations collapsed since the Trump administration banned sales", 16, 0),
        ("Fujian Jinhua, then China's foremost maker of memory chips", 16, 1),
        ("Five-year plans, the earliest of which took effect in 1953", 3, 1),
    ],
)
def test_a_quote_that_is_not_there_is_refused_with_the_nearest_sentence(
    quote: str, ordinal: int, sentence: int, locator: GoldLocator, database: Database
) -> None:
    (passage,) = database.passages_between(SPUTNIK, ordinal, ordinal)
    span = passage.spans[sentence]
    nearest = passage.text[span.start - passage.start : span.end - passage.start]
    with pytest.raises(QuestionSetError) as caught:
        locator.locate(case(quote))
    assert f"case one: the quote {quote!r} does not occur in {SPUTNIK!r}" in str(caught.value)
    assert str(caught.value).endswith(repr(nearest))


def test_a_quote_in_other_letters_is_not_the_quote(locator: GoldLocator) -> None:
    with pytest.raises(QuestionSetError, match="does not occur"):
        locator.locate(case("Its Operations Collapsed"))


def test_a_quote_that_is_only_a_heading_is_refused(locator: GoldLocator) -> None:
    with pytest.raises(QuestionSetError, match="is a heading; quote the text that answers"):
        locator.locate(case("Did Washington overreach?"))
