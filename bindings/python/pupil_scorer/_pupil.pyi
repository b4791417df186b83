"""The engine, an extension module: what the package calls, and the classes that it makes for each answer."""

from collections.abc import Callable, Sequence
from typing import Any, Self, final

from ._types import Decision

__version__: str

@final
class LabelScore:
    """The score of one label."""

    __match_args__ = ("name", "probability", "awarded")

    def __new__(cls, name: str, probability: float, awarded: bool) -> Self: ...
    @property
    def name(self) -> str:
        """Name of the label."""
    @property
    def probability(self) -> float:
        """Calibrated probability, from 0 to 1; exactly a 32-bit float."""
    @property
    def awarded(self) -> bool:
        """Whether the label is awarded."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[LabelScore], tuple[Any, ...]]: ...

@final
class Guarantee:
    """What is promised about the automatic scores of a task, and the calibration answers that it rests on.

    These are graded answers that no other part of the model was made from. With probability `confidence` over the
    choice of these answers, at most the share `max_error` of automatic scores is wrong. The promise holds for answers
    as those that it was calibrated on: to the same questions, by students like those, at the same time and graded in
    the same way. If `automatic` is 0, there were too few answers to promise anything, and no score is automatic.
    """

    __match_args__ = (
        "max_error", "confidence", "adjacent", "answers", "automatic", "wrong", "bound", "tasks", "needed",
    )  # fmt: skip

    def __new__(
        cls,
        max_error: float,
        confidence: float,
        adjacent: bool,
        answers: int,
        automatic: int,
        wrong: int,
        bound: float,
        tasks: int,
        needed: int | None = None,
    ) -> Self: ...
    @property
    def max_error(self) -> float:
        """Largest share of wrong ones among automatic scores, exactly a 32-bit float."""
    @property
    def confidence(self) -> float:
        """Probability of the promise, exactly a 32-bit float."""
    @property
    def adjacent(self) -> bool:
        """Whether a score one level away from a person's counts as right; otherwise it must be the same."""
    @property
    def answers(self) -> int:
        """Number of calibration answers."""
    @property
    def automatic(self) -> int:
        """How many of them get an automatic score; 0 if nothing is promised."""
    @property
    def wrong(self) -> int:
        """How many of these scores are wrong."""
    @property
    def bound(self) -> float:
        """Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised."""
    @property
    def tasks(self) -> int:
        """Number of tasks that the promise and the numbers are of, all of them together."""
    @property
    def needed(self) -> int | None:
        """If nothing is promised: about as many graded answers would be enough, if errors stayed as they are; `None`
        if only a better model would help."""
    @property
    def is_promised(self) -> bool:
        """Whether anything is promised."""
    @property
    def share(self) -> float | None:
        """The share of answers that are expected to be scored automatically; `None` if nothing is promised."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Guarantee], tuple[Any, ...]]: ...

@final
class Score:
    """The score of one answer."""

    __match_args__ = (
        "labels", "level", "expected", "confidence", "decision", "guarantee", "words", "unknown_words", "tokens",
        "truncated", "repetitive",
    )  # fmt: skip

    def __new__(
        cls,
        labels: Sequence[LabelScore],
        level: int | None,
        expected: float | None,
        confidence: float,
        decision: Decision | int,
        guarantee: Guarantee | None,
        words: int,
        unknown_words: int,
        tokens: int,
        truncated: bool,
        repetitive: bool,
    ) -> Self: ...
    @property
    def labels(self) -> tuple[LabelScore, ...]:
        """One entry per label of the task, in the order of the task."""
    @property
    def level(self) -> int | None:
        """The awarded level in points, if the task has a scale."""
    @property
    def expected(self) -> float | None:
        """The expected level in points, if the task has a scale."""
    @property
    def confidence(self) -> float:
        """The confidence of the award, from 0 to 1."""
    @property
    def decision(self) -> Decision:
        """Whether the score can be used without review."""
    @property
    def guarantee(self) -> Guarantee | None:
        """The promise that covers the score: that of its task, if the decision is automatic."""
    @property
    def words(self) -> int:
        """Number of words of the answer that contain a letter or a digit."""
    @property
    def unknown_words(self) -> int:
        """Number of words that the model does not know."""
    @property
    def tokens(self) -> int:
        """Number of tokens that the model read, including those of the reference."""
    @property
    def truncated(self) -> bool:
        """Whether the answer was too long and was truncated."""
    @property
    def repetitive(self) -> bool:
        """Whether the answer repeats a word or a phrase many times."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[Score], tuple[Any, ...]]: ...

