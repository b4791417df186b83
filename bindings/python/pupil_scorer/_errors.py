"""Errors, one class for each thing that a caller can do about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from . import _pupil

T = TypeVar("T")


class PupilError(Exception):
    """What went wrong; catch this for all of it.

    The message says it with numbers, in English, and never repeats answer text.
    """

    answer: int | None
    """Place of the answer that failed, from 0, where many were scored."""

    def __init__(self, message: str, answer: int | None = None) -> None:
        super().__init__(message)
        self.answer = answer

    def __reduce__(self) -> tuple[type[PupilError], tuple[str, int | None]]:
        return type(self), (str(self), self.answer)


class UnreadableError(PupilError):
    """The file is not there or cannot be read: correct the path, or see to the permission."""


class NotAModelError(PupilError):
    """The bytes are no model at all: choose another file."""


class DamagedError(PupilError):
    """The file contradicts itself or its hashes, or is not the one it was: fetch it again."""


class UnsupportedError(PupilError):
    """The file needs a later version of the package: update it, or take another model."""


class TooLargeError(PupilError):
    """The file or the answer exceeds a limit: shorten it, or raise the limit when opening the model."""


class WrongBaseError(PupilError):
    """The task pack belongs to another model: use the pack that was made for this one."""


class UnknownTaskError(PupilError, LookupError):
    """The model has no task of that name."""


class BadInputError(PupilError, ValueError):
    """An argument breaks the rules of the method it was given to."""


class CancelledError(PupilError):
    """The caller asked for the batch to stop."""


class ClosedError(PupilError, ValueError):
    """The scorer was closed: open another one."""


class InternalError(PupilError):
    """The engine broke a rule of its own: please report it."""


_CLASSES: dict[type[BaseException], type[PupilError]] = {
    _pupil.PupilError.Unreadable: UnreadableError,
    _pupil.PupilError.NotAModel: NotAModelError,
    _pupil.PupilError.Damaged: DamagedError,
    _pupil.PupilError.Unsupported: UnsupportedError,
    _pupil.PupilError.TooLarge: TooLargeError,
    _pupil.PupilError.WrongBase: WrongBaseError,
    _pupil.PupilError.UnknownTask: UnknownTaskError,
    _pupil.PupilError.BadInput: BadInputError,
    _pupil.PupilError.Cancelled: CancelledError,
    _pupil.PupilError.Internal: InternalError,
}

RAISED = (_pupil.PupilError, _pupil.InternalError)
"""What the generated code raises."""


_CANCELLED = re.compile(r"cancelled after (\d+) of \d+ answers")


def translated(error: Exception, first: int = 0, total: int = 0) -> PupilError:
    """The public error for one of `RAISED`.

    Where the engine got a piece of a longer batch, `first` is the place of the piece's first answer and `total` counts all.
    """
    if isinstance(error, _pupil.InternalError):
        # Its message is that of a panic, which might hold text of an answer.
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
    """Calls generated code, and raises its errors as the public ones.

    Raised out of the handler: an error of the generated code, which may hold what a panic said, would travel along as the context.
    """
    try:
        return call(*arguments)
    except RAISED as error:
        failure = translated(error)
    raise failure
