"""Splitting a question into its parts: where it is cut, where it is left whole, and what a later part is asked with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.parts import MAX_PARTS, context_of, split_question

WHOLE = """
    What is the difference between a lease and a licence?
    how and why did the bridge fail?
    when and where was the painter born?
    the rule about what to do when the pump fails
    Which companies, and what countries, were banned?
    Which people who left and who stayed were paid?
    Which American companies and which Chinese banks were fined?
    Which school sports teams and which clubs were closed?
    Which companies founded in 2019 and which banks were fined?
    Which drugs used in asthma and what foods cause headaches?
    Who cooked and did the dishes?
    Who wrote the column and is the owner of the paper?
    Who runs the shop and does it well?
    Can you tell me who founded the choir and when it disbanded?
    Do you know what to pack and how to pack it?
    What is the difference between what is owed and what is paid?
    Who knows what happened and who did it?
    Who decides what is taxed and who is exempt?
    Tell me who designed the tower and who paid for it
    The man who left and who was never seen again
    What kingdom ruled Anatolia and what is now Armenia?
    When the company failed and who paid for it
    Who directed Things to Come and What Dreams May Come?
    Where was the poet born and educated?
    What do Canada and which other country share?
    Which cell type kills bacteria and which organ?
    Did they learn the date and who was there?
    What year was the church built and what style of building?
    When was the stamp sold, and for how much?
    Did the talks fail, or did they recover?
    Who was the king that fought and who lost?
    What are the rules for when and where to park?
    Is the law that says who may vote and who may not still in force?
    What explains how a rumour spreads and why it stops?
    How do plants decide when to flower and when to rest?
    In what way and by whom was the treaty changed?
    What percentage of adults and how many children were tested?
    What law sets what is taxed and what is exempt?
    Where do people who rent and who earn little live?
    What happened to the crew, who were at sea, and the ship?
    In 1962, who was the mayor of the town and its judge?
    When it rains, what do the bees do?
    Who said "who is it? and why is it so late"?
    What is meant by 'who pays? and who is paid?' in the contract?
    Is the fee (and who is it paid to?) written down?
    Is the fee (who pays it? who gets it?) due?
    Is the fee [who pays it? who gets it?] due?
    Where is “who pays it? who gets it?” sung?
    Where is «who pays it? who gets it?» sung?
    What is meant by ‘who pays? and who is paid?’ in the contract?
    Who starred in Guess Who? on the London stage?
    The treaty of the river? When ships meet
    What is the price of http://example.org/?who=is&what=is it
    Had the pilot not landed, what would he have done?
    What is the cost of what was ordered and what was delivered?
    What lies between Turkey and what was Persia?
    What have Ford and which other firm made together?
    Who directed Jaws and What happened to Baby Jane?
    Can a parcel be lost and if so, then where does it go?
    Can a letter be lost and if so, where does it go?
    Which team won and was relegated a year later?
    Which city is known for lace and which is near Leeds?
    Where do bees and what other insects live?
    What did the town, which fell and which was rebuilt, export?
    Who assists? When doctors give advice
    Are cats safe? The case of dogs
    Is it a loan? Or is it a gift?
    What is rust; I need to know for my boat
    What; who pays?
    Will; who paid?
    Hi! Who is the owner; and when was it sold?
    Is she taxed and if so, when does she pay?
    Are they sold, and if not, when are they burnt?
    Which United Nations body and which country paid?
    Which towns near the river and which roads are flooded?
    How much more than a litre and which oil is used?
    Which drugs named and which foods listed are safe?
    Which ships whose crews died and what towns were lost?
    Who may vote and who not?
    Who sails from Hull and who near the lake?
    When rain stopped play and who won?
    What they wrote and who paid for it
    Who is the coach and who was?
    Who is the coach and who?
    Who else and what else was there?
    Where does he work and is known for what?
    When did the crew, who were at sea, leave?
    When did the City of New York, Inc. have its name changed?
    What did the man, who fell and who later died, paint?
    Who controls how they vote and who votes?
    Who covered why it failed and who paid?
    Who controls whether it runs and who rides it?
    ¿Quién fundó el museo y cuándo cerró?
    Warum? Wann wurde die Brücke gebaut?
    为什么？谁创立了它？
    Wer hat die Brücke gebaut und wann wurde sie gesperrt?
