"""`Monitor`, which tells when answers have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from . import _pupil
from ._pupil import Score
from ._scorer import Scorer

Watched = Literal["confidence", "words", "unknown-words"]
"""A number of each score that a monitor watches; of unknown words, the share among all words."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a monitor found to have changed."""

    task: str | None
    """The task; None for a change of all tasks together."""
    what: Watched
    """What has changed."""
    above: float | None
    """The number that fewer or more answers are above now; None for all tasks together."""
    calibrated: float
    """The share of the calibration answers above it, from 0 to 1."""
    now: float
    """The share of the answers so far."""
    since: int
    """How many answers there had been when the change was first noticed."""


class Monitor:
    """Tells when answers are no longer like those that a promise was calibrated on. It keeps counts and no answer.

    Add each score once, in the order of time. While nothing changes, `changes` ever tells a change with a probability
    of 5 % at most, however often you look. A share that moves by less than two percentage points has not changed. Any
    number of threads may use one monitor at once.
    """

    def __init__(self, scorer: Scorer, state: bytes | None = None) -> None:
        """Begins to watch the tasks of a model, or goes on from the `state` of an earlier monitor of the same model.

        Raises `BadInputError` if the model has no distributions of calibration answers, or if the state is that of
        another model.
        """
        self._monitor = _pupil.Monitor(scorer._open(), state)

    def add(self, task: str, score: Score) -> None:
        """Adds a score of a task. Scores of tasks without distributions change nothing."""
        self._monitor.add(task, score.confidence, score.words, score.unknown_words)

    def changes(self) -> list[Change]:
        """What has changed. Empty while the conditions of the promise hold, as far as can be seen."""
        return [
            Change(task, cast("Watched", what), above, calibrated, now, since)
            for task, what, above, calibrated, now, since in self._monitor.changes()
        ]

    def state(self) -> bytes:
        """The counts so far, to be kept and given to the monitor of another day."""
        return self._monitor.state()
