"""Bytes to text, where a file does not say what its encoding is: UTF-8, and nothing that would have to be guessed."""

from __future__ import annotations

from index.blocks import Unreadable

_OTHER = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def decode(data: bytes) -> str:
    """Decode UTF-8 text; a byte order mark is dropped.

    A wrong guess would turn quotes into other words, so other encodings are refused, with the command that converts.

    Raises:
        Unreadable: It is not UTF-8, or not text at all.
    """
    encoding = next((name for mark, name in _OTHER.items() if data.startswith(mark)), None)
    if encoding is not None:
        raise Unreadable(f"it is {encoding} text; save it as UTF-8 (iconv -f {encoding} -t UTF-8)")
    if b"\0" in data:
        raise Unreadable("it is not a text file (it contains NUL bytes)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"it is not UTF-8 text (line {line}); save it as UTF-8 (for Western text: iconv -f WINDOWS-1252 -t UTF-8)"
        ) from error