@final
class Cancellation:
    """Stops batches, from another thread or from a batch's own progress function."""

    def __new__(cls) -> Self: ...
    def cancel(self) -> None:
        """Stops every batch that uses this object, before its next answer. This is permanent."""
    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""

@final
class Options:
    def __new__(
        cls,
        *,
        fold_limit_bytes: int,
        max_answer_bytes: int,
        trusted_keys: Sequence[str],
        signature: str | None,
        expected_blake3: str | None,
        min_version: int,
        map_unchanging_file: bool,
    ) -> Self: ...

@final
class Texts:
    def __new__(cls, values: list[Any], what: str, review: bool, missing: Callable[[object], bool]) -> Self: ...
    @staticmethod
    def from_arrow(values: object, what: str, review: bool) -> Texts: ...
    def __len__(self) -> int: ...

@final
class Engine:
    @staticmethod
    def open(path: str, options: Options) -> Engine: ...
    @staticmethod
    def from_bytes(data: bytes, options: Options) -> Engine: ...
    def attach_bytes(self, data: bytes, options: Options | None) -> Engine: ...
    def detach(self, name: str) -> Engine: ...
    def about(
        self,
    ) -> tuple[str, str, str, tuple[str, ...], int, str, tuple[str, ...], int, int, list[tuple[str, str]]]: ...
    def tasks(
        self,
    ) -> list[
        tuple[
            str,
            str,
            str | None,
            bool,
            list[tuple[str, str | None, bool]],
            tuple[int, ...] | None,
            list[tuple[str, float]],
            Guarantee | None,
        ]
    ]: ...
    def score(self, task: str, answer: str, reference: str | None = None) -> Score: ...
    def explain(
        self, task: str, answer: str, reference: str | None = None
    ) -> tuple[Score, list[tuple[int, int, tuple[float, ...], float | None]]]: ...
    def experts(
        self, task: str, answer: str, reference: str | None = None
    ) -> tuple[Score, list[tuple[int, tuple[float, ...]]]]: ...
    def score_batch(
        self,
        task: str,
        answers: Texts,
        references: Texts | None,
        threads: int,
        progress: Callable[[int, int], object] | None,
        cancel: Cancellation | None,
        piece: int,
    ) -> list[bytearray]: ...

@final
class Monitor:
    def __new__(cls, engine: Engine, state: bytes | None) -> Self: ...
    def add(self, task: str, confidence: float, words: int, unknown_words: int) -> None: ...
    def changes(self) -> list[tuple[str | None, str, float | None, float, float, int]]: ...
    def state(self) -> bytes: ...

@final
class Tracker:
    @staticmethod
    def open(path: str, options: Options) -> Tracker: ...
    @staticmethod
    def from_bytes(data: bytes, options: Options) -> Tracker: ...
    def for_new_student(self) -> Tracker: ...
    def questions(self) -> list[tuple[str, tuple[str, ...], float | None]]: ...
    def answers(self) -> int: ...
    def observe(self, question: str | None, correct: bool) -> None: ...
    def observe_score(self, question: str, score: Score, level: int | None, label: str | None) -> bool: ...
    def predict(self, question: str | None) -> float: ...
    def predict_all(self) -> list[float]: ...
    def mastery(self) -> list[tuple[str, str, float, int]]: ...
    def recommend(
        self, count: int, range: tuple[float, float] | None
    ) -> list[tuple[str, float, float | None]]: ...
    def simulate(self, questions: Sequence[str], seed: int) -> list[tuple[float, bool]]: ...
    def snapshot(self) -> bytes: ...
    def restore(self, snapshot: bytes) -> None: ...

def arrow_array(columns: Sequence[tuple[str, str, Sequence[bytes | None]]], rows: int) -> tuple[object, object]: ...
def arrow_stream(columns: Sequence[tuple[str, str, Sequence[bytes | None]]], rows: int) -> object: ...
