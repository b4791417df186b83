"""Plain values that the scorer gives."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from . import _pupil


class Decision(enum.IntEnum):
    """Whether a score stands by itself. The numbers are those of `Scores.decision`."""

    AUTOMATIC = 0
    """The score stands."""
    REVIEW_TOO_SHORT = 1
    """A person should look: the answer has fewer words than the task asks for, or none at all."""
    REVIEW_MOSTLY_UNKNOWN = 2
    """A person should look: the model does not know most of the words."""
    REVIEW_REPETITIVE = 3
    """A person should look: the answer repeats a word or a phrase over and over."""
    REVIEW_TRUNCATED = 4
    """A person should look: the answer, or the reference, was longer than the model reads."""
    REVIEW_UNSEEN_LABEL = 5
    """A person should look: none of the answers that the model was trained on has the awarded label or level."""
    REVIEW_LOW_CONFIDENCE = 6
    """A person should look: the model is less sure than the task asks for."""
    REVIEW_OTHER = 255
    """A person should look, for a reason that has no name here."""

    @property
    def needs_review(self) -> bool:
        """Whether a person should look."""
        return self is not Decision.AUTOMATIC

    @property
    def reason(self) -> str | None:
        """Why a person should look: `too-short`, `mostly-unknown`, `repetitive`, `truncated`, `unseen-label`, `low-confidence`."""
        return _REASONS[self]

    def __str__(self) -> str:
        return "automatic" if self.reason is None else f"review: {self.reason}"


_REASONS = {
    decision: decision.name.removeprefix("REVIEW_").lower().replace("_", "-") if decision else None
    for decision in Decision
}

_DECISIONS = {reason: Decision[f"REVIEW_{reason.name}"] for reason in _pupil.ReviewReason}


@dataclass(frozen=True, slots=True)
class LabelScore:
    """The score of one label."""

    name: str
    """Name of the label."""
    probability: float
    """Calibrated probability, from 0 to 1; exactly a 32-bit float."""
    awarded: bool
    """Whether the label is awarded."""


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one answer."""

    labels: tuple[LabelScore, ...]
    """One entry per label of the task, in the order of the task."""
    level: int | None
    """The awarded level in points, where the task has a scale."""
    expected: float | None
    """The expected level in points, where the task has a scale."""
    confidence: float
    """How sure the model is of the award, from 0 to 1."""
    decision: Decision
    """Whether the score stands by itself."""
    words: int
    """Words of the answer that hold a letter or a digit."""
    unknown_words: int
    """How many of them the model does not know."""
    tokens: int
    """Tokens that the model read, of the reference as well."""
    truncated: bool
    """Whether the answer was longer than the model reads."""
    repetitive: bool
    """Whether the answer repeats a word or a phrase over and over."""


@dataclass(frozen=True, slots=True)
class WordShare:
    """How one word moved the score: the difference between the answer with it and without it."""

    start: int
    """Where the word begins in the answer, in characters of a `str`."""
    end: int
    """Where it ends: `answer[start:end]` is the word."""
    labels: tuple[float, ...]
    """For each label, its probability with the word less that without it."""
    expected: float | None
    """The expected level with the word less that without it, where the task has a scale."""

    @property
    def span(self) -> slice:
        """The place as a slice: `answer[word.span]` is the word."""
        return slice(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score and what each word had to do with it."""

    score: Score
    """The score of the whole answer."""
    words: tuple[WordShare, ...]
    """The words of the answer, in their order."""


@dataclass(frozen=True, slots=True)
class ExpertUse:
    """A score and the part that each expert of the task's mixture had in it."""

    score: Score
    """The score."""
    blocks: tuple[tuple[float, ...], ...]
    """For each block of the mixture one weight per expert; they sum to 1 but for rounding, and are 0 for experts that did not run."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a task."""

    name: str
    """Its name."""
    description: str | None
    """What the rubric says about it."""
    unseen: bool
    """Whether none of the answers that the model was trained on has it: an award of it goes to a person."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a model can score."""

    id: str
    """The name that `Scorer.score` takes."""
    name: str
    """A name for people."""
    prompt: str | None
    """The question, where its terms allow to repeat it."""
    needs_reference: bool
    """Whether answers are compared with a reference answer, which must then be given."""
    labels: tuple[Label, ...]
    """The labels, or the levels in rising order."""
    points: tuple[int, ...] | None
    """Points of each level, rising, where the task has a scale."""


@dataclass(frozen=True, slots=True)
class About:
    """What a model says about itself, and how it runs on this machine."""

    name: str
    """Name of the model."""
    description: str
    """What it is for."""
    licence: str
    """Its licence, as an SPDX expression."""
    attribution: tuple[str, ...]
    """Whom to name when it is used."""
    blake3: str
    """BLAKE3 of the whole file, in hexadecimal."""
    packs: tuple[str, ...]
    """Names of the attached task packs."""
    file_bytes: int
    """Bytes of the file."""
    packed_bytes: int
    """Bytes of packed weights and tables so far; encoders are packed when they are first used."""
    variants: dict[str, str]
    """For each operation the instructions that were chosen for it on this machine."""


def score(given: _pupil.Score) -> Score:
    """Takes over a score."""
    return Score(
        tuple([LabelScore(label.name, label.probability, label.awarded) for label in given.labels]),
        given.level,
        given.expected,
        given.confidence,
        _decision(given.decision),
        given.words,
        given.unknown_words,
        given.tokens,
        given.truncated,
        given.repetitive,
    )


def _decision(given: _pupil.Decision) -> Decision:
    reason = getattr(given, "reason", None)
    return Decision.AUTOMATIC if reason is None else _DECISIONS[reason]


def explanation(given: _pupil.Explanation) -> Explanation:
    """Takes over an explanation, with the places in the units of a `str`."""
    words = [
        WordShare(word.span.scalar_start, word.span.scalar_end, tuple(word.labels), word.expected)
        for word in given.words
    ]
    return Explanation(score(given.score), tuple(words))


def expert_use(given: _pupil.ExpertUse) -> ExpertUse:
    """Takes over the use of the experts."""
    return ExpertUse(score(given.score), tuple([tuple(block.weights) for block in given.blocks]))


def task(given: _pupil.Task) -> Task:
    """Takes over a task."""
    labels = tuple([Label(label.name, label.description, label.unseen) for label in given.labels])
    points = None if given.points is None else tuple(given.points)
    return Task(given.id, given.name, given.prompt, given.needs_reference, labels, points)


def about(given: _pupil.About) -> About:
    """Takes over what a model says about itself."""
    return About(
        given.name,
        given.description,
        given.licence,
        tuple(given.attribution),
        given.blake3,
        tuple(given.packs),
        given.file_bytes,
        given.packed_bytes,
        {chosen.op: chosen.variant for chosen in given.variants},
    )
