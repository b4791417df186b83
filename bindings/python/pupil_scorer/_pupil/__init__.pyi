"""Type hints for the code that UniFFI generates from the crate `pupil-bindings`, as far as the package uses it."""

import enum

class InternalError(Exception): ...

class PupilError(Exception):
    class Unreadable(PupilError):
        def __init__(self, reason: str) -> None: ...
    class NotAModel(PupilError):
        def __init__(self, reason: str) -> None: ...
    class Damaged(PupilError):
        def __init__(self, reason: str) -> None: ...
    class Unsupported(PupilError):
        def __init__(self, reason: str) -> None: ...
    class TooLarge(PupilError):
        def __init__(self, reason: str, answer: int | None) -> None: ...
    class Untrusted(PupilError):
        def __init__(self, reason: str) -> None: ...
    class WrongBase(PupilError):
        def __init__(self, reason: str) -> None: ...
    class UnknownTask(PupilError):
        def __init__(self, reason: str) -> None: ...
    class BadInput(PupilError):
        def __init__(self, reason: str, answer: int | None) -> None: ...
    class Cancelled(PupilError):
        def __init__(self, reason: str) -> None: ...
    class Internal(PupilError):
        def __init__(self, reason: str) -> None: ...

class ReviewReason(enum.Enum):
    TOO_SHORT = ...
    OTHER_LANGUAGE = ...
    GIBBERISH = ...
    UNKNOWN_WORDS = ...
    REPETITION = ...
    COPIED_QUESTION = ...
    OFF_TOPIC = ...
    WORD_LIST = ...
    TRUNCATED = ...
    UNSEEN_LABEL = ...
    LOW_CONFIDENCE = ...
    NO_PROMISE = ...
    AUDIT = ...
    OTHER = ...

class Decision: ...

class LabelScore:
    name: str
    probability: float
    awarded: bool
    def __init__(self, *, name: str, probability: float, awarded: bool) -> None: ...

class Score:
    labels: list[LabelScore]
    level: int | None
    expected: float | None
    confidence: float
    decision: Decision
    guarantee: Guarantee | None
    words: int
    unknown_words: int
    tokens: int
    truncated: bool
    repetitive: bool

class Span:
    scalar_start: int
    scalar_end: int

class WordShare:
    span: Span
    labels: list[float]
    expected: float | None

class Explanation:
    score: Score
    words: list[WordShare]

class BlockUse:
    member: int
    weights: list[float]

class ExpertUse:
    score: Score
    blocks: list[BlockUse]

class Label:
    name: str
    description: str | None
    unseen: bool

class Member:
    family: str
    weight: float

class Guarantee:
    max_error: float
    confidence: float
    adjacent: bool
    answers: int
    automatic: int
    wrong: int
    bound: float
    tasks: int
    needed: int | None

class Task:
    id: str
    name: str
    prompt: str | None
    needs_reference: bool
    labels: list[Label]
    points: list[int] | None
    members: list[Member]
    guarantee: Guarantee | None

class Variant:
    op: str
    variant: str

class About:
    name: str
    description: str
    licence: str
    attribution: list[str]
    version: int
    blake3: str
    packs: list[str]
    file_bytes: int
    packed_bytes: int
    variants: list[Variant]

class Columns:
    probabilities: bytes
    awarded: bytes
    levels: bytes
    expected: bytes
    confidences: bytes
    decisions: bytes
    words: bytes
    unknown_words: bytes
    tokens: bytes
    truncated: bytes
    repetitive: bytes

class Watched(enum.Enum):
    CONFIDENCE = ...
    WORDS = ...
    UNKNOWN_WORDS = ...

class Change:
    task: str | None
    what: Watched
    above: float | None
    calibrated: float
    now: float
    since: int

class Monitor:
    def __init__(self, engine: Engine, state: bytes | None) -> None: ...
    def add(self, task: str, confidence: float, words: int, unknown_words: int) -> None: ...
    def changes(self) -> list[Change]: ...
    def state(self) -> bytes: ...

class Options:
    def __init__(
        self,
        *,
        fold_limit_bytes: int = ...,
        max_answer_bytes: int = ...,
        trusted_keys: list[str] = ...,
        signature: str | None = ...,
        expected_blake3: str | None = ...,
        min_version: int = ...,
        map_unchanging_file: bool = ...,
    ) -> None: ...

class Progress:
    def update(self, done: int, total: int) -> None: ...

class Cancellation:
    def cancel(self) -> None: ...

class Engine:
    @classmethod
    def open(cls, path: str, options: Options) -> Engine: ...
    @classmethod
    def from_bytes(cls, bytes: bytes, options: Options) -> Engine: ...
    def attach(self, path: str, options: Options | None) -> Engine: ...
    def attach_bytes(self, bytes: bytes, options: Options | None) -> Engine: ...
    def detach(self, name: str) -> Engine: ...
    def about(self) -> About: ...
    def tasks(self) -> list[Task]: ...
    def score(self, task: str, answer: str, reference: str | None) -> Score: ...
    def explain(self, task: str, answer: str, reference: str | None) -> Explanation: ...
    def experts(self, task: str, answer: str, reference: str | None) -> ExpertUse: ...
    def score_columns(
        self,
        task: str,
        text: bytes,
        ends: bytes,
        reference_text: bytes,
        reference_ends: bytes,
        threads: int,
        progress: Progress | None,
        cancellation: Cancellation | None,
    ) -> Columns: ...
    def panic_inside(self) -> None:
        """Only in builds for tests."""
    def panic_outside(self) -> None:
        """Only in builds for tests."""

class Question:
    id: str
    skills: list[str]
    difficulty: float | None

class SkillMastery:
    skill: str
    name: str
    probability: float
    answers: int

class Recommendation:
    question: str
    probability: float
    gain: float | None

class SimulatedAnswer:
    probability: float
    correct: bool

class RecommendationPolicy:
    @staticmethod
    def TARGET_PROBABILITY(low: float, high: float) -> RecommendationPolicy: ...
    @staticmethod
    def EXPECTED_GAIN() -> RecommendationPolicy: ...

class PassMark:
    @staticmethod
    def LEVEL(points: int) -> PassMark: ...
    @staticmethod
    def LABEL(name: str) -> PassMark: ...

class StudentTracker:
    @classmethod
    def open(cls, path: str, options: Options) -> StudentTracker: ...
    @classmethod
    def from_bytes(cls, bytes: bytes, options: Options) -> StudentTracker: ...
    def for_new_student(self) -> StudentTracker: ...
    def questions(self) -> list[Question]: ...
    def answers(self) -> int: ...
    def observe(self, question: str | None, correct: bool) -> None: ...
    def observe_score(
        self, question: str, level: int | None, labels: list[LabelScore], mark: PassMark
    ) -> bool: ...
    def predict(self, question: str | None) -> float: ...
    def predict_all(self) -> list[float]: ...
    def mastery(self) -> list[SkillMastery]: ...
    def recommend(self, count: int, policy: RecommendationPolicy) -> list[Recommendation]: ...
    def simulate(self, questions: list[str], seed: int) -> list[SimulatedAnswer]: ...
    def snapshot(self) -> bytes: ...
    def restore(self, snapshot: bytes) -> None: ...
