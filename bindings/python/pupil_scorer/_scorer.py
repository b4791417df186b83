"""`Scorer`, the object that callers use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, Self

from . import _pupil
from ._columns import index_of
from ._errors import BadInputError, ClosedError, DamagedError, PupilError
from ._files import Readable, file_bytes, is_readable, read_file, read_path, whole_path
from ._pupil import Cancellation, Options, Score
from ._scores import Scores, arrays
from ._texts import texts
from ._trust import Trust, signature_beside
from ._types import About, BlockUse, ExpertUse, Explanation, Label, Member, Task, WordShare

FOLD_LIMIT_BYTES = 16 << 20
"""Default limit of precomputed tables, in bytes."""

MAX_ANSWER_BYTES = 64 << 10
"""Default limit of an answer or a reference, in bytes of UTF-8."""

PIECE_TEXTS = 4096
"""How many answers of a batch the engine is given at once, which bounds its memory."""

MOST_THREADS = (1 << 32) - 1

Step = (
    tuple[Literal["open"], str | bytes] | tuple[Literal["attach"], bytes, Trust | None] | tuple[Literal["detach"], str]
)
"""A step that made a scorer; unpickling repeats the steps."""

Settings = tuple[int, int, Trust, bool]
"""How a scorer was opened: the two limits, whom it trusts, whether its file is mapped."""


_CLOSED = "the scorer is closed"


class Scorer:
    """An open model. Any number of threads may use it at once. The same file and text give the same bits everywhere.

    Use it as a context manager, or call `close`: both free the model's memory without waiting for the garbage
    collector.

    A scorer can be pickled. If it was opened from a path, unpickling opens the same path, and raises `DamagedError` if
    the file has another BLAKE3. A model from bytes, and every task pack, is pickled with its bytes.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Readable,
        *,
        fold_limit_bytes: int = FOLD_LIMIT_BYTES,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        trust: Trust = Trust(),
        map_unchanging_file: bool = False,
    ) -> None:
        """Opens a file: a path, or an object like a file that is open for reading bytes.

        The file is copied, so that nothing done to it later matters. `map_unchanging_file` maps it instead: only for a
        file that nobody writes to while it is open. If it is shortened, the process ends, and if it is rewritten,
        anything may happen.

        `fold_limit_bytes` limits precomputed tables: others are computed with each call, slower but with the same
        result. `max_answer_bytes` limits an answer or a reference, in bytes of UTF-8. `trust` says whose files are
        opened.

        Raises `NotFoundError`, `UnreadableError`, `NotAModelError`, `DamagedError`, `UnsupportedError`,
        `TooLargeError` or `UntrustedError`.
        """
        settings = (fold_limit_bytes, max_answer_bytes, trust, map_unchanging_file)
        given: str | bytes
        if is_readable(path):
            given = read_file(path, "the model")
            engine = _pupil.Engine.from_bytes(given, _options(settings))
        else:
            given = whole_path(path, "the model")
            engine = _pupil.Engine.open(given, _options(settings))
        self._set(engine, settings, (("open", given),))

    @classmethod
    def from_bytes(
        cls,
        data: bytes | bytearray | memoryview,
        *,
        fold_limit_bytes: int = FOLD_LIMIT_BYTES,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        trust: Trust = Trust(),
    ) -> Self:
        """Opens a model from memory. Limits and errors are as for a path."""
        data = file_bytes(data, "the model")
        settings = (fold_limit_bytes, max_answer_bytes, trust, False)
        engine = _pupil.Engine.from_bytes(data, _options(settings))
        return cls._of(engine, settings, (("open", data),))

    @classmethod
    def _of(cls, engine: _pupil.Engine, settings: Settings, steps: tuple[Step, ...]) -> Self:
        scorer = cls.__new__(cls)
        scorer._set(engine, settings, steps)
        return scorer

    def _set(self, engine: _pupil.Engine, settings: Settings, steps: tuple[Step, ...]) -> None:
        self._engine: _pupil.Engine | None = engine
        self._settings = settings
        self._steps = steps
        self._tasks: dict[str, Task] | None = None

    def _open(self) -> _pupil.Engine:
        # Each call holds the engine, so that closing during the call is safe.
        engine = self._engine
        if engine is None:
            raise ClosedError(_CLOSED)
        return engine

    def close(self) -> None:
        """Frees the model. Calls that run on other threads finish as usual; later calls raise `ClosedError`."""
        self._engine = None

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._engine is None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        origin = self._steps[0][1]
        what = f"{len(origin)} bytes" if isinstance(origin, bytes) else repr(origin)
        return f"<{type(self).__name__} of {what}{', closed' if self.closed else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        blake3 = self.about().blake3
        return _restored, (type(self), self._settings, self._steps, blake3)

    def attach(self, pack: str | os.PathLike[str] | bytes | Readable, *, trust: Trust | None = None) -> Self:
        """Returns a scorer that also has the tasks of a task pack, given by path, as bytes, or as an open file.

        It shares the model with this scorer, which does not change. Close each of them separately. Without `trust`, the
        pack has to be signed with one of the keys that the model had to be signed with, if there were any.

        Raises `WrongBaseError` if the pack belongs to another model, and the errors of opening a model.
        """
        engine = self._open()
        own = self._settings[2]
        wanted = trust if trust is not None else Trust(own.keys) if own.keys else None
        if isinstance(pack, bytes):
            data = file_bytes(pack, "the task pack")
        elif is_readable(pack):
            data = read_file(pack, "the task pack")
        else:
            path = whole_path(pack, "the task pack")
            data = file_bytes(read_path(path), "the task pack")
            if wanted is not None and wanted.keys and wanted.signature is None:
                wanted = replace(wanted, signature=signature_beside(path))
        # The limits are those of the model.
        options = None if wanted is None else wanted.options(fold_limit_bytes=0, max_answer_bytes=0)
        other = engine.attach_bytes(data, options)
        return self._of(other, self._settings, (*self._steps, ("attach", data, wanted)))

    def detach(self, name: str) -> Self:
        """Returns a scorer without the task pack with this name. Raises `BadInputError` if there is none."""
        other = self._open().detach(name)
        return self._of(other, self._settings, (*self._steps, ("detach", name)))

    def about(self) -> About:
        """The metadata of the model. Reads the whole file once, for its hash."""
        given = self._open().about()
        return About(*given[:9], dict(given[9]))

    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the model and of attached packs."""
        return tuple(self._known(self._open()).values())

    def _known(self, engine: _pupil.Engine) -> dict[str, Task]:
        if self._tasks is None:
            self._tasks = {given[0]: _task(*given) for given in engine.tasks()}
        return self._tasks

    def score(self, task: str, answer: str, reference: str | None = None) -> Score:
        """Scores an answer, compared with a reference answer if the task needs one.

        Raises `UnknownTaskError`, `BadInputError` (a missing or unwanted reference, a lone surrogate in a text) or
        `TooLargeError`.
        """
        engine = self._engine
        if engine is None:
            raise ClosedError(_CLOSED)
        return engine.score(task, answer, reference)

    def explain(self, task: str, answer: str, reference: str | None = None) -> Explanation:
        """Scores an answer and returns how each word changes the score. Raises the same errors as `score`."""
        score, words = self._open().explain(task, answer, reference)
        return Explanation(score, tuple([WordShare(*word) for word in words]))

    def experts(self, task: str, answer: str, reference: str | None = None) -> ExpertUse:
        """Scores an answer and returns the weight of each expert of the task's mixture.

        Raises the same errors as `score`, and `BadInputError` if the task has no mixture.
        """
        score, blocks = self._open().experts(task, answer, reference)
        return ExpertUse(score, tuple([BlockUse(*block) for block in blocks]))

    def score_batch(
        self,
        task: str,
        answers: Iterable[str | None],
        references: Iterable[str | None] | None = None,
        *,
        missing: Literal["refuse", "review"] = "refuse",
        threads: int = 0,
        progress: Callable[[int, int], object] | None = None,
        cancel: Cancellation | None = None,
    ) -> Scores:
        """Scores many answers and returns arrays with one row per answer, in the same order.

        `answers` is one column of strings: a list, a tuple, an iterator, a NumPy array, a pandas or polars column. An
        Arrow array of any library is read in place. If the task needs `references`, give one per answer in the same
        order; two pandas Series must have the same index. A table, an array of two dimensions, a mapping, a set or a
        single text raises `TypeError`.

        `missing` sets how missing answers (None, NaN, a null) are treated: `refuse` raises `BadInputError` with the
        index of the first one; `review` scores them as empty answers, which go to review as too short. A missing
        reference always raises `BadInputError`.

        `threads` includes the calling thread; 0 means one per core. Other Python threads can run meanwhile. `progress`
        is called with the number of finished answers, which rises, and the number of all. Different threads may call
        it, but only one at a time. If it raises an error, the batch stops and raises that error. `cancel` stops the
        batch before the next answer, and so does a keyboard interrupt.

        Raises the same errors as `score`, with the index of the first failed answer in `answer`, and `CancelledError`.
        """
        engine = self._open()
        if not 0 <= threads <= MOST_THREADS:
            raise BadInputError(f"{threads} threads requested, 0 to {MOST_THREADS} are allowed")
        if missing not in ("refuse", "review"):
            raise BadInputError('missing is neither "refuse" nor "review"')
        index = index_of(answers)
        given = texts(answers, "answer", review=missing == "review")
        compared = None if references is None else texts(references, "reference", review=False)
        other = index_of(references)
        if (
            compared is not None
            and len(compared) == len(given)
            and index is not None
            and other is not None
            and not index.equals(other)
        ):
            message = (
                "the answers and the references are Series with different indexes: give references.loc[answers.index], "
                "or references.tolist() to pair them by position"
            )
            raise BadInputError(message)
        columns = engine.score_batch(task, given, compared, threads, progress, cancel, PIECE_TEXTS)
        return arrays(self._known(engine)[task], columns, index)


def _task(
    id: str,
    name: str,
    prompt: str | None,
    needs_reference: bool,
    labels: list[tuple[str, str | None, bool]],
    points: tuple[int, ...] | None,
    members: list[tuple[str, float]],
    guarantee: _pupil.Guarantee | None,
) -> Task:
    return Task(
        id,
        name,
        prompt,
        needs_reference,
        tuple([Label(*label) for label in labels]),
        points,
        tuple([Member(*member) for member in members]),
        guarantee,
    )


def _options(settings: Settings) -> Options:
    fold_limit_bytes, max_answer_bytes, trust, map_unchanging_file = settings
    for limit in (fold_limit_bytes, max_answer_bytes):
        if not 0 <= limit < 1 << 64:
            raise BadInputError(f"a limit of {limit} bytes was given, 0 to {(1 << 64) - 1} are allowed")
    return trust.options(
        fold_limit_bytes=fold_limit_bytes,
        max_answer_bytes=max_answer_bytes,
        map_unchanging_file=map_unchanging_file,
    )


def _restored(kind: type[Scorer], settings: Settings, steps: tuple[Step, ...], blake3: str) -> Scorer:
    """Called when a scorer is unpickled."""
    fold_limit_bytes, max_answer_bytes, trust, map_unchanging_file = settings
    scorer: Scorer | None = None
    for step in steps:
        if step[0] == "open":
            given = step[1]
            if isinstance(given, bytes):
                scorer = kind.from_bytes(
                    given, fold_limit_bytes=fold_limit_bytes, max_answer_bytes=max_answer_bytes, trust=trust
                )
            else:
                scorer = kind(
                    given,
                    fold_limit_bytes=fold_limit_bytes,
                    max_answer_bytes=max_answer_bytes,
                    trust=trust,
                    map_unchanging_file=map_unchanging_file,
                )
                found = scorer.about().blake3
                if found != blake3:
                    raise DamagedError(f"{given} has the BLAKE3 {found}, the pickled scorer had {blake3}")
        elif scorer is not None:
            scorer = scorer.attach(step[1], trust=step[2]) if step[0] == "attach" else scorer.detach(step[1])
    if scorer is None:
        raise PupilError("the pickle contains no model")
    return scorer
