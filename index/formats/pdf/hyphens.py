"""Lines put together again, and words that their ends have parted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.formats.pdf.layout import Line

_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_WORD_PART = re.compile(r"([^\W\d_]+(?:[-\u2010][^\W\d_]+)*)[-\u2010]$")
_CJK = "[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_WITHOUT_SPACE = re.compile(rf"\S[-\u2010\u2013\u2014/]\n|{_CJK}\n{_CJK}")
# A hyphen before them is that of "two- and three-year".
_SUSPENDING = frozenset("and or und oder bzw et ou y o e ed en of".split())


def vocabulary(columns: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Return the words of a document, compounds among them, in lower case."""
    return frozenset(word.lower() for lines in columns for line in lines for word in _WORD.findall(line.text))


def ready_for(text: str, after: str, words: frozenset[str]) -> str:
    """Return a text to which the next line can be put: with a space after it, or without the hyphen at its end.

    Whether a hyphen at the end of a line belongs to the word nothing on the page says. It goes, since most are the
    typesetter's, unless the document has the compound in the middle of a line and never as one word.

    Args:
        text: The lines so far.
        after: The next line.
        words: The document's vocabulary.
    """
    head = _WORD.match(after)
    part = _WORD_PART.search(text[-80:])
    if part and head:
        if head[0] in _SUSPENDING:
            return text + " "
        compound, solid = f"{part[1]}-{head[0]}".lower(), f"{part[1]}{head[0]}".lower()
        keeps = part[1].count("-") > 1 or compound in words or not after[0].islower()
        return text if keeps and solid not in words else text[:-1]
    return text if _WITHOUT_SPACE.search(f"{text[-2:]}\n{after[0]}") else text + " "
