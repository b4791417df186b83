"""Scores students' written answers on this machine: no GPU, no network, and the same bits everywhere.

```python
from pupil_scorer import Scorer, example_model

with Scorer(example_model()) as scorer:
    score = scorer.score("mindca-ss_burglar", "He feared that the officer had come to arrest him.")
```
"""

from ._errors import (
    BadInputError,
    CancelledError,
    ClosedError,
    DamagedError,
    InternalError,
    NotAModelError,
    NotFoundError,
    PupilError,
    TooLargeError,
    UnknownTaskError,
    UnreadableError,
    UnsupportedError,
    UntrustedError,
    WrongBaseError,
)
from ._classifier import TextClassifier
from ._examples import example_model
from ._monitor import Change, Monitor
from ._pupil import Cancellation, Guarantee, LabelScore, Score, __version__
from ._scorer import FOLD_LIMIT_BYTES, MAX_ANSWER_BYTES, Scorer
from ._scores import Scores
from ._tracker import Mastery, Question, Recommendation, SimulatedAnswer, Tracker
from ._trust import Trust
from ._types import (
    About,
    BlockUse,
    Decision,
    ExpertUse,
    Explanation,
    Label,
    Member,
    Task,
    WordShare,
)

__all__ = [
    "About",
    "BadInputError",
    "BlockUse",
    "CancelledError",
    "Cancellation",
    "Change",
    "ClosedError",
    "DamagedError",
    "Decision",
    "ExpertUse",
    "Explanation",
    "FOLD_LIMIT_BYTES",
    "Guarantee",
    "InternalError",
    "Label",
    "LabelScore",
    "MAX_ANSWER_BYTES",
    "Mastery",
    "Member",
    "Monitor",
    "NotAModelError",
    "NotFoundError",
    "PupilError",
    "Question",
    "Recommendation",
    "Score",
    "Scorer",
    "Scores",
    "SimulatedAnswer",
    "Task",
    "TextClassifier",
    "TooLargeError",
    "Tracker",
    "Trust",
    "UnknownTaskError",
    "UnreadableError",
    "UnsupportedError",
    "UntrustedError",
    "WordShare",
    "WrongBaseError",
    "__version__",
    "example_model",
]
