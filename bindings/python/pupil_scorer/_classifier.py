"""`TextClassifier`, which is called like a pipeline of the package transformers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, overload

from ._errors import BadInputError
from ._pupil import Score
from ._scorer import Scorer


class Ranked(TypedDict):
    """A label and its probability."""

    label: str
    score: float


class TextClassifier:
    """Scores texts of one task, with the calls and results of `transformers.pipeline("text-classification")`.

    ```python
    from pupil_scorer import Scorer, TextClassifier, example_model

    classify = TextClassifier(Scorer(example_model()), "mindca-ss_burglar")
    print(classify("He feared that the officer had come to arrest him."))
    ```
    """

    def __init__(self, scorer: Scorer, task: str) -> None:
        """Takes an open scorer, and one of its tasks."""
        self.scorer = scorer
        self.task = task

    # A `str` is iterable as well; the first signature is the one for it.
    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, inputs: str | Mapping[str, str], *, top_k: int | None = 1
    ) -> list[Ranked]: ...

    @overload
    def __call__(self, inputs: Iterable[str | Mapping[str, str]], *, top_k: int | None = 1) -> list[list[Ranked]]: ...

    def __call__(self, inputs: Any, *, top_k: int | None = 1) -> list[Ranked] | list[list[Ranked]]:
        """The likeliest labels of a text, likeliest first, or a list of them for each of several texts.

        A text that is compared with a reference is a dict: `{"text": answer, "text_pair": reference}`. `top_k=None`
        gives all labels.
        """
        if isinstance(inputs, (str, Mapping)):
            text, reference = _parts(inputs)
            return _ranked(self.scorer.score(self.task, text, reference), top_k)
        parts = [_parts(one) for one in inputs]
        pairs = [reference for _, reference in parts if reference is not None]
        if pairs and len(pairs) != len(parts):
            raise BadInputError(f"{len(pairs)} of {len(parts)} texts have a text_pair: give one for each, or for none")
        scores = self.scorer.score_batch(self.task, [text for text, _ in parts], pairs or None)
        return [_ranked(score, top_k) for score in scores]


def _parts(given: str | Mapping[str, str]) -> tuple[str, str | None]:
    if isinstance(given, Mapping):
        return given["text"], given.get("text_pair")
    return given, None


def _ranked(score: Score, top_k: int | None) -> list[Ranked]:
    ranked = sorted(score.labels, key=lambda label: -label.probability)
    return [{"label": label.name, "score": label.probability} for label in ranked[:top_k]]
