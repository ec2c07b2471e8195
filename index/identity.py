"""Which document is which from one build to the next: ids stay with the text where files are renamed or moved.

What is read has ids that the source states or that are derived from paths. Here the earlier generation is asked whose
id it was, so that citations handed out earlier still lead to what they quote.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from index.documents import Document

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Known:
    """As much of a document as tells which one it is; see ``Document``.

    Attributes:
        id: Its id.
        source: The path it was read from.
        title: Its title: lines of one file may have one text and differ in their titles.
        sha256: Of its text.
        id_stated: Whether its source states the id.
    """

    id: str
    source: str | None
    title: str
    sha256: str
    id_stated: bool

    @classmethod
    def of(cls, document: Document) -> Known:
        """Return what is to be known of a document."""
        return cls(document.id, document.source, document.title, document.sha256, document.id_stated)


_SAME: tuple[Callable[[Known], Hashable], ...] = (
    lambda one: (one.sha256, one.source, one.title),
    lambda one: (one.sha256, one.source),
    lambda one: (one.sha256, str(one.source).rsplit("/", 1)[-1]),
    lambda one: one.sha256,
)
"""What two documents have in common that are the same one, from the surest to the least."""


def keep_ids(
    documents: Sequence[Document], earlier: Sequence[Known], taken: Iterable[str] = ()
) -> tuple[Document, ...]:
    """Give documents the ids that they had in the earlier generation.

    An id that the source states never changes, nor does that of a document without a source: whoever made it gave it.
    Any other document has, by the first of these that holds,

    1. the id of the same text at the same path, under the same title if there are several;
    2. the id of the same text at a path where it no longer stands: first one of the same file name, then any;
    3. the id of what stood at the same path, if the file had and has this one document only;
    4. its derived id; if that is taken, with some digits of a hash behind it.

    So text goes before path. Where two files swap names, each text keeps its id; a new file under the name of one that
    was renamed gets another id, and keeps that.

    Args:
        documents: In any order. Stated ids differ from each other, and so do derived ones.
        earlier: The documents of the earlier generation, in any order.
        taken: Ids of documents that stay beside these, which none of these may get.

    Returns:
        The documents by id; all ids differ.
    """
    settled = {document.id for document in documents if _is_settled(document)}.union(taken)
    read = sorted((Known.of(document) for document in documents if not _is_settled(document)), key=_order)
    left = sorted((known for known in earlier if known.id not in settled), key=_order)

    ids: dict[str, str] = {}  # by the id that was derived
    for same in _SAME:
        _match(read, left, same, ids)
    held, hold = Counter(known.source for known in earlier), Counter(document.source for document in documents)
    _match([one for one in read if held[one.source] == hold[one.source] == 1], left, lambda one: one.source, ids)
    _derive(read, settled, ids)
    _in_order(read, ids)

    kept = (one if _is_settled(one) or ids[one.id] == one.id else replace(one, id=ids[one.id]) for one in documents)
    return tuple(sorted(kept, key=lambda document: document.id))


def _is_settled(document: Document) -> bool:
    return document.id_stated or document.source is None


def _order(known: Known) -> tuple[bool, str, int, str]:
    """Sort by path and then as lines stand in their file: "many.9" before "many.10"."""
    return known.id_stated, str(known.source), len(known.id), known.id


def _match(read: Iterable[Known], left: list[Known], same: Callable[[Known], Hashable], ids: dict[str, str]) -> None:
    """Give ids of the earlier generation to documents that have none yet; both in order, where several are the same."""
    given = set(ids.values())
    free: defaultdict[Hashable, list[str]] = defaultdict(list)
    for known in reversed(left):
        if known.id not in given:
            free[same(known)].append(known.id)
    for one in read:
        if one.id not in ids and (those := free.get(same(one))):
            ids[one.id] = those.pop()


def _derive(read: Iterable[Known], settled: set[str], ids: dict[str, str]) -> None:
    """Give documents that are new their derived id, or one made of it that nobody has."""
    taken = settled.union(ids.values())
    new = [one for one in read if one.id not in ids]
    avoided = taken.union(one.id for one in new)
    for one in new:  # names that are made of different ids differ, too
        ids[one.id] = next(name for name in _names(one) if name not in avoided) if one.id in taken else one.id


def _names(known: Known) -> Iterator[str]:
    """Yield ids for a document whose derived one is taken; the text in them keeps the next one there from the same."""
    for number in count():
        digits = hashlib.sha256(f"{known.sha256}{number}".encode()).hexdigest()[:_DIGITS]
        yield f"{known.id}-{digits}"


def _in_order(read: Iterable[Known], ids: dict[str, str]) -> None:
    """Where one text stands several times at one path, put its ids in order: the next build will match them so."""
    alike: defaultdict[Hashable, list[str]] = defaultdict(list)
    for one in read:
        alike[_SAME[0](one)].append(one.id)
    for those in alike.values():
        if len(those) > 1:
            sorted_ids = sorted((ids[name] for name in those), key=lambda name: (len(name), name))
            ids.update(zip(those, sorted_ids, strict=True))
