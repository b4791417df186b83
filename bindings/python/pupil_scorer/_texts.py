"""Texts on their way to the engine: one piece of UTF-8 and where each text ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ._errors import BadInputError, TooLargeError

PIECE_TEXTS = 4096
"""Texts of one call of the engine at most: bounds memory, and how long an interrupt from the keyboard waits."""

PIECE_BYTES = 64 << 20
"""Bytes of one call of the engine, but for a single longer text."""

CALL_BYTES = (1 << 31) - 1
"""Bytes that can cross the boundary in one argument."""


class Texts(Protocol):
    """Many texts that are cut into pieces."""

    def __len__(self) -> int: ...

    def stop(self, start: int) -> int:
        """Where the piece that begins with text `start` ends at the latest."""

    def piece(self, start: int, stop: int) -> tuple[bytes, bytes]:
        """The texts in one piece of UTF-8, and the 64-bit little-endian numbers of where each ends."""


def encoded(text: str, what: str, place: int | None = None) -> bytes:
    """A text in UTF-8; refuses what is no text, has no UTF-8 or cannot cross the boundary."""
    if not isinstance(text, str):
        if place is None:
            raise TypeError(f"{what} is of type {type(text).__name__}, not str")
        message = f"{what} {place} is of type {type(text).__name__}, not str"
        raise BadInputError(message, place)
    where = what if place is None else f"{what} {place}"
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        first = error.start
    else:
        if len(data) > CALL_BYTES:
            raise TooLargeError(f"{where} has {len(data)} bytes, at most {CALL_BYTES} can be passed", place)
        return data
    # Out of the handler: its error holds the whole text, and would travel along as the context.
    raise BadInputError(f"{where} holds half of a surrogate pair at character {first}, which has no UTF-8", place)


def texts(values: Iterable[str], what: str) -> Texts:
    """Takes a sequence of strings, an array of NumPy or Arrow, or a column of pandas; `what` names it in errors."""
    if isinstance(values, (str, bytes)):
        raise TypeError(f"the {what}s are one {type(values).__name__}, not many texts")
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(values, (arrow.Array, arrow.ChunkedArray)):
        return _ArrowTexts(values, what)
    return _StringTexts(list(values), what)


class _StringTexts:
    def __init__(self, values: list[str], what: str) -> None:
        self._values = values
        self._what = what

    def __len__(self) -> int:
        return len(self._values)

    def stop(self, start: int) -> int:
        size = 0
        last = min(start + PIECE_TEXTS, len(self._values))
        for place in range(start, last):
            value = self._values[place]
            # At most four bytes a character; what is no text is refused when it is encoded.
            size += 4 * len(value) if isinstance(value, str) else 0
            if size > PIECE_BYTES:
                return max(place, start + 1)
        return last

    def piece(self, start: int, stop: int) -> tuple[bytes, bytes]:
        parts = [encoded(self._values[place], self._what, place) for place in range(start, stop)]
        ends = np.cumsum(np.fromiter(map(len, parts), dtype="<u8", count=len(parts)), dtype="<u8")
        return b"".join(parts), ends.tobytes()


class _ArrowTexts:
    """Texts that lie in an array of Arrow; no Python object is made for any of them."""

    def __init__(self, values: Any, what: str) -> None:
        arrow: Any = sys.modules["pyarrow"]
        if isinstance(values, arrow.DictionaryArray) or arrow.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        kinds = (arrow.types.is_string, arrow.types.is_large_string, arrow.types.is_string_view)
        if not any(kind(values.type) for kind in kinds):
            raise TypeError(f"the {what}s are an Arrow array of {values.type}, not of strings")
        values = values.cast(arrow.large_string())
        if isinstance(values, arrow.ChunkedArray):
            values = values.combine_chunks()
        if values.null_count:
            place = int(np.argmax(values.is_null().to_numpy(zero_copy_only=False)))
            raise BadInputError(f"{what} {place} is null", place)
        self._what = what
        self._len = len(values)
        _, offsets, data = values.buffers()
        self._offsets: NDArray[np.int64] = (
            np.frombuffer(offsets, "<i8")[values.offset : values.offset + self._len + 1]
            if self._len
            else np.zeros(1, "<i8")
        )
        self._data = data if data is not None else b""

    def __len__(self) -> int:
        return self._len

    def stop(self, start: int) -> int:
        last = min(start + PIECE_TEXTS, self._len)
        fits = int(np.searchsorted(self._offsets[start + 1 : last + 1], self._offsets[start] + PIECE_BYTES, "right"))
        return start + max(fits, 1)

    def piece(self, start: int, stop: int) -> tuple[bytes, bytes]:
        first, last = int(self._offsets[start]), int(self._offsets[stop])
        if last - first > CALL_BYTES:
            message = f"{self._what} {start} has {last - first} bytes, at most {CALL_BYTES} can be passed"
            raise TooLargeError(message, start)
        ends = (self._offsets[start + 1 : stop + 1] - first).astype("<u8")
        return bytes(memoryview(self._data)[first:last]), ends.tobytes()
