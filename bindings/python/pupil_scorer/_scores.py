"""The scores of many answers, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from . import _pupil
from ._html import table
from ._pupil import Guarantee, LabelScore, Score
from ._types import Decision, Task

if TYPE_CHECKING:
    import pandas

    Selection = slice | Sequence[bool] | Sequence[int] | NDArray[np.bool_] | NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The scores of many answers of one task, as arrays with one row per answer, in the order of the answers.

    `scores[i]` is the `Score` of one row; `scores[:10]`, `scores[scores.needs_review]` and `scores[[3, 1]]` are the
    `Scores` of some rows; iterating gives one `Score` after the other. `scores.to_pandas()` is a table of all rows.
    pyarrow, polars and pandas 3 read it too: `polars.DataFrame(scores)`, `pyarrow.table(scores)`.
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
    points: tuple[int, ...] | None = None
    """Points of each level of the task, rising; None if it has no scale."""
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

    @overload
    def __getitem__(self, place: int | np.integer[Any], /) -> Score: ...

    @overload
    def __getitem__(self, place: Selection, /) -> Scores: ...

    def __getitem__(self, place: int | np.integer[Any] | Selection, /) -> Score | Scores:
        """The score of one answer, or the scores of several: a slice, a mask, or a list of places.

        Negative places count from the end.
        """
        if isinstance(place, (int, np.integer)):
            return self._one(int(place))
        rows = place if isinstance(place, slice) else np.asarray(place)
        if isinstance(rows, np.ndarray):
            if rows.size == 0 and rows.dtype != np.bool_:
                rows = rows.astype(np.intp)
            if rows.ndim != 1 or rows.dtype.kind not in "biu":
                message = f"an array of {rows.ndim} dimensions of {rows.dtype} selects no rows: pass booleans or places"
                raise TypeError(message)
        return Scores(
            self.labels,
            self.probabilities[rows],
            self.awarded[rows],
            None if self.level is None else self.level[rows],
            None if self.expected is None else self.expected[rows],
            self.confidence[rows],
            self.decision[rows],
            self.words[rows],
            self.unknown_words[rows],
            self.tokens[rows],
            self.truncated[rows],
            self.repetitive[rows],
            self.guarantee,
            self.points,
            None if self.index is None else self.index[rows],
        )

    def _one(self, place: int) -> Score:
        decision = Decision(int(self.decision[place]))
        labels = zip(self.labels, self.probabilities[place].tolist(), self.awarded[place].tolist(), strict=True)
        return Score(
            [LabelScore(*label) for label in labels],
            None if self.level is None else int(self.level[place]),
            None if self.expected is None else float(self.expected[place]),
            float(self.confidence[place]),
            decision,
            None if decision.needs_review else self.guarantee,
            int(self.words[place]),
            int(self.unknown_words[place]),
            int(self.tokens[place]),
            bool(self.truncated[place]),
            bool(self.repetitive[place]),
        )

    def __iter__(self) -> Iterator[Score]:
        return (self._one(place) for place in range(len(self)))

    def __repr__(self) -> str:
        review = int(self.needs_review.sum())
        return f"<{type(self).__name__} of {len(self)} answers, {review} to review, labels {', '.join(self.labels)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: how many answers have each level or label, and how many are for a person."""
        if self.level is None or self.points is None:
            return table(list(zip(self.labels, self.awarded.T, strict=True)), self.needs_review, "label", self.guarantee)
        bars = [(str(points), self.level == points) for points in self.points]
        return table(bars, self.needs_review, "level", self.guarantee)

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

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The columns of `to_dict` for libraries that read Arrow's PyCapsule interface."""
        return _pupil.arrow_stream(self._arrow(), len(self))

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """The same as one array of structs."""
        return _pupil.arrow_array(self._arrow(), len(self))

    def _arrow(self) -> list[tuple[str, str, list[bytes | None]]]:
        return [(name, *_buffers(column)) for name, column in self.to_dict().items()]


_REASONS: NDArray[Any] = np.full(256, "", dtype=object)
"""The reason for each number of a decision; empty if there is none."""

for _decision in Decision:
    _REASONS[_decision] = _decision.reason or ""


_FORMATS = {"i": "i", "u": "I", "f": "f"}
"""Arrow's names of the types of numbers, which all have 32 bits."""


def _buffers(column: NDArray[Any]) -> tuple[str, list[bytes | None]]:
    """A column's type in Arrow's notation, and its buffers; no value is missing."""
    if column.dtype.kind == "O":
        texts = [text.encode() for text in column]
        ends = np.zeros(len(texts) + 1, "<i8")
        np.cumsum(np.fromiter(map(len, texts), "<i8", len(texts)), out=ends[1:])
        return "U", [None, ends.tobytes(), b"".join(texts)]
    if column.dtype.kind == "b":
        return "b", [None, np.packbits(column, bitorder="little").tobytes()]
    return _FORMATS[column.dtype.kind], [None, column.tobytes()]


def arrays(task: Task, columns: list[bytearray], index: Any) -> Scores:
    """The scores of a batch, from the engine's columns."""
    count = len(task.labels)
    scaled = task.points is not None
    probabilities, awarded, levels, expected, confidences, decisions, words, unknown, tokens, *flags = columns
    promised = task.guarantee is not None and task.guarantee.is_promised
    # These arrays may be written to: each bytearray belongs to its array alone.
    return Scores(
        tuple([label.name for label in task.labels]),
        np.frombuffer(probabilities, "<f4").reshape(-1, count),
        np.frombuffer(awarded, np.bool_).reshape(-1, count),
        np.frombuffer(levels, "<i4") if scaled else None,
        np.frombuffer(expected, "<f4") if scaled else None,
        np.frombuffer(confidences, "<f4"),
        np.frombuffer(decisions, np.uint8),
        np.frombuffer(words, "<u4"),
        np.frombuffer(unknown, "<u4"),
        np.frombuffer(tokens, "<u4"),
        np.frombuffer(flags[0], np.bool_),
        np.frombuffer(flags[1], np.bool_),
        task.guarantee if promised else None,
        task.points,
        index,
    )
