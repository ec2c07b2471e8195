"""A question to the parts that want an answer each, by rules for English and by question marks for all languages.

A wrong cut costs more than a missed one: half a question is answered with something else, while a whole one is only
answered in part. So a question is cut only where both sides clearly are questions of their own, and doubt is no cut.

A text is cut into sentences at "?", ";" and new lines, and a sentence into clauses at "and", "also" and commas. There
the order of the words tells: "when did it close" is a question, "when it closed" hangs on another verb. Where the
order tells nothing ("who pays"), the words before must have nothing for it to hang on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise

from index.analysis import STOP_WORDS, analyze

MAX_PARTS = 4

_DO = frozenset("do does did".split())
_AUXILIARIES = _DO | frozenset("am is are was were has have had can could will wo would should may might must".split())
_ADVERBIAL = frozenset("when where why".split())
_RELATIVE = frozenset("who whom whose which".split())
_ASKING = _ADVERBIAL | _RELATIVE | frozenset("what how".split())
_SUBJECTS = frozenset("i he she they we you".split())
_DETERMINERS = frozenset("a all an any every her his it its my no our some the their these this those your".split())
_PREPOSITIONS = frozenset(
    """about across after against among around as at before behind between by during except for from in inside into
    like near of off on onto outside over since through to toward under until upon via with within without""".split()
)
_VERBS = frozenset(
    """became becomes began begins bought brought built came cause causes comes cost costs died flows gave gets gives
    goes got happened happens held helps kept lead leads led lies live lived lives lost made make makes means occurred
    occurs owns paid pays ran runs said saw says sold takes took use uses wants went wins won works wrote""".split()
)
"""Common finite verbs that neither their ending nor their object tells from nouns."""
_HOOKS = frozenset("what how why whether between".split())
"""Words that any later question could hang on: "decides what is taxed and ..."."""
_TELLING = frozenset("ask decide determine explain find know knows learn remember say says see shows tell that".split())
"""Words that a question could hang on where no comma is between."""
_LEANING = frozenset(
    """another both else he her hers him his it its latter neither one ones other others same she such that their theirs
    them then there these they this those""".split()
)

_QUOTED = re.compile(
    r""""[^"]*" | [“„][^“”„]*[“”] | «[^«»]*» | 「[^「」]*」 | \([^()]*\) | \[[^][]*\]
    | (?<!\w)'(?=\S)(?:[^']|(?<=\w)'(?=\w))*'(?!\w)""",
    re.VERBOSE,
)
_QUESTION_WORD = rf"(?:{'|'.join(_ASKING)})\b"
_PREPOSITION = rf"(?:{'|'.join(_PREPOSITIONS)})\b"
_AUXILIARY = rf"(?:{'|'.join(_AUXILIARIES)})\b"
_PHRASE = re.compile(
    rf"((?:{_PREPOSITION}|(?:although|because|hello|hi|if|so|when|while)\b)(?!\s+{_QUESTION_WORD}|\s+{_AUXILIARY})[^,]*,\s+)?",
    re.IGNORECASE,
)
"""What may stand before a question: "In 1962, who ..."."""
_SENTENCE_END = re.compile(
    r"(?:(?P<mark>[\uff1f\u061f]|\?[^\w\s]{0,5}(?=\s|$))|[;\n])\s*(?:(?:\d+[.)]|and|also|then|&)\s+)*", re.IGNORECASE
)
"""A question mark, semicolon or new line, with what is left out after it: the number in a list, linking words."""
_CLAUSE_END = re.compile(
    rf"""(?<![\s;])(?<!\bif\sso)(?<!\bif\snot)(?:,?\s+(?:(?:and|also|&)\s+){{1,2}}(?:then\s+)?|[,.:!]\s+)
    (?=(?:{_PREPOSITION}\s+)?{_QUESTION_WORD}|{_AUXILIARY})""",
    re.VERBOSE | re.IGNORECASE,
)
_ANY_END = re.compile(r"[?\uff1f\u061f;\n,.:!&].*\w|\b(?:and|also)\b", re.IGNORECASE | re.DOTALL)
"""What no question that is cut lacks."""
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_CONTRACTED = re.compile(r"\b(who|what|when|where|why|how)'(?:s|re|d|ll|ve)\b", re.IGNORECASE)
# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces between words.
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2}")


class _Form(Enum):
    """How a clause begins that may be a question."""

    INVERTED = "its order is a question's alone: when did it close"
    POLAR = "it may be the second verb of the clause before: is the owner"
    LIKELY = "it may hang on the clause before: who pays"
    VERBLESS = "its verb is not found: which school"


def _words(text: str) -> list[str]:
    """Return the words; "who's" is "who is", "can't" is "can", "won't" is "wo"."""
    return _WORD.findall(re.sub(r"(?<!ca)n't\b|'t\b", "", _CONTRACTED.sub(r"\1 is", text)))


def _is_verb(word: str, after: str) -> bool:
    """Return whether a word is a finite verb for certain enough, by itself or by what follows."""
    if word in _AUXILIARIES | _VERBS:
        return True
    if not word.islower() or word in STOP_WORDS | _PREPOSITIONS:
        return False
    if word.endswith("ed"):
        return after not in _PREPOSITIONS | {""}
    return after in _DETERMINERS or (word.endswith("s") and after[:1].isupper())


def _verb_place(words: Sequence[str]) -> int:
    """Return the place of a question's verb, after the noun it may ask for ("which (law) bans"), 0 if none is found."""
    for place, (word, after) in enumerate(pairwise(words[1:]), 1):
        if word in _ASKING:
            return 0
        follows_who = place == 1 and words[0].lower() in {"who", "whom"} and word.islower() and word != "else"
        if _is_verb(word, after) or (follows_who and word not in STOP_WORDS | _PREPOSITIONS):
            return place
    return 0


