"""A question to the parts that want an answer each, by rules for English and by question marks for all languages.

A wrong cut costs more than a missed one: half a question is answered with something else, while a whole one is only
answered in part. So a question is cut only where both sides clearly are questions of their own, and doubt is no cut.
What tells is the order of the words: "when did it close" is a question, "when it closed" hangs on another verb. Where
the order tells nothing ("who pays"), the words before must leave no other verb or noun for it to hang on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from index.analysis import STOP_WORDS, analyze

MAX_PARTS = 4

_REACH = 30
"""How many words and marks after its beginning a question's verb is looked for: bounds the work for each cut."""

_WHO = frozenset("who whom".split())
_ADVERBIAL = frozenset("when where why".split())
_QUESTION_WORDS = _WHO | _ADVERBIAL | frozenset("what which whose how".split())
_RELATIVE = frozenset("who whom whose which that".split())
_BE = frozenset("am is are was were".split())
_DO = frozenset("do does did".split())
_HAVE = frozenset("has have had".split())
_MODAL = frozenset("can could will would shall should may might must".split())
_AUXILIARIES = _BE | _DO | _HAVE | _MODAL
_SUBJECTS = frozenset("i he she it they we you".split())
_DETERMINERS = frozenset(
    "a all an any each every her his its my no our some that the their these this those your".split()
)
_PREPOSITIONS = frozenset(
    """
    about above across after against along alongside amid among around as at before behind below beneath beside besides
    between beyond by concerning despite during except for from in including inside into like near of off on onto
    outside over per regarding since through throughout to toward towards under until unlike up upon via with within
    without
    """.split()
)
_OPENINGS = _PREPOSITIONS | frozenset(
    """
    according although apart aside assuming because compared considering due following given if once other prior rather
    though unless when whenever where while
    """.split()
)
"""Words that begin a phrase before the question: "In 1962, who ..."; "If it rains, what ..."."""
_GREETINGS = frozenset("alternatively also and but hello hey hi ok okay please so then thanks well".split())
_LINKS = frozenset("also and then &".split())
_AFTER_QUESTION_WORD = frozenset("else exactly precisely specifically ever".split())
_MEASURES = frozenset(
    """
    accurate big cold common dangerous deep different effective expensive far fast few hard heavy high hot important
    large likely little long many much often old popular reliable safe severe similar soon strong successful tall thick
    warm well wide
    """.split()
)
"""Words after "how" that cannot begin a clause of their own: "how many people died", not "how cars are made"."""

_VERBS = frozenset(
    """
    affects allows became becomes began begins belongs bought brings brought built came caused causes comes consists
    contains contributed controls creates defines describes determines died differs enables ended ensures exists
    explains fell flows follows found gave gets gives goes governs got grew happened happens helped helps holds includes
    indicates involves keeps knew lasts leads led lies links lives lost made makes meant means measures met occurred
    occurs owns paid pays prevents produces protects provides ran refers remained requires resulted rose said sang sat
    saw says sent separates serves shows sold speaks spoke stands stood stops suggests surrounds takes taught tells
    thinks thought threw took triggers used uses wants went wins won works writes wrote
    """.split()
)
"""Finite verbs, besides auxiliaries and words in -ed, that say that what came before them is their subject."""
_PLURAL_VERBS = frozenset(
    """
    affect allow apply attend become begin belong bring build cause come consist contain contribute control create
    define depend describe determine die differ eat exist explain fall feed fight follow form get give go govern grow
    happen have help hold include indicate involve keep know lead lie live lose make mean need occur own pay play
    prevent produce protect provide receive refer remain require result run say serve show speak stand suggest support
    surround take teach tell think use vote want win work write
    """.split()
)
"""Finite verbs after a plural noun: "how many species live"."""
_PLURALS = frozenset("children feet fish men people percent police species women".split())
_PARTICIPLES = frozenset(
    "bought brought built found held kept led lost made met paid said sent sold taught told".split()
)
_FINAL_VERBS = frozenset(
    """
    agreed appeared arrived belonged benefited collapsed competed consisted contributed corresponded depended
    died disappeared emerged emigrated ended existed failed graduated happened immigrated lived migrated occurred
    participated performed refused remained resigned responded resulted retired succeeded tried wanted worked
    """.split()
)
"""Verbs that need no object; other words in -ed are as likely participles before a preposition: "firms founded in"."""
_NOT_VERBS = frozenset("bed breed feed hundred indeed need red seed shed sacred speed united weed".split())

