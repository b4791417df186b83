"""`Tracker`: what one student knows."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from . import _pupil
from ._errors import BadInputError
from ._files import Readable, file_bytes, is_readable, read_file, whole_path
from ._pupil import Options, Score
from ._trust import Trust

LARGEST_SEED = (1 << 64) - 1
LARGEST_COUNT = (1 << 32) - 1
SMALLEST_LEVEL, LARGEST_LEVEL = -(1 << 31), (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the model knows."""

    id: str
    """Id of the question."""
    skills: tuple[str, ...]
    """Ids of the skills that it asks for."""
    difficulty: float | None
    """Share of wrong answers among the training answers, if it is known."""


@dataclass(frozen=True, slots=True)
class Mastery:
    """How well the student has mastered a skill."""

    skill: str
    """Id of the skill."""
    name: str
    """Name of the skill for people."""
    probability: float
    """Probability that the student has mastered it, from 0 to 1."""
    answers: int
    """Number of the student's answers to questions of this skill."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A question to ask next."""

    question: str
    """Id of the question."""
    probability: float
    """Probability of a right answer."""
    gain: float | None
    """By how much the mean mastery is expected to rise; None if chosen by probability."""


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    """A simulated answer."""

    probability: float
    """Probability of a right answer when the question was asked."""
    correct: bool
    """Whether the drawn answer is right."""


class Tracker:
    """One student's answers so far, and what follows from them.

    Calls from several threads are made one after the other. The same file and answers give the same bits everywhere.
    """

    def __init__(self, path: str | os.PathLike[str] | Readable, *, trust: Trust = Trust()) -> None:
        """Opens a file with a knowledge model, for a student who has not answered anything.

        It is a path, or an object like a file that is open for reading bytes. `trust` says whose files are opened.

        Raises the errors of opening a `Scorer`, and `BadInputError` if the file has no knowledge model.
        """
        if is_readable(path):
            self._inner = _pupil.Tracker.from_bytes(read_file(path, "the model"), _options(trust))
        else:
            self._inner = _pupil.Tracker.open(whole_path(path, "the model"), _options(trust))

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview, *, trust: Trust = Trust()) -> Self:
        """Opens a model from memory. Errors are as for a path."""
        return cls._of(_pupil.Tracker.from_bytes(file_bytes(data, "the model"), _options(trust)))

    @classmethod
    def _of(cls, inner: _pupil.Tracker) -> Self:
        tracker = cls.__new__(cls)
        tracker._inner = inner
        return tracker

    def for_new_student(self) -> Self:
        """Returns a tracker for another student, who has not answered anything; it shares the model."""
        return self._of(self._inner.for_new_student())

    def questions(self) -> tuple[Question, ...]:
        """The questions of the model, in the order of `predict_all`."""
        return tuple(Question(*known) for known in self._inner.questions())

    @property
    def answers(self) -> int:
        """Number of answers taken in."""
        return self._inner.answers()

    def observe(self, question: str | None, correct: bool) -> None:
        """Takes in an answer; `None` stands for a question that the model does not have.

        Raises `BadInputError` for an id that the model does not have.
        """
        self._inner.observe(question, bool(correct))

    def observe_score(
        self, question: str, score: Score, *, level: int | None = None, label: str | None = None
    ) -> bool:
        """Takes in a score as an answer, and returns whether it counted as right.

        It is right if the awarded level has at least `level` points, or if `label` is awarded: give one of the two.
        Whether a score that needs review should count is for the caller to decide. Raises `BadInputError` if the score
        has no level or no such label.
        """
        if level is not None and not SMALLEST_LEVEL <= level <= LARGEST_LEVEL:
            raise BadInputError(f"the level is {level}, it must lie in {SMALLEST_LEVEL} to {LARGEST_LEVEL}")
        return self._inner.observe_score(question, score, level, label)

    def predict(self, question: str | None) -> float:
        """The probability that the next answer is right if it is to this question; `None` as for `observe`."""
        return self._inner.predict(question)

    def predict_all(self) -> list[float]:
        """The probability of a right answer to each question of the model."""
        return self._inner.predict_all()

    def mastery(self) -> tuple[Mastery, ...]:
        """How well the student has mastered each skill, and how many answers stand behind it."""
        return tuple(Mastery(*skill) for skill in self._inner.mastery())

    def recommend(
        self, count: int, *, low: float = 0.7, high: float = 0.85, by_gain: bool = False
    ) -> tuple[Recommendation, ...]:
        """The next questions, best first; fewer if fewer are left. A question that was asked is never recommended.

        Chosen are questions whose answers are right with a probability from `low` to `high`, then those nearest to it;
        or with `by_gain`, those after which the expected mastery has risen most. Raises `BadInputError` for no
        question, or a range that is not within 0 to 1.
        """
        if not 0 <= count <= LARGEST_COUNT:
            raise BadInputError(f"{count} questions asked for, it must be 1 to {LARGEST_COUNT}")
        chosen = self._inner.recommend(count, None if by_gain else (low, high))
        return tuple(Recommendation(*one) for one in chosen)

    def simulate(self, questions: Iterable[str], seed: int) -> tuple[SimulatedAnswer, ...]:
        """Draws the student's answers to a sequence of questions, each in view of those drawn before.

        The tracker stays as it is; the same seed gives the same answers. Raises `BadInputError` for a question that the
        model does not have.
        """
        if not 0 <= seed <= LARGEST_SEED:
            raise BadInputError(f"the seed is {seed}, it must lie in 0 to {LARGEST_SEED}")
        return tuple(SimulatedAnswer(*one) for one in self._inner.simulate(list(questions), seed))

    def snapshot(self) -> bytes:
        """The student's state, at most 1 KiB. Store it as carefully as the answers themselves."""
        return self._inner.snapshot()

    def restore(self, snapshot: bytes | bytearray | memoryview) -> None:
        """Goes on from a snapshot.

        Raises `WrongBaseError` if it belongs to another model, `DamagedError` if it is damaged, `TooLargeError` if no
        snapshot is that long; the tracker then stays as it is.
        """
        self._inner.restore(file_bytes(snapshot, "the snapshot"))


def _options(trust: Trust) -> Options:
    # A tracker reads no answers and folds no tables.
    return trust.options(fold_limit_bytes=0, max_answer_bytes=0)