def _form(clause: str) -> _Form | None:
    """Return how a clause begins, None if as no question."""
    words = [*_words(clause), "", "", "", ""]
    if words[0].lower() in _PREPOSITIONS:
        del words[0]
    asking, first = words[0].lower(), words[1]
    if asking in _AUXILIARIES and words[2]:
        return _Form.INVERTED if first.lower() in _SUBJECTS else _Form.POLAR
    direct = first in _AUXILIARIES
    if asking not in _ASKING or (not direct and (asking in _ADVERBIAL or first in _SUBJECTS | _DETERMINERS)):
        return None
    place = _verb_place(words)
    verb, after = words[place : place + 2]
    if not place or (verb in _AUXILIARIES and not after):
        return _Form.VERBLESS if words[3] else None
    if asking in _ADVERBIAL or after.lower() in _SUBJECTS or (verb in _DO and asking != "who"):
        return _Form.INVERTED
    # As in "known for lace and which is near Leeds", "Persia and what is now Iraq".
    named = direct and (asking == "which" or (asking == "what" and after in {"known", "later", "now", "once"}))
    return _Form.VERBLESS if named else _Form.LIKELY


def _are_questions(mark: str, left: str, right: str) -> bool:
    """Return whether the sentences on both sides of a mark are questions of their own."""
    forms = [_form(_PHRASE.sub("", side, count=1)) for side in (left, right)]
    if mark in ";\n":
        return all(forms)
    words = [_words(side.lower()) for side in (left, right)]
    if any(max(len(_words(side)), len(_DENSE.findall(side))) < 2 for side in (left, right)) or words[1][:1] == ["or"]:
        return False
    if all(map(_ASKING.isdisjoint, words)):
        return right[-1] in "?\uff1f\u061f"
    asks = [any(word in _ASKING or _is_verb(word, after) for word, after in pairwise([*side, ""])) for side in words]
    return all(asks) and (right[-1] == "?" or forms[1] is not None)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Return the start and end of the sentences that are cut at question marks, semicolons and new lines."""
    ends = list(_SENTENCE_END.finditer(text))
    start = begin = 0
    for end, stop in zip(ends, [*(following.start() + 1 for following in ends[1:]), len(text)], strict=False):
        if _are_questions(end[0][0], text[begin : end.start()], text[end.end() : stop]):
            yield start, end.end("mark") if end["mark"] else end.start()
            start = end.end()
        begin = end.end()
    yield start, len(text)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return the start and end of the clauses of a sentence that are cut at "and", "also" and commas."""
    phrase = _PHRASE.match(text, start, end)
    begin = stop = phrase.end() if phrase else start
    left: _Form | None = None
    link = "."
    seen: set[str] = set()  # the words of the left side behind its question word
    for gap in (*_CLAUSE_END.finditer(text, begin, end), None):
        clause = text[begin : gap.start() if gap else end]
        form, words = _form(clause), _words(clause)
        cut = left and form and _cuts(left, form, link, words, seen)
        if cut:
            yield start, stop
            start = begin
        if cut or (link[0] in ".:!" and form not in {None, _Form.VERBLESS}):
            left, seen = form, set(words[2:])
        else:
            seen.update(words)
        if gap:
            stop, begin, link = gap.start(), gap.end(), gap[0]
    yield start, end


