"""Errors, one class for each way in which a caller can react."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from . import _pupil

T = TypeVar("T")


class PupilError(Exception):
    """The base class of all errors.

    The message is in English with numbers, and never repeats answer text.
    """

    answer: int | None
    """In a batch, the index of the failed answer, from 0."""

    def __init__(self, message: str, answer: int | None = None) -> None:
        super().__init__(message)
        self.answer = answer

    def __reduce__(self) -> tuple[type[PupilError], tuple[str, int | None]]:
        return type(self), (str(self), self.answer)


class UnreadableError(PupilError):
    """The file is missing or cannot be read: correct the path or the permission."""


class NotAModelError(PupilError):
    """The bytes are not a model: choose another file."""


class DamagedError(PupilError):
    """The file is inconsistent, does not match its hashes, or has changed: fetch it again."""


class UnsupportedError(PupilError):
    """The file needs a later version of the package: update it, or take another model."""


class TooLargeError(PupilError):
    """The file or the answer exceeds a limit: shorten it, or raise the limit when opening the model."""


class UntrustedError(PupilError):
    """The file is not signed with a trusted key, or not what was expected: get it from its publisher."""


class WrongBaseError(PupilError):
    """The task pack belongs to another model: use the pack that was made for this one."""


class UnknownTaskError(PupilError, LookupError):
    """The model has no task with this name."""


class BadInputError(PupilError, ValueError):
    """An argument is invalid."""


class CancelledError(PupilError):
    """The caller cancelled the batch."""


class ClosedError(PupilError, ValueError):
    """The scorer was closed: open another one."""


class InternalError(PupilError):
    """An error inside the engine: please report it."""


_CLASSES: dict[type[BaseException], type[PupilError]] = {
    _pupil.PupilError.Unreadable: UnreadableError,
    _pupil.PupilError.NotAModel: NotAModelError,
    _pupil.PupilError.Damaged: DamagedError,
    _pupil.PupilError.Unsupported: UnsupportedError,
    _pupil.PupilError.TooLarge: TooLargeError,
    _pupil.PupilError.Untrusted: UntrustedError,
    _pupil.PupilError.WrongBase: WrongBaseError,
    _pupil.PupilError.UnknownTask: UnknownTaskError,
    _pupil.PupilError.BadInput: BadInputError,
    _pupil.PupilError.Cancelled: CancelledError,
    _pupil.PupilError.Internal: InternalError,
}

RAISED = (_pupil.PupilError, _pupil.InternalError)
"""The errors that the generated code raises."""


_CANCELLED = re.compile(r"cancelled after (\d+) of \d+ answers")


def translated(error: Exception, first: int = 0, total: int = 0) -> PupilError:
    """Converts one of `RAISED` to a public error.

    If the engine got a part of a longer batch, `first` is the index of the part's first answer and `total` the number
    of all answers.
    """
    if isinstance(error, _pupil.InternalError):
        # Its message is that of a panic, which might contain answer text.
        return InternalError("the engine panicked; please report it, with the model's name")
    reason: str = getattr(error, "reason")
    answer: int | None = getattr(error, "answer", None)
    if answer is not None and first:
        reason = f"answer {first + answer}: {reason.removeprefix(f'answer {answer}: ')}"
        answer += first
    if total and (match := _CANCELLED.fullmatch(reason)):
        reason = f"cancelled after {first + int(match[1])} of {total} answers"
    return _CLASSES[type(error)](reason, answer)


def called(call: Callable[..., T], *arguments: object) -> T:
    """Calls generated code, and raises its errors as public errors.

    It raises outside the `except` block, so that the original error, which may contain a panic's message, is not kept
    as context.
    """
    try:
        return call(*arguments)
    except RAISED as error:
        failure = translated(error)
    raise failure
