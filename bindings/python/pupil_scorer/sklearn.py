"""A scorer as a classifier of scikit-learn; needs scikit-learn, which `pip install pupil-scorer[sklearn]` brings."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ._errors import BadInputError
from ._scorer import Scorer
from ._scores import Scores


class PupilClassifier(ClassifierMixin, BaseEstimator):
    """One task of a model, for pipelines and metrics of scikit-learn. The model is trained already; `fit` opens it.

    `X` is one column of texts, or two columns: texts and references. The classes are the levels' points if the task has
    a scale, else the names of its labels; a task whose labels do not exclude each other has no classes.
    """

    def __init__(self, model: str | os.PathLike[str], task: str, *, missing: str = "refuse", threads: int = 0) -> None:
        """Takes what `Scorer` and `Scorer.score_batch` take."""
        self.model = model
        self.task = task
        self.missing = missing
        self.threads = threads

    def fit(self, X: Any = None, y: ArrayLike | None = None) -> Self:
        """Opens the model. Nothing is learnt from `X` and `y`."""
        self.scorer_ = Scorer(self.model)
        tasks = {task.id: task for task in self.scorer_.tasks()}
        if self.task not in tasks:
            raise BadInputError(f"the model has no task of that name; it has {', '.join(tasks)}")
        task = tasks[self.task]
        names = [label.name for label in task.labels]
        self.classes_ = np.array(names if task.points is None else task.points)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` was called."""
        return hasattr(self, "scorer_")

    def scores(self, X: Any) -> Scores:
        """The `Scores` of the texts, with confidence and decision."""
        check_is_fitted(self)
        texts, references = X, None
        if len(getattr(X, "shape", ())) == 2:
            table: NDArray[Any] = np.asarray(X, dtype=object)
            if table.shape[1] not in (1, 2):
                message = f"X has {table.shape[1]} columns: pass one of texts, or two of texts and references"
                raise BadInputError(message)
            texts = table[:, 0]
            references = table[:, 1] if table.shape[1] == 2 else None
        return self.scorer_.score_batch(
            self.task, texts, references, missing=self.missing, threads=self.threads  # type: ignore[arg-type]
        )

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """The probability of each class, in the order of `classes_`."""
        return self.scores(X).probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """The awarded level in points, or the likeliest label."""
        scores = self.scores(X)
        if scores.level is not None:
            return scores.level
        likeliest: NDArray[Any] = self.classes_[scores.probabilities.argmax(axis=1)]
        return likeliest