def _cuts(left: _Form, right: _Form, link: str, words: Sequence[str], seen: set[str]) -> bool:
    """Return whether a sentence is cut at a link before some words, by how both sides begin and the left's words."""
    title = words[0][0].isupper()  # "Jaws and What Happened to ..."
    if link[0] in ".:!" or right is _Form.VERBLESS or title:
        return False
    if link.strip() == ",":
        return left is right is _Form.INVERTED
    if right is _Form.POLAR:
        return left is not _Form.LIKELY and (words[1] in _DETERMINERS | {"there"} or words[1].istitle())
    hooks = _HOOKS | (_RELATIVE if words[0] in _RELATIVE else set()) | (set() if link[0] == "," else _TELLING)
    shared = words[1] == "other" and link[0] != ","  # "where do bees and what other insects live"
    return right is _Form.INVERTED or (hooks.isdisjoint(seen) and not shared)


def split_question(question: str) -> tuple[str, ...]:
    """Return the parts of a question that want an answer each, in order.

    English questions are cut at "?", ";", a new line, "and", "also", and at some commas; those in other languages at
    question marks alone. Text in quotation marks or brackets is never cut. A part is a piece of the question as typed:
    white space around it, a comma or semicolon after it, and an "and" or "also" before it are left out; a question
    mark is kept, and none is added.

    Args:
        question: Any text; of 2,000 characters or fewer in practice. The work grows with its length.

    Returns:
        1 to ``MAX_PARTS`` parts, none empty if the question is not; what would be more stays with the last. A question
        of one part comes back unchanged.
    """
    if not _ANY_END.search(question):
        return (question,)  # most are of one clause, and need no closer look
    text = question.replace("\u2018", "'").replace("\u2019", "'")
    text = _QUOTED.sub(lambda match: "X" * len(match[0]), text)
    if text.isupper() and len(text.lower()) == len(text):
        text = text.lower()  # capitals are no names then
    parts = [clause for sentence in _sentences(text) for clause in _clauses(text, *sentence)]
    if len(parts) == 1:
        return (question,)
    ends = [end for _, end in parts[: MAX_PARTS - 1]] + [len(question)]
    places = zip((start for start, _ in parts[:MAX_PARTS]), ends, strict=False)
    return tuple(question[start:end].strip().rstrip(",; ") for start, end in places)


def context_of(parts: Sequence[str], number: int) -> str:
    """Return the text to ask a part with: itself, or behind the first part if it leans on what came before.

    Args:
        parts: As ``split_question`` returns them.
        number: Which part, counted from 0.

    Raises:
        IndexError: There is no such part.
    """
    part = parts[number]
    return f"{parts[0]} {part}" if number and _leans(part) else part


def _leans(part: str) -> bool:
    """Return whether a part needs what came before: "when did it close?", "who pays?"."""
    words = _words(part)
    for before, word in zip(("", *words), words, strict=False):
        if word.lower() in _LEANING and not (word == "there" and before.lower() in {"is", "are", "was", "were"}):
            return True
        named = before and not word.islower() and word.lower() not in STOP_WORDS
        noun = word not in STOP_WORDS | _VERBS and not word.endswith("ed")
        if named or (noun and before.lower() in _DETERMINERS | {"which", "what", "whose", "many", "much"}):
            break  # what follows can mean this
    return len(set(analyze(part))) < 2
