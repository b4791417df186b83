"""Errors, one class for each way in which a caller can react."""

from __future__ import annotations


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


class UnreadableError(PupilError, OSError):
    """The file is missing or cannot be read: correct the path or the permission. `errno` is that of the system."""


class NotFoundError(UnreadableError, FileNotFoundError):
    """There is no file at the path: correct the path."""


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
