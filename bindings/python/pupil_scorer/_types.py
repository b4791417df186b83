"""Plain values that the scorer returns."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ._pupil import Guarantee, Score


class Decision(enum.IntEnum):
    """Whether a score can be used without review. The numbers are those of `Scores.decision`."""

    AUTOMATIC = 0
    """The score can be used without review."""
    REVIEW_TOO_SHORT = 1
    """Needs review: the answer has fewer words than the task requires, or none."""
    REVIEW_OTHER_LANGUAGE = 2
    """Needs review: the answer is written in another language or script than the training answers."""
    REVIEW_GIBBERISH = 3
    """Needs review: the letters of the answer do not make words."""
    REVIEW_UNKNOWN_WORDS = 4
    """Needs review: the model does not know most of the words."""
    REVIEW_REPETITION = 5
    """Needs review: the answer repeats a word or a phrase many times."""
    REVIEW_COPIED_QUESTION = 6
    """Needs review: the answer repeats the question."""
    REVIEW_NEAR_REFERENCE = 7
    """Needs review: the answer is nearly the reference answer word for word, but not the same."""
    REVIEW_OFF_TOPIC = 8
    """Needs review: the answer is about something else than the question."""
    REVIEW_WORD_LIST = 9
    """Needs review: the answer is a list of words, or words in no order."""
    REVIEW_TRUNCATED = 10
    """Needs review: the answer or the reference was too long and was truncated."""
    REVIEW_UNSEEN_LABEL = 11
    """Needs review: no training answer of the model has the awarded label or level."""
    REVIEW_LOW_CONFIDENCE = 12
    """Needs review: the confidence is lower than the task requires."""
    REVIEW_NO_PROMISE = 13
    """Needs review: nothing could be promised about automatic scores of the task, so there are none."""
    REVIEW_AUDIT = 14
    """Needs review: the score would be automatic, but is part of the share that a person reviews anyway."""
    REVIEW_OTHER = 255
    """Needs review, for a reason without a name here."""

    @property
    def needs_review(self) -> bool:
        """Whether a person should review the answer."""
        return self is not Decision.AUTOMATIC

    @property
    def reason(self) -> str | None:
        """The reason, such as `too-short` or `low-confidence`; None if automatic."""
        return _REASONS[self]

    def __str__(self) -> str:
        return "automatic" if self.reason is None else f"review: {self.reason}"


_REASONS = {
    decision: decision.name.removeprefix("REVIEW_").lower().replace("_", "-") if decision else None
    for decision in Decision
}


@dataclass(frozen=True, slots=True)
class WordShare:
    """The effect of one word: the difference between the scores with it and without it."""

    start: int
    """The start of the word in the answer, in characters of a `str`."""
    end: int
    """The end of the word: `answer[start:end]` is the word."""
    labels: tuple[float, ...]
    """For each label, its probability with the word minus that without it."""
    expected: float | None
    """The expected level with the word minus that without it, if the task has a scale."""

    @property
    def span(self) -> slice:
        """The range as a slice: `answer[word.span]` is the word."""
        return slice(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score and the effect of each word."""

    score: Score
    """The score of the whole answer."""
    words: tuple[WordShare, ...]
    """The words of the answer, in their order."""


@dataclass(frozen=True, slots=True)
class BlockUse:
    """The weights of the experts in one block."""

    member: int
    """The place of the member of the task that the block belongs to; 0 is the first."""
    weights: tuple[float, ...]
    """One weight per expert. They sum to 1 apart from rounding; unused experts have 0."""


@dataclass(frozen=True, slots=True)
class ExpertUse:
    """A score and the weight of each expert of the task's mixtures."""

    score: Score
    """The score."""
    blocks: tuple[BlockUse, ...]
    """The blocks of every mixture, in the order of the task's members."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a task."""

    name: str
    """Its name."""
    description: str | None
    """Its description in the rubric."""
    unseen: bool
    """Whether no training answer has it; then an answer that is awarded it goes to review."""


@dataclass(frozen=True, slots=True)
class Member:
    """A model that takes part in a task."""

    family: str
    """The family of its encoder, such as `e-lstm`."""
    weight: float
    """Its share in the probabilities, exactly a 32-bit float; those of all members sum to 1."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task that a model can score."""

    id: str
    """The id that `Scorer.score` takes."""
    name: str
    """The display name."""
    prompt: str | None
    """The question, if its licence allows repeating it."""
    needs_reference: bool
    """Whether answers are compared with a reference answer, which is then required."""
    labels: tuple[Label, ...]
    """The labels, or the levels in rising order."""
    points: tuple[int, ...] | None
    """Points of each level, rising, if the task has a scale."""
    members: tuple[Member, ...]
    """The models whose probabilities are combined; most tasks have one."""
    guarantee: Guarantee | None
    """What is promised about automatic scores; `None` if the model was made without a guarantee."""


@dataclass(frozen=True, slots=True)
class About:
    """The metadata of a model, and how it runs on this machine."""

    name: str
    """Name of the model."""
    description: str
    """Its purpose."""
    licence: str
    """Its licence, as an SPDX expression."""
    attribution: tuple[str, ...]
    """The credits to show when it is used."""
    version: int
    """Its number among the models of its publisher and name, counted up with each; 0 if it is not counted."""
    blake3: str
    """BLAKE3 of the whole file, in hexadecimal."""
    packs: tuple[str, ...]
    """Names of the attached task packs."""
    file_bytes: int
    """Size of the file in bytes."""
    packed_bytes: int
    """Size of packed weights and tables so far, in bytes; encoders are packed when they are first used."""
    variants: dict[str, str]
    """For each operation, the kernel variant that was chosen on this machine."""