"""  # noqa: RUF001

# A bar stands where the question is cut; what is left out there is in the braces.
SPLIT = """
    What did ZTE's ban cause|{, and }who else was cut off?
    Who founded the choir|{ and }when did it disband?
    When was the bakery founded?|{ }Who leads it now?
    Who signed|{ and }who vetoed the bill?
    What happens when it rains|{ and }who pays?
    When did the mine open|{, }where is it|{, and }who owns it?
    Who's the coach|{ and }what's the pay?
    How old is the oak|{ and }why is it protected?
    What is a comet|{, and }how does it differ from an asteroid?
    What causes rust|{ and }how can it be prevented?
    Where do eels breed|{ and }how long do they live?
    Which river flows north|{, and }which towns are at risk?
    How many people live on the island|{, and }what language do they speak?
    Why did the bank fail|{ and }did it recover?
    When was the tax introduced|{, and }is it still in force?
    Where is the archive|{ and }can the public visit it?
    What did the report find|{; }who wrote it?
    What rules apply to drones|{; }how many pilots hold a licence?
    Who painted the ceiling|{ and also }who paid for it?
    What does the contract cover|{, also }when does it end?
    To whom was the land sold|{ and }for how long was it leased?
    In which year was the dam built|{ and }by whom was it designed?
    What is insulin|{\\n}where is it made?
    What is rust|{,\\nand }how does it form?
    When was it built?|{\\n2. }Who paid for it?
    Is the vaccine safe?|{ }Can children have it?
    What is rust?|{ }How does it form
    What is rust?|{ }It is found where?
    Who wrote it?|{ }Is it long?
    Is it *safe?*|{ }Can children have it?
    Hello, what is rust|{; }how does it form?
    When they left, who stayed|{ and }when did they return?
    Are whales mammals|{ and }how do they breathe?
    How do I cancel|{ and then }when do I pay?
    What did Leeds sell|{, }what did Hull buy?
    When did Leeds fall|{ and }did Hull help?
    Who are they|{, }what are they paid?
    Where do eels breed|{ and }are there many?
    Who played the king|{ and }is she still alive?
    how many people live there|{ and }who leads them?
    Which mill grinds the corn|{ and }which road leads to it?
    Which state borders France|{ and }who governs it?
    Who was the man who fell|{, and }how many people saw him?
    What does the report say|{, and }who wrote it?
    What did the ban cause|{, and }which other firms were hit?
    Are whales mammals?|{ And }how do they breathe?
    I read about the strike. Who was sacked|{ and }when did they return?
    Hello, what is the deadline|{ and }how do I apply?
    In 1962, what did the council decide|{ and }why did the mayor resign?
    Who said "to be or not to be"|{ and }in which play does he say it?
    What happened to the crew|{, and }what became of the captain's log?
    What won the prize|{ and }who was second?
    How fast is a falcon|{ and }how fast is a swift?
    How do I cancel|{ and }what does it cost?
    Why can't owls see red|{, and }why won't they eat fruit?
    Who wrote the hymn?|{ }What is it about?|{ }When is it sung?
    ¿Quién fundó el museo?|{ }¿Cuándo cerró?
    Wer hat die Brücke gebaut?|{ }Wann wurde sie gesperrt?
    谁创立了它？|{}什么时候关闭？
    من بنى الجسر؟|{ }متى أغلق الجسر؟