_TELLING = frozenset(
    """
    agree argue ask choose clear clarify consider control decide define depend describe determine dictate discover
    discuss doubt establish examine explain find forget govern guess identify imagine indicate influence inform
    investigate know learn list mention note outline predict realise realize recall record regulate remember report
    reveal say see set shape show specify state study sure teach tell understand verify wonder
    """.split()
)
"""Verbs and adjectives that a question can hang on: "know who", "decide when", "sure what"."""
_TELLING_PAST = frozenset("chose found knew known said saw seen shown taught told understood forgotten".split())
_ADVERBS = frozenset("again alone best better first here himself herself itself now once today too well".split())
_NAMED_AFTER = frozenset("called considered currently known later left now once presently today".split())
"""Words after "what is" that make it a name for a thing: "Anatolia and what is now Armenia"."""
_COMPARATIVES = frozenset("better best worse worst more most less least".split())

_LEANING = frozenset(
    """
    another both else he her hers him his it its latter neither one ones other others same she such that their theirs
    them then there these they this those
    """.split()
)

_TOKEN = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*|\n|[^\w\s]")
_ASKING = frozenset("?\uff1f\u061f")
_CLOSING = _ASKING | frozenset("!\uff01\"'\u2019\u201d\u00bb)]*_")
_OPENING = frozenset("\u00bf\"'\u2018\u201c\u201e\u00ab([")
_INSIDE = frozenset("'\u2019\u201c\u201d\"-.%$*")
"""Marks that may stand inside a noun phrase."""
_PAIRS = {")": "(", "]": "[", "}": "{", "\u00bb": "\u00ab", "\u300d": "\u300c", "\u300f": "\u300e"}
_CONTRACTED = {"s": "is", "re": "are", "d": "did", "ll": "will", "ve": "have"}
# Thai, Lao, Burmese, Khmer, kana and Han are written without spaces between words.
_DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a mark; ``word`` is in lower case, "n't" left off."""

    word: str
    raw: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.raw[0].isalnum()

    @property
    def is_name(self) -> bool:
        """Whether it is written as a name inside a sentence: "May", "What" in a title."""
        return self.raw[0].isupper() and not self.raw.isupper()


@dataclass(frozen=True, slots=True)
class _Head:
    """How a question begins.

    Attributes:
        start: Its first token, after a phrase before the question.
        verb: The token of its finite verb.
        word: Its question word; "" where it begins with an auxiliary.
        strong: Whether the order of the words alone makes it a question.
        inverted: Whether its verb stands before its subject: another "and is the ..." is then no second verb of it.
        opened: Whether a phrase stands before it.
        prepared: Whether a preposition stands before the question word.
        direct: Whether an auxiliary follows the question word at once.
        likely: Whether its verb may be none: "drives" in "what drives cells".
        gap: Whether it asks for its verb's object, so that this verb can have no other.
    """

    start: int
    verb: int
    word: str
    strong: bool
    inverted: bool
    opened: bool = False
    prepared: bool = False
    direct: bool = False
    likely: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class _Boundary:
    """A place where a question may be cut.

    Attributes:
        kind: "?", ";" (a new line too), "and" or ",".
        end: The offset where the left side ends.
        token: The first token of the boundary.
        right: The first word of the right side, links left out.
        after: The first token after the mark.
        comma: Whether a comma stands before the "and".
    """

    kind: str
    end: int
    token: int
    right: int
    after: int
    comma: bool = False


@dataclass(slots=True)
class _Left:
    """What is known of the part being read.

    Attributes:
        start: Its first token.
        head: How its question begins, or None if it is none as far as can be told.
        embedded: Whether a question hangs on a verb inside it: "who knows what ...".
        relative: Whether it has a relative clause with "who" or "which", which another "and who" could go on with.
        that: Whether it has a "that", which may begin one.
        telling: Whether it has a verb that a question can hang on.
        between: Whether a "between" or "both" still waits for its "and".
        words: How many words it has; two characters of a script without spaces count as one.
        english: Whether it has an English question word.
        verbal: Whether it has an English auxiliary or verb.
    """

    start: int
    head: _Head | None
    embedded: bool = False
    relative: bool = False
    that: bool = False
    telling: bool = False
    between: bool = False
    words: float = field(default=0.0)
    english: bool = False
    verbal: bool = False


def _quoted(question: str) -> list[tuple[int, int]]:
    """Return the ranges inside quotation marks and brackets, outermost only, in order."""
    found: list[tuple[int, int]] = []
    opened: dict[str, list[int]] = {
        mark: [] for mark in ["(", "[", "{", "\u00ab", "\u300c", "\u300e", "\u201c", "'", '"']
    }
    for place, char in enumerate(question):
        before, after = question[place - 1 : place], question[place + 1 : place + 2]
        opener = _opener(char, before, after, opened)
        if opener and opened[opener]:
            found.append((opened[opener].pop(), place))
        elif char in "\u201e\u201c":
            opened["\u201c"].append(place)
        elif char in "'\u2018" and not before.isalnum() and not after.isspace():
            opened["'"].append(place)
        elif char in opened and char != "'":
            opened[char].append(place)
    outermost: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not outermost or start > outermost[-1][1]:
            outermost.append((start, end))
    return outermost


def _opener(char: str, before: str, after: str, opened: dict[str, list[int]]) -> str | None:
    """Return the mark that a character closes, if it can close one."""
    if char == "\u201d" or (char == "\u201c" and opened["\u201c"]):
        return "\u201c"
    if char == '"':
        return '"'
    if char in "'\u2019":
        return None if after.isalnum() or before.isspace() else "'"
    return _PAIRS.get(char)


def _normal(raw: str) -> str:
    """Return a word in lower case: "Didn't" is "did"."""
    word = raw.lower().replace("\u2019", "'")
    if word.endswith("n't"):
        return {"ca": "can", "wo": "will", "sha": "shall"}.get(word[:-3], word[:-3])
    return word


def _tokens(question: str) -> list[_Token]:
    """Return the words and marks; "who's" is two words."""
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(question):
        word = _normal(match[0])
        base, mark, tail = word.partition("'")
        if mark and base in _QUESTION_WORDS and tail in _CONTRACTED:
            middle = match.start() + len(base)
            tokens.append(_Token(base, match[0][: len(base)], match.start(), middle))
            tokens.append(_Token(_CONTRACTED[tail], tail, middle, match.end()))
        else:
            tokens.append(_Token(word, match[0], match.start(), match.end()))
    return tokens


def _past(word: str) -> bool:
    return len(word) > 3 and word.endswith("ed") and word not in _NOT_VERBS


def _tells(word: str) -> bool:
    """Return whether a question can hang on a word, in any of its forms."""
    stems = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ed"), word.removesuffix("d")}
    stems |= {word.removesuffix("ing"), word.removesuffix("ing") + "e"}
    if word.endswith("ied"):
        stems.add(word.removesuffix("ied") + "y")
    return word in _TELLING_PAST or not _TELLING.isdisjoint(stems)


def _ends_in_s(word: str) -> bool:
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))


class _Splitter:
    """One question, read once from left to right.

    Args:
        question: The question.
    """

    def __init__(self, question: str) -> None:
        self._question = question
        self._tokens = _tokens(question)
        quoted = _quoted(question)
        starts, ends = [start for start, _ in quoted], [end for _, end in quoted]
        self._free = [not self._covers(starts, ends, token.start) for token in self._tokens]
        count = len(self._tokens)
        words = [index if token.is_word else count for index, token in enumerate(self._tokens)]
        self._next_word = list(accumulate(reversed([*words, count]), min))[::-1]
        self._boundaries = [self._boundary(index) for index in range(count)]
        places = [index if boundary else count for index, boundary in enumerate(self._boundaries)]
        self._next_boundary = list(accumulate(reversed([*places, count]), min))[::-1]

    @staticmethod
    def _covers(starts: list[int], ends: list[int], place: int) -> bool:
        last = bisect_right(starts, place) - 1
        return last >= 0 and place <= ends[last]

    def parts(self) -> tuple[str, ...]:
        """Return the parts, in order."""
        parts: list[str] = []
        start = index = 0
        left = self._begin(0)
        while index < len(self._tokens) and len(parts) < MAX_PARTS - 1:
            boundary = self._boundaries[index]
            if boundary and self._cuts(left, boundary):
                parts.append(self._question[start : boundary.end].strip())
                start = self._start(boundary)
                index = boundary.right
                left = self._begin(index)
            self._read(left, index)
            index += 1
        return (*parts, self._question[start:].strip()) if parts else (self._question,)

    def _word(self, index: int) -> str:
        return self._tokens[index].word if index < len(self._tokens) else ""

    def _is_word(self, index: int) -> bool:
        return index < len(self._tokens) and self._tokens[index].is_word

    def _adjoin(self, index: int) -> bool:
        """Return whether no space stands between a token and the next."""
        return index + 1 < len(self._tokens) and self._tokens[index].end == self._tokens[index + 1].start

    def _is_auxiliary(self, index: int) -> bool:
        return self._word(index) in _AUXILIARIES and not self._tokens[index].is_name

    def _continues(self, index: int) -> bool:
        """Return whether a word stands at a place, or a mark that opens a quotation and is no end."""
        return self._is_word(index) or (index < len(self._tokens) and not self._free[index])

    def _is_subject(self, index: int) -> bool:
        """Return whether a word can only begin a noun phrase: a pronoun, an article, a name."""
        word = self._word(index)
        if not self._is_word(index):
            return self._continues(index)
        return word in _SUBJECTS | _DETERMINERS or self._tokens[index].raw[0].isupper()

    def _start(self, boundary: _Boundary) -> int:
        """Return the offset of the right side, with the marks that open it."""
        index = boundary.right
        while index > boundary.after and self._tokens[index - 1].raw in _OPENING and self._adjoin(index - 1):
            index -= 1
        return self._tokens[index].start

    def _begin(self, index: int) -> _Left:
        return _Left(index, self._opening(index))

    # Where a question may be cut.

    def _boundary(self, index: int) -> _Boundary | None:
        token = self._tokens[index]
        if not self._free[index]:
            return None
        if token.raw in _CLOSING:
            return self._asked(index)
        if token.raw in {";", "\n"}:
            return self._linked(";", token.start, index, index + 1)
        if token.raw == "," or token.word in {"and", "also", "&"}:
            return self._joined(index)
        return None

    def _asked(self, index: int) -> _Boundary | None:
        """Return the boundary after a question mark and the marks that close with it, at the last of them."""
        token = self._tokens[index]
        if self._adjoin(index) and self._tokens[index + 1].raw in _CLOSING:
            return None
        first = index
        while (
            first and self._tokens[first - 1].end == self._tokens[first].start and self._tokens[first].raw in _CLOSING
        ):
            if self._tokens[first].raw in _ASKING and self._free[first]:
                break
            first -= 1
        asking = self._tokens[first].raw
        if asking not in _ASKING or not self._free[first]:
            return None
        if asking == "?" and not self._question[token.end : token.end + 1].isspace():
            return None  # an address, or the end
        return self._linked("?", token.end, index, index + 1)

    def _linked(self, kind: str, end: int, index: int, after: int) -> _Boundary | None:
        """Return a boundary at a mark; numbers of a list and links after it are left out."""
        right = self._next_word[after]
        for _ in range(3):
            if self._word(right) in _LINKS or self._is_number_of_list(right):
                right = self._next_word[right + 1]
        if right == len(self._tokens) or self._word(right) == "or":
            return None
        return _Boundary(kind, end, index, right, after)

    def _is_number_of_list(self, index: int) -> bool:
        return self._word(index).isdecimal() and self._word(index + 1) in {".", ")"}

    def _joined(self, index: int) -> _Boundary | None:
        """Return the boundary at a comma, an "and" or both, if what follows begins like a question."""
        comma = self._tokens[index].raw == ","
        right = index + comma
        while right < index + 4 and self._word(right) in _LINKS:
            right += 1
        linked = right > index + comma
        conditional = comma and index > 0 and self._word(index - 1) in {"so", "not"}
        if not self._asks(right) or (conditional and self._word(index + 1) not in {"and", "also", "&"}):
            return None  # "and if so, where"
        if linked and self._tokens[right].is_name and not self._tokens[right - 1].raw[0].isupper():
            return None  # a title: "and What Ever Happened to ..."
        return _Boundary("and" if linked else ",", self._tokens[index].start, index, right, right, comma)

    def _asks(self, index: int) -> bool:
        """Return whether a question word, a preposition with one, or an auxiliary stands at a place."""
        word = self._word(index)
        if word in _PREPOSITIONS:
            return self._word(index + 1) in _QUESTION_WORDS
        return word in _QUESTION_WORDS or word in _AUXILIARIES

    # How a question begins.

    def _opening(self, index: int) -> _Head | None:
        """Return the head of a question that may have a greeting, or a phrase up to a comma, before it."""
        index = self._next_word[min(index, len(self._tokens))]
        for _ in range(3):
            if self._word(index) in _GREETINGS or self._is_number_of_list(index):
                index = self._next_word[index + 1]
        head = self._head(index)
        if head or self._word(index) not in _OPENINGS:
            return head
        for place in range(index + 1, min(index + _REACH, len(self._tokens) - 1)):
            if self._tokens[place].raw == ",":
                found = self._head(place + 1)
                if found:
                    return _Head(found.start, found.verb, found.word, found.strong, found.inverted, opened=True)
            elif not self._tokens[place].is_word:
                return None
        return None

    def _head(self, index: int) -> _Head | None:
        """Return how the question at a place begins, or None if none does for certain."""
        prepared = self._word(index) in _PREPOSITIONS
        place = index + prepared
        word = self._word(place)
        if word not in _QUESTION_WORDS:
            return None if prepared or word not in _AUXILIARIES else self._yes_or_no(index)
        following = place + 1
        if self._word(following) in _AFTER_QUESTION_WORD:
            following += 1
        if word in {"when", "where", "why"}:
            verb = following if self._is_auxiliary(following) else None
        elif word in _WHO:
            verb = self._verb_after_who(word, following)
        elif word == "how":
            verb = self._verb_after_how(following)
        else:
            verb = self._verb_after_noun(word, following)
        if verb is None or (self._is_auxiliary(verb) and not self._continues(verb + 1)):
            return None
        return self._classified(index, word, verb, prepared, direct=verb == following)

    def _yes_or_no(self, index: int) -> _Head | None:
        if not (self._is_word(index + 1) and self._is_word(index + 2)):
            return None
        if self._word(index + 1) in _PREPOSITIONS | _QUESTION_WORDS | _AUXILIARIES:
            return None
        return _Head(index, index, "", strong=self._word(index + 1) in _SUBJECTS, inverted=True, direct=True)

    def _verb_after_who(self, word: str, index: int) -> int | None:
        if self._is_auxiliary(index):
            return index
        refused = _PREPOSITIONS | _QUESTION_WORDS | _SUBJECTS | _DETERMINERS | {"and", "or", "not"}
        if word == "whom" or not self._is_word(index) or self._word(index) in refused or self._tokens[index].is_name:
            return None
        return index

    def _verb_after_how(self, index: int) -> int | None:
        if self._is_auxiliary(index):
            return index
        if self._word(index) in _MEASURES or self._word(index).endswith("ly"):
            return self._verb_after_noun("how", index + 1)
        if self._is_auxiliary(index + 1) and self._is_subject(index + 2):
            return index + 1  # "how safe is the"
        return None

    def _verb_after_noun(self, word: str, index: int) -> int | None:
        """Return the first finite verb, after the noun that a question word may have: "what (law) bans"."""
        if self._word(index) in _SUBJECTS | _DETERMINERS and word != "how":
            return None
        if self._word(index) in _PREPOSITIONS and self._word(index) != "of" and word != "how":
            return None
        likely = None
        for place in range(index, min(index + _REACH, len(self._tokens))):
            token = self._tokens[place]
            if token.raw in _ASKING or self._boundaries_at(place):
                break
            stops = not token.is_word and token.raw not in _INSIDE
            if stops or token.word in _QUESTION_WORDS | {"that"}:
                return None
            if (self._is_auxiliary(place) and self._word(place - 1) != "to") or self._is_verb(place):
                return place
            if likely is None and self._may_be_verb(place, place == index):
                likely = place
        return likely

    def _may_be_verb(self, index: int, first: bool) -> bool:
        """Return whether a word can be the verb if no other is found: "what drives cells", "which areas grow rice"."""
        word, before = self._word(index), self._word(index - 1)
        if not self._is_word(index) or self._tokens[index].is_name or not self._is_word(index + 1):
            return False
        if _past(word) or word in _PARTICIPLES:
            return not first
        refused = _PREPOSITIONS | STOP_WORDS
        if word in refused or self._word(index + 1) in refused - _DETERMINERS - {"to", "them"}:
            return False
        if _ends_in_s(word):
            return not _ends_in_s(before)
        return not first and (_ends_in_s(before) or before in _PLURALS)

    def _boundaries_at(self, index: int) -> bool:
        token = self._tokens[index]
        return token.word in {"and", "also", "&"} and self._joined(index) is not None

    def _is_verb(self, index: int) -> bool:
        """Return whether a word is a finite verb for certain enough."""
        word, before, after = self._word(index), self._word(index - 1), self._word(index + 1)
        if self._tokens[index].is_name:
            return False
        if _past(word) or word in _PARTICIPLES:
            bare = self._is_word(index + 1) and after not in _PREPOSITIONS
            return bare or before == "what" or word in _FINAL_VERBS
        if word in _VERBS:
            return True
        if word in _PLURAL_VERBS:
            return before in _PLURALS or (_ends_in_s(before) and before not in _VERBS)
        singular = not _ends_in_s(before) and before not in _MEASURES
        return singular and _ends_in_s(word) and (self._is_subject(index + 1) or after in {"through", "into", "them"})

    def _classified(self, index: int, word: str, verb: int, prepared: bool, direct: bool) -> _Head:
        """Return the head whose verb is known: whether its order alone makes it a question."""
        subject = self._word(verb + 1) in _SUBJECTS
        does = self._word(verb) in _DO and self._is_auxiliary(verb)
        if not self._is_auxiliary(verb):
            strong = inverted = False
        elif word in {"when", "where", "why"} or (word == "how" and direct):
            strong = inverted = True
        elif does:
            who_did = word in _WHO and direct and not prepared and not self._is_subject(verb + 1)
            strong = inverted = not who_did and self._continues(verb + 2)
        else:
            strong = inverted = subject or (prepared and self._is_subject(verb + 1))
        gap = strong and word in _WHO | {"what", "which"} and not prepared
        likely = word not in _WHO and not self._is_auxiliary(verb) and not self._is_verb(verb)
        return _Head(index, verb, word, strong, inverted, prepared=prepared, direct=direct, likely=likely, gap=gap)

    # What stands on both sides of a boundary.

    def _read(self, left: _Left, index: int) -> None:
        """Take one token into what is known of the part."""
        token = self._tokens[index]
        if token.raw in {".", ":", "!"} and self._question[token.end : token.end + 1].isspace():
            self._read_sentence(left, index + 1)
        if not token.is_word:
            return
        dense = len(_DENSE.findall(token.raw))
        left.words += dense / 2 if dense else 1
        left.english |= token.word in _QUESTION_WORDS
        left.verbal |= token.word in _AUXILIARIES or token.word in _VERBS or _past(token.word)
        if left.head and index > left.head.start + left.head.prepared:
            self._read_clause(left, index)

    def _read_sentence(self, left: _Left, index: int) -> None:
        """Begin anew with the question that follows a sentence: "I read of the ban. Who was hit and ..."."""
        head = self._opening(index)
        if head:
            left.head = head
            left.embedded = left.relative = left.that = left.telling = left.between = False

    def _read_clause(self, left: _Left, index: int) -> None:
        word = self._word(index)
        before = self._word(index - 1)
        hangs = before in _PREPOSITIONS or _tells(before)
        if word in {"what", "how", "why", "whether"}:
            left.embedded = True
        elif word in {"when", "where"}:
            left.embedded |= hangs or self._word(index + 1) == "to"
        elif word in _RELATIVE:
            left.that |= word == "that"
            left.relative |= word != "that"
            left.embedded |= hangs and word != "that"
        elif word in {"between", "both"}:
            left.between = True
        elif word == "and":
            left.between = False
        else:
            left.telling |= _tells(word)

    def _cuts(self, left: _Left, boundary: _Boundary) -> bool:
        if boundary.kind == "?":
            return self._cuts_at_mark(left, boundary)
        if boundary.kind == ";":
            return self._cuts_at_semicolon(left, boundary)
        if left.head is None or left.words < 2:
            return False
        right = self._head(boundary.right)
        return right is not None and self._cuts_inside(left, left.head, right, boundary)

    def _cuts_inside(self, left: _Left, head: _Head, right: _Head, boundary: _Boundary) -> bool:
        """Return whether a sentence is cut at a comma or an "and", by how both sides begin."""
        if boundary.kind == ",":
            return (
                right.strong and bool(right.word and head.word) and head.direct and not (head.opened or head.prepared)
            )
        if not right.word:
            return self._second_verb_is_question(head, boundary.right)
        if right.strong:
            return True
        if head.likely or (right.likely and self._goes_on(right.verb)):
            return False
        return self._stands_alone(left, head, right, boundary)

    def _cuts_at_semicolon(self, left: _Left, boundary: _Boundary) -> bool:
        """Return whether questions stand on both sides of a semicolon or new line, one of them beyond doubt."""
        head = self._opening(boundary.right)
        if left.head is None:
            return head is not None and left.words >= 4 and self._asks_for_noun(left.start)
        return left.words >= 2 and (head is not None or self._asks_for_noun(boundary.right))

    def _asks_for_noun(self, index: int) -> bool:
        """Return whether a text begins like "what river", "how many people" or "how to"; its verb may be unknown."""
        word, following = self._word(index), self._word(index + 1)
        if not (self._is_word(index + 2) and self._is_word(index + 3)) or following in _SUBJECTS | _DETERMINERS:
            return False
        if word == "how":
            return following in _MEASURES or following == "to"
        return word in {"what", "which", "who", "whose"} and following not in _PREPOSITIONS - {"of"}

    def _cuts_at_mark(self, left: _Left, boundary: _Boundary) -> bool:
        """Return whether the texts before and after a question mark are questions, in any language."""
        right = _Left(boundary.right, self._opening(boundary.right))
        asked = False
        for index in range(boundary.right, len(self._tokens)):
            token = self._tokens[index]
            if token.raw in _ASKING and self._free[index]:
                asked = True
                break
            self._read(right, index)
        if left.words < 2 or right.words < 2:
            return False
        if not (left.english or right.english or left.head or right.head):
            return asked
        return self._asks_by_mark(left) and (right.head is not None or (asked and self._asks_by_mark(right)))

    def _asks_by_mark(self, part: _Left) -> bool:
        """Return whether an English text before a question mark is a question of its own."""
        if part.head or (part.verbal and part.words >= 4):
            return True
        return part.words >= 3 and self._word(part.start) in _QUESTION_WORDS and self._word(part.start + 1) != "about"

    def _goes_on(self, index: int) -> bool:
        """Return whether another boundary comes in the same sentence."""
        following = self._next_boundary[index]
        boundary = self._boundaries[following] if following < len(self._tokens) else None
        return boundary is not None and boundary.kind in {"and", ","}

    def _second_verb_is_question(self, left: _Head, index: int) -> bool:
        """Return whether "and is it ..." asks anew, and is no second verb of the first: "who came and is the ..."."""
        verb, subject, following = self._word(index), self._word(index + 1), self._word(index + 2)
        if not self._is_auxiliary(index):
            return False
        if subject == "it" and verb not in _BE | _MODAL and not left.inverted:
            return not (following in _ADVERBS | _PREPOSITIONS or following.endswith("ly"))  # "and does it well"
        if subject in _SUBJECTS:
            return True
        if not self._is_subject(index + 1) and subject != "there":
            return False
        return left.inverted or verb in _MODAL

    def _stands_alone(self, left: _Left, head: _Head, right: _Head, boundary: _Boundary) -> bool:
        """Return whether a question that could hang on something has nothing to hang on."""
        pronoun = right.word in _RELATIVE
        if left.embedded or left.between or (pronoun and (left.relative or head.opened)):
            return False
        if pronoun and left.that and not boundary.comma:
            return False
        if left.telling and not (head.gap or boundary.comma):
            return False
        first = right.start + right.prepared + 1
        verb, following = self._word(right.verb), self._word(right.verb + 1)
        if right.direct and right.word == "which":
            if following == "the":
                following = self._word(right.verb + 2)
            return following in _COMPARATIVES or following.endswith(("er", "est"))
        if right.direct and right.word == "what":
            named = verb in _BE and following in _NAMED_AFTER
            return not (
                named
                or (verb == "became" and following != "of")
                or (verb == "would" and following in {"be", "become", "later"})
            )
        other = self._word(first) in {"other", "else"}
        shared = other and not boundary.comma and not self._is_auxiliary(right.verb)
        return not shared  # "what have they and which other firm made"


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
    return _Splitter(question).parts()


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
    if len(set(analyze(part))) < 2:
        return True
    words = [token for token in _tokens(part) if token.is_word]
    for place, token in enumerate(words):
        if token.word in _LEANING and not _expletive(words, place):
            return True
        if place and _is_noun(words[place - 1], token):
            return False  # what follows can mean this
    return False


def _expletive(words: list[_Token], place: int) -> bool:
    """Return whether a "there" means no place: "are there fees", "how many are there"."""
    if words[place].word != "there" or not place or words[place - 1].word not in _BE:
        return False
    return place + 1 < len(words) or any(word.word in {"many", "much"} for word in words[:place])


def _is_noun(before: _Token, token: _Token) -> bool:
    """Return whether a word is a name, or stands where a noun phrase begins."""
    if token.word in STOP_WORDS | _VERBS or _past(token.word):
        return False
    named = token.raw[0].isupper() or token.raw[0].isdigit()
    return named or before.word in _DETERMINERS - _LEANING | {"which", "what", "whose", "many", "much"}
