"""The scores of many answers, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _pupil
from ._types import Decision, Guarantee, LabelScore, Score, Task

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The scores of many answers of one task, as arrays with one row per answer, in the order of the answers.

    `scores[i]` is the `Score` of one row, `scores.to_pandas()` a table of all rows.
    """

    labels: tuple[str, ...]
    """Names of the task's labels: the columns of `probabilities` and `awarded`."""
    probabilities: NDArray[np.float32]
    """Calibrated probabilities, of shape (answers, labels)."""
    awarded: NDArray[np.bool_]
    """Which labels are awarded, of shape (answers, labels)."""
    level: NDArray[np.int32] | None
    """Awarded levels in points, of shape (answers,); None if the task has no scale."""
    expected: NDArray[np.float32] | None
    """Expected levels in points, of shape (answers,); None if the task has no scale."""
    confidence: NDArray[np.float32]
    """The confidence of each award, from 0 to 1."""
    decision: NDArray[np.uint8]
    """Numbers of `Decision`: 0 is automatic, all others need review."""
    words: NDArray[np.uint32]
    """Number of words of each answer that contain a letter or a digit."""
    unknown_words: NDArray[np.uint32]
    """Number of words that the model does not know."""
    tokens: NDArray[np.uint32]
    """Number of tokens that the model read, including those of the reference."""
    truncated: NDArray[np.bool_]
    """Whether the answer was too long and was truncated."""
    repetitive: NDArray[np.bool_]
    """Whether the answer repeats a word or a phrase many times."""
    guarantee: Guarantee | None = None
    """What is promised about those whose decision is automatic, if anything is."""
    # It may contain anything, including answer text.
    index: pandas.Index | None = field(default=None, repr=False)
    """The index of the answers, if they were a pandas Series."""

    @property
    def needs_review(self) -> NDArray[np.bool_]:
        """Whether a person should review the answer, for each answer."""
        review: NDArray[np.bool_] = self.decision != Decision.AUTOMATIC
        return review

    def __len__(self) -> int:
        return len(self.confidence)

    def __getitem__(self, place: int) -> Score:
        """The score of one answer; negative indexes count from the end."""
        confidence = float(self.confidence[place])
        decision = Decision(int(self.decision[place]))
        labels = zip(self.labels, self.probabilities[place].tolist(), self.awarded[place].tolist(), strict=True)
        return Score(
            tuple(LabelScore(*label) for label in labels),
            None if self.level is None else int(self.level[place]),
            None if self.expected is None else float(self.expected[place]),
            confidence,
            decision,
            None if decision.needs_review else self.guarantee,
            int(self.words[place]),
            int(self.unknown_words[place]),
            int(self.tokens[place]),
            bool(self.truncated[place]),
            bool(self.repetitive[place]),
        )

    def __iter__(self) -> Iterator[Score]:
        return (self[place] for place in range(len(self)))

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """One array per column, with the column names of the command line.

        `level` and `expected` if the task has a scale, else `label` with the awarded labels, joined by a bar; then
        `confidence`, `decision` (`automatic` or `review`), `reason` (empty for automatic decisions), `words`,
        `unknown_words`, `truncated`, `repetitive`, and `p_LABEL` for each label.
        """
        columns: dict[str, NDArray[Any]] = {}
        if self.level is not None and self.expected is not None:
            columns["level"] = self.level
            columns["expected"] = self.expected
        else:
            names = np.array(self.labels, dtype=object)
            columns["label"] = np.array(["|".join(names[row]) for row in self.awarded], dtype=object)
        columns["confidence"] = self.confidence
        columns["decision"] = np.array(["automatic", "review"], dtype=object)[self.needs_review.astype(np.uint8)]
        columns["reason"] = _REASONS[self.decision]
        columns["words"] = self.words
        columns["unknown_words"] = self.unknown_words
        columns["truncated"] = self.truncated
        columns["repetitive"] = self.repetitive
        for place, label in enumerate(self.labels):
            columns[f"p_{label}"] = self.probabilities[:, place]
        return columns

    def to_pandas(self) -> pandas.DataFrame:
        """The columns of `to_dict` as a table, with the index of the answers if they were a pandas Series.

        Requires pandas, which the package does not install.
        """
        import pandas

        return pandas.DataFrame(self.to_dict(), index=self.index)


_REASONS: NDArray[Any] = np.full(256, "", dtype=object)
"""The reason for each number of a decision; empty if there is none."""

for _decision in Decision:
    _REASONS[_decision] = _decision.reason or ""


class Collector:
    """Collects the results of a batch in arrays."""

    def __init__(self, task: Task, count: int, index: Any) -> None:
        self._labels = len(task.labels)
        scaled = task.points is not None
        self.scores = Scores(
            tuple([label.name for label in task.labels]),
            np.empty((count, self._labels), np.float32),
            np.empty((count, self._labels), np.bool_),
            np.empty(count, np.int32) if scaled else None,
            np.empty(count, np.float32) if scaled else None,
            np.empty(count, np.float32),
            np.empty(count, np.uint8),
            np.empty(count, np.uint32),
            np.empty(count, np.uint32),
            np.empty(count, np.uint32),
            np.empty(count, np.bool_),
            np.empty(count, np.bool_),
            task.guarantee if task.guarantee is not None and task.guarantee.is_promised else None,
            index,
        )

    def put(self, start: int, columns: _pupil.Columns) -> None:
        """Adds the columns of the answers from `start` on."""
        scores = self.scores
        rows = slice(start, start + len(columns.decisions))
        scores.probabilities[rows] = np.frombuffer(columns.probabilities, "<f4").reshape(-1, self._labels)
        scores.awarded[rows] = np.frombuffer(columns.awarded, np.bool_).reshape(-1, self._labels)
        if scores.level is not None and scores.expected is not None:
            scores.level[rows] = np.frombuffer(columns.levels, "<i4")
            scores.expected[rows] = np.frombuffer(columns.expected, "<f4")
        scores.confidence[rows] = np.frombuffer(columns.confidences, "<f4")
        scores.decision[rows] = np.frombuffer(columns.decisions, np.uint8)
        scores.words[rows] = np.frombuffer(columns.words, "<u4")
        scores.unknown_words[rows] = np.frombuffer(columns.unknown_words, "<u4")
        scores.tokens[rows] = np.frombuffer(columns.tokens, "<u4")
        scores.truncated[rows] = np.frombuffer(columns.truncated, np.bool_)
        scores.repetitive[rows] = np.frombuffer(columns.repetitive, np.bool_)