"""  # noqa: RUF001
NASTY = [
    "and who ",
    "and ",
    "and and ",
    ", and ",
    "and",
    " ",
    ", ",
    ";",
    "\n",
    "?",
    "? ",
    "a? ",
    "?x",
    "what is it? ",
    "(",
    "(",
]
NASTY += [
    "'a ",
    "'a'b ",
    '"',
    '?)"',
    "\u201c",
    "in ",
    "in a",
    "in what, ",
    "1. ",
    "\n1. ",
    "who: ",
    "who's ",
    "\u8c01\uff1f",
]
NASTY += ["and who is ", "what that ", "what drives ", "which teams grow rice ", "hi "]
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            """who what when which how why where is was did it the ban banks closed cause and also ; ? , . \n " ' (
            ) that to 1. in between Who And \u00bf \u8c01 \uff1f won""".split(" ")
        ),
        max_size=40,
    ).map(" ".join),
)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def bare(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the question that a line of ``SPLIT`` stands for, and its parts."""
    line = line.replace("\\n", "\n")
    pieces = line.split("|{")
    parts = (pieces[0], *(piece.split("}", 1)[1] for piece in pieces[1:]))
    return line.replace("|{", "").replace("}", ""), parts


@pytest.mark.parametrize("question", lines(WHOLE))
def test_a_question_of_one_part_stays_whole(question: str) -> None:
    assert split_question(question) == (question,)


@pytest.mark.parametrize("line", lines(SPLIT))
def test_each_question_becomes_a_part(line: str) -> None:
    question, parts = bare(line)
    assert split_question(question) == parts


def test_what_is_more_than_the_most_parts_stays_with_the_last() -> None:
    question = "What is it? Who made it? When was it made? Where is it? Why is it there?"
    parts = split_question(question)
    assert len(parts) == MAX_PARTS
    assert parts[-1] == "Where is it? Why is it there?"


@pytest.mark.parametrize("question", [" What is it? ", "", "?", "\n"])
def test_one_part_comes_back_unchanged(question: str) -> None:
    assert split_question(question) == (question,)


def test_capitals_are_no_title_when_all_is_in_capitals() -> None:
    assert split_question("WHO LEADS IT AND WHEN DID IT CLOSE?") == ("WHO LEADS IT", "WHEN DID IT CLOSE?")


@given(TEXTS)
def test_parts_are_pieces_of_the_question_in_order(question: str) -> None:
    parts = split_question(question)
    assert 1 <= len(parts) <= MAX_PARTS
    place = 0
    for part in parts:
        assert part or not question
        place = question.index(part, place) + len(part)
    if len(parts) > 1:
        assert all(part == part.strip() and part for part in parts)


@given(TEXTS)
def test_nothing_but_marks_and_links_is_left_out(question: str) -> None:
    rest = question
    parts = split_question(question)
    for part in parts:
        before, rest = rest.split(part, 1) if part else ("", rest)
        assert len(parts) == 1 or not any(
            word.isalpha() and word.lower() not in {"and", "also", "then"} for word in before.split()
        )


@pytest.mark.parametrize("line", lines(SPLIT))
def test_a_part_is_not_split_again(line: str) -> None:
    for part in bare(line)[1]:
        assert split_question(part) == (part,)


STANDING = [
    "When did ZTE reopen its plant?",
    "Which company closed its mill in Leeds?",
    "How many harbour fees are there?",
    "Are there trains to Leeds harbour?",
    "What is the law that bans smoking in parks?",
    "Where is the Rhine falls viewpoint?",
]
LEANING = [
    "who else was cut off?",
    "when did it close its doors?",
    "who pays?",
    "which other firms closed in Leeds?",
    "did they appeal the court ruling?",
    "what happened then in Leeds harbour?",
    "who worked there in wartime Leeds?",
    "why?",
    "List all of them by town",
    "which of them closed the Leeds mill?",
    "what makes it taste of salt?",
    "what ended it in wartime Leeds?",
]


@pytest.mark.parametrize("part", STANDING)
def test_a_part_that_names_its_subject_is_asked_by_itself(part: str) -> None:
    assert context_of(("What did the ban cause", part), 1) == part


@pytest.mark.parametrize("part", LEANING)
def test_a_part_that_leans_is_asked_behind_the_first(part: str) -> None:
    assert context_of(("What did the ban cause", "who paid", part), 2) == f"What did the ban cause {part}"


def test_the_first_part_is_asked_by_itself() -> None:
    assert context_of(("who is it", "when did it close?"), 0) == "who is it"
    with pytest.raises(IndexError):
        context_of(("who is it",), 1)
