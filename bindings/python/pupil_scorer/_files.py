"""Reads files that are given by path, as bytes, or as objects like files."""

from __future__ import annotations

import os
from typing import Protocol, TypeGuard, runtime_checkable

from ._errors import BadInputError, NotFoundError, TooLargeError, UnreadableError

FILE_BYTES = 256 << 20
"""Limit of a model or a task pack, in bytes."""


@runtime_checkable
class Readable(Protocol):
    """An object like a file that is open for reading bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """Reads up to so many bytes."""


def is_readable(value: object) -> TypeGuard[Readable]:
    """Whether a value is like an open file."""
    return callable(getattr(value, "read", None))


def file_bytes(data: bytes | bytearray | memoryview, what: str) -> bytes:
    """The bytes of a file; rejects more bytes than the engine accepts, before they are copied."""
    size = memoryview(data).nbytes
    if size > FILE_BYTES:
        raise TooLargeError(f"{what} has {size} bytes, at most {FILE_BYTES} are read")
    return bytes(data)


def read_file(file: Readable, what: str) -> bytes:
    """All bytes of an open file, from its position on."""
    parts: list[bytes] = []
    size = 0
    while True:
        part = file.read(FILE_BYTES + 1 - size)
        if not isinstance(part, (bytes, bytearray, memoryview)):
            raise TypeError(f'the file of {what} gives {type(part).__name__}, not bytes: open it with mode "rb"')
        if not len(part):
            return b"".join(parts)
        parts.append(bytes(part))
        size += len(part)
        if size > FILE_BYTES:
            raise TooLargeError(f"{what} has more than {FILE_BYTES} bytes, at most {FILE_BYTES} are read")


def read_path(path: str | os.PathLike[str]) -> bytes:
    """The bytes of the file at a path."""
    try:
        with open(path, "rb") as file:
            return file.read(FILE_BYTES + 1)
    except OSError as error:
        kind = NotFoundError if isinstance(error, FileNotFoundError) else UnreadableError
        failure = kind(f"cannot read {os.fspath(path)}: {error.strerror}")
        failure.errno = error.errno
        raise failure from error


def whole_path(path: object, what: str) -> str:
    """An absolute path; rejects one that UTF-8 cannot encode."""
    if not isinstance(path, (str, os.PathLike)):
        message = f"{what} is of type {type(path).__name__}: pass a path, or a file that is open for reading bytes"
        raise TypeError(message)
    whole = os.path.abspath(os.fspath(path))
    if isinstance(whole, bytes):
        raise TypeError(f"{what} is a path in bytes: pass a str, os.fsdecode(path)")
    checked(whole, "the path")
    return whole


def checked(text: object, what: str) -> None:
    """Rejects a value that is not a `str`, or that UTF-8 cannot encode."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is of type {type(text).__name__}, not str")
    try:
        text.encode()
        return
    except UnicodeEncodeError as error:
        first = error.start
    # Raised outside the `except` block: its error contains the whole text and would be kept as context.
    raise BadInputError(f"{what} has a lone surrogate at character {first}, which UTF-8 cannot encode")
