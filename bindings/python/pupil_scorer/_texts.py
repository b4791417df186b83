"""Encodes texts for the engine: concatenated UTF-8 and the end of each text."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from ._columns import column, missing
from ._errors import BadInputError, TooLargeError

PIECE_TEXTS = 4096
"""Limit of texts per call of the engine. It bounds memory, and the delay of a keyboard interrupt."""

PIECE_BYTES = 64 << 20
"""Limit of bytes per call of the engine, except for a single longer text."""

CALL_BYTES = (1 << 31) - 1
"""Limit of bytes of one argument."""

FILE_BYTES = 256 << 20
"""Limit of a model or a task pack, in bytes."""


class Texts(Protocol):
    """Many texts that are split into parts."""

    def __len__(self) -> int: ...

    def stop(self, start: int) -> int:
        """The latest end of the part that begins with text `start`."""

    def piece(self, start: int, stop: int) -> tuple[bytes, bytes]:
        """The texts as concatenated UTF-8, and the end of each as a 64-bit little-endian number."""


def encoded(text: str, what: str, place: int | None = None) -> bytes:
    """Encodes a text in UTF-8; rejects a value that is not a `str`, cannot be encoded or is too long."""
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
    # Raised outside the `except` block: its error contains the whole text and would be kept as context.
    raise BadInputError(f"{where} has a lone surrogate at character {first}, which UTF-8 cannot encode", place)


def file_bytes(data: bytes | bytearray | memoryview, what: str) -> bytes:
    """The bytes of a file; rejects more bytes than the engine accepts, before they are copied."""
    size = memoryview(data).nbytes
    if size > FILE_BYTES:
        raise TooLargeError(f"{what} has {size} bytes, at most {FILE_BYTES} are read")
    return bytes(data)


def texts(values: Iterable[str | None], what: str, *, review: bool) -> Texts:
    """Takes a column of texts of any type; `what` names it in errors.

    A missing text is treated as empty if `review` is set; otherwise it raises an error with its index.
    """
    found = column(values, what)
    return _StringTexts(found, what, review) if isinstance(found, list) else _ArrowTexts(found, what, review)


def _refuse_missing(what: str, place: int) -> NoReturn:
    raise BadInputError(f"{what} {place} is missing", place)


class _StringTexts:
    def __init__(self, values: list[Any], what: str, review: bool) -> None:
        self._values = values
        self._what = what
        self._review = review

    def __len__(self) -> int:
        return len(self._values)

    def stop(self, start: int) -> int:
        size = 0
        last = min(start + PIECE_TEXTS, len(self._values))
        for place in range(start, last):
            value = self._values[place]
            # At most four bytes per character; other types are rejected when they are encoded.
            size += 4 * len(value) if isinstance(value, str) else 0
            if size > PIECE_BYTES:
                return max(place, start + 1)
        return last

    def piece(self, start: int, stop: int) -> tuple[bytes, bytes]:
        parts = [self._encoded(place) for place in range(start, stop)]
        ends = np.cumsum(np.fromiter(map(len, parts), dtype="<u8", count=len(parts)), dtype="<u8")
        return b"".join(parts), ends.tobytes()

    def _encoded(self, place: int) -> bytes:
        value = self._values[place]
        if isinstance(value, str) or not missing(value):
            return encoded(value, self._what, place)
        if not self._review:
            _refuse_missing(self._what, place)
        return b""


class _ArrowTexts:
    """Texts in an Arrow array; no Python objects are made for them."""

    def __init__(self, values: Any, what: str, review: bool) -> None:
        arrow: Any = sys.modules["pyarrow"]
        values = _plain(arrow, values)
        kinds = (arrow.types.is_string, arrow.types.is_large_string, arrow.types.is_string_view, arrow.types.is_null)
        if not any(kind(values.type) for kind in kinds):
            raise TypeError(f"the {what}s are an Arrow array of {_name(arrow, values.type)}")
        values = values.cast(arrow.large_string())
        if isinstance(values, arrow.ChunkedArray):
            values = values.combine_chunks()
        if values.null_count:
            if not review:
                _refuse_missing(what, int(np.argmax(values.is_null().to_numpy(zero_copy_only=False))))
            values = values.fill_null("")
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


def _plain(arrow: Any, values: Any) -> Any:
    """The array without extension, run-end and dictionary encodings."""
    if isinstance(values.type, arrow.BaseExtensionType):
        values = values.cast(values.type.storage_type)
    if arrow.types.is_run_end_encoded(values.type):
        import pyarrow.compute

        values = pyarrow.compute.run_end_decode(values)
    return values.cast(values.type.value_type) if arrow.types.is_dictionary(values.type) else values


def _name(arrow: Any, kind: Any) -> str:
    """The element type of an array that does not contain strings, without the names of its columns."""
    if arrow.types.is_struct(kind):
        return 'structs, which is a table: pass one column, array.field("text")'
    if arrow.types.is_nested(kind):
        return "lists, not of strings: pass one text per answer"
    return f"{kind}, not of strings"
