"""Gold quotes to the passages that hold them, in the sample documents."""

from __future__ import annotations

import pytest

from eval.errors import QuestionSetError
from eval.gold import relevant_passages
from eval.sets import Case, Gold
from index.database import Database
from index.documents import Passage
from qa.asker import Asker

SPUTNIK = "chinas-sputnik-moment"


@pytest.fixture(scope="session")
def database(seeds_asker: Asker) -> Database:
    return seeds_asker.generation.database


def case(*quotes: str, document: str = SPUTNIK) -> Case:
    gold = tuple(Gold(document=document, quote=quote) for quote in quotes)
    return Case(id="one", question="What did ZTE's ban cause?", answers=("collapse",), gold=gold)


def marked(case: Case, database: Database) -> list[Passage]:
    """Return the passages that a case marks, in the order of the document."""
    qrels = relevant_passages(case, database)
    assert set(qrels.values()) <= {1}
    found = [database.passage(passage_id) for passage_id in qrels]
    return sorted((passage for passage in found if passage is not None), key=lambda passage: passage.ordinal)


def test_a_quote_marks_the_one_passage_that_holds_it(database: Database) -> None:
    (passage,) = marked(case("its operations collapsed"), database)
    assert passage.text.startswith("ZTE, a Chinese telecommunications company, was one casualty")


def test_a_whole_passage_as_quote_marks_only_itself(database: Database) -> None:
    first, second, third = database.passages_between(SPUTNIK, 0, 2)
    assert marked(case(second.text), database) == [second]
    assert marked(case(first.text, third.text), database) == [first, third]


def test_a_quote_across_two_passages_marks_both(database: Database) -> None:
    first, second = database.passages_between(SPUTNIK, 0, 1)
    across = f"{first.text[-40:]}\n\n{second.text[:40]}"
    assert marked(case(across), database) == [first, second]


def test_a_quote_that_begins_in_a_heading_marks_the_passage_below_it(database: Database) -> None:
    document = database.document(SPUTNIK)
    assert document is not None
    heading = document.headings[0]
    (below,) = [item for item in database.passages_between(SPUTNIK, 0, 99) if item.start == heading.end + len("\n\n")]
    assert marked(case(document.text[heading.start : below.start + 20]), database) == [below]


def test_quotes_in_one_passage_mark_it_once(database: Database) -> None:
    assert len(marked(case("its operations collapsed", "was one casualty"), database)) == 1


def test_quotes_in_two_documents_mark_a_passage_in_each(database: Database) -> None:
    both = Case(
        id="both",
        question="Who is named?",
        answers=("Barry Naughton", "Alvin Toffler"),
        gold=(
            Gold(document=SPUTNIK, quote="Barry Naughton"),
            Gold(document="catch-up-and-surpass", quote="Alvin Toffler"),
        ),
    )
    assert {passage.document_id for passage in marked(both, database)} == {SPUTNIK, "catch-up-and-surpass"}


def test_a_case_without_gold_marks_nothing(database: Database) -> None:
    assert relevant_passages(Case(id="no", question="Who wrote Hamlet?", answerable=False), database) == {}


def test_an_unknown_document_is_refused_with_those_that_exist(database: Database) -> None:
    with pytest.raises(QuestionSetError) as caught:
        relevant_passages(case("its operations collapsed", document="sputnik"), database)
    assert "case one" in str(caught.value)
    assert "'sputnik' (there are: catch-up-and-surpass, chinas-sputnik-moment)" in str(caught.value)


@pytest.mark.parametrize(
    ("quote", "ordinal", "sentence"),
    [
        ("its operations collapsed since the Trump administration banned sales", 16, 0),
        ("Fujian Jinhua, then China's foremost maker of memory chips", 16, 1),
        ("list of entities whose access to technology is restricted on national security grounds", 16, 3),
        ("Five-year plans, the earliest of which took effect in 1953", 3, 1),
    ],
)
def test_a_quote_that_is_not_there_is_refused_with_the_nearest_sentence(
    quote: str, ordinal: int, sentence: int, database: Database
) -> None:
    (passage,) = database.passages_between(SPUTNIK, ordinal, ordinal)
    span = passage.spans[sentence]
    nearest = passage.text[span.start - passage.start : span.end - passage.start]
    with pytest.raises(QuestionSetError) as caught:
        relevant_passages(case(quote), database)
    assert f"case one: the quote {quote!r} does not occur in {SPUTNIK!r}" in str(caught.value)
    assert str(caught.value).endswith(repr(nearest))


def test_a_quote_in_other_letters_is_not_the_quote(database: Database) -> None:
    with pytest.raises(QuestionSetError, match="does not occur"):
        relevant_passages(case("Its Operations Collapsed"), database)


def test_a_quote_that_occurs_in_several_passages_marks_each(database: Database) -> None:
    found = marked(case("Made in China 2025"), database)

    assert len(found) > 3
    assert all("Made in China 2025" in passage.text for passage in found)


def test_a_quote_that_is_only_a_heading_is_refused(database: Database) -> None:
    with pytest.raises(QuestionSetError, match="is a heading; quote the text that answers"):
        relevant_passages(case("Did Washington overreach?"), database)
