"""Near-identical texts: what counts as the same paragraph again, so that no ranking shows it twice.

Two texts are the same if what decides facts in them is equal (numbers, dates, negations), and nearly all of their runs
of three words. A wrong merge hides a fact and a missed one costs a place in the list, so doubt is a difference. A long
paragraph with another name in one place still counts as the same; it is listed with the one that is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cached_property
from sys import intern
from typing import TypeVar

_MIN_SIMILARITY = 0.9
_SHORT = 8
"""Texts of fewer words are the same only if all their words are: they have too few runs to measure by."""

_PUNCTUATION = r"\s!-/:-@\[-`{-~\xa1\xab\xb7\xbb\xbf\u2000-\u206f\u3000-\u303f\uff01-\uff0f\uff1a-\uff20"
# Ranges, because the categories that `re` knows take the vowel signs of Indic scripts for punctuation too.
_WORD = re.compile(rf"[^{_PUNCTUATION}]+(?:'[^{_PUNCTUATION}]+)*")
_DIGIT = re.compile(r"\d")
_SYMBOL = re.compile(r"[$%<>=+°\u00a2-\u00a5\u00b1\u2030\u20a0-\u20cf\u2212\u2260-\u2265]")
_BEFORE_NUMBER = "\"'()[]{}*_`,;:!?|\u00ab\u00bb\u2018\u201c\u201d\u2026"
_AFTER_NUMBER = _BEFORE_NUMBER + "."
_DECISIVE = frozenset(
    """
    no not never none nor neither nobody nothing nowhere cannot without
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion
    first second third fourth fifth sixth seventh eighth ninth tenth half double twice
    january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    """.split()
)

Item = TypeVar("Item")


class Fingerprint:
    """What a text is compared by; case, white space and punctuation are not in it, save in and around numbers.

    Args:
        text: Any text.
    """

    def __init__(self, text: str) -> None:
        self._folded = unicodedata.normalize("NFC", text.casefold()).replace("\u2019", "'")
        self._words = [*map(intern, _WORD.findall(self._folded))]  # thousands are kept: they share their words

    @cached_property
    def _runs(self) -> frozenset[tuple[str, ...]]:
        return frozenset(zip(self._words, self._words[1:], self._words[2:], strict=False))

    @cached_property
    def _decisive(self) -> list[str]:
        """Numbers, negations, number words, names of months and days, and signs such as % and $, sorted."""
        words = [word for word in self._words if word in _DECISIVE or word.endswith("n't")]
        # A number is taken with all that stands around it up to the next white space: -5 is not 5, nor is 5%.
        numbers = [
            chunk.lstrip(_BEFORE_NUMBER).rstrip(_AFTER_NUMBER) for chunk in self._folded.split() if _DIGIT.search(chunk)
        ]
        return sorted(words + numbers + _SYMBOL.findall(self._folded))

    def repeats(self, other: Fingerprint) -> bool:
        """Tell whether two texts say the same in nearly the same words."""
        fewer, more = sorted((len(self._words), len(other._words)))
        # Of so different lengths, too many runs must differ: no need to look at them.
        if fewer < _MIN_SIMILARITY * more or (fewer < _SHORT and fewer != more):
            return False
        # In this order, because hardly any two texts get to the last question, which costs most.
        return self._decisive == other._decisive and (self._words == other._words or self._nearly_same_runs(other))

    def _nearly_same_runs(self, other: Fingerprint) -> bool:
        if len(self._words) < _SHORT:
            return False
        fewer, more = sorted((self._runs, other._runs), key=len)
        both = len(fewer) + len(more)
        shared = len(fewer)
        for run in fewer:  # most texts differ in many runs, and are told apart by the first of them
            if run not in more:
                shared -= 1
                if shared < _MIN_SIMILARITY * (both - shared):
                    return False
        return shared >= _MIN_SIMILARITY * (both - shared)


def distinct(ranked: Iterable[Item], fingerprint: Callable[[Item], Fingerprint], count: int) -> list[list[Item]]:
    """Go down a ranking until ``count`` different texts and all their repetitions before the next are found.

    Args:
        ranked: Best first; no more of it is consumed than is needed.
        fingerprint: Gives that of an item's text.
        count: How many different texts are wanted, 1 or more.

    Returns:
        One group a text, in the order of the ranking: the item to show, then those that repeat it.
    """
    groups: list[tuple[Fingerprint, list[Item]]] = []
    for item in ranked:
        own = fingerprint(item)
        same = next((group for shown, group in groups if shown.repeats(own)), None)
        if same is not None:
            same.append(item)
        elif len(groups) == count:
            break
        else:
            groups.append((own, [item]))
    return [group for _, group in groups]
