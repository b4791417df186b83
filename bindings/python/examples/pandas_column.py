"""Scores a column of a pandas table and puts the scores beside it; run it in the repository, where the model lies.

    python bindings/python/examples/pandas_column.py
"""

from __future__ import annotations

import pandas as pd

from pupil_scorer import Scorer

MODEL = "models/mind-ca/mind-ca.pupil"
TASK = "mindca-ss_burglar"


def main() -> None:
    """Prints the table with its scores, and the mean level of each class."""
    answers = pd.DataFrame(
        {
            "pupil": ["a", "b", "c", "d"],
            "class": [1, 1, 2, 2],
            "text": [
                "He feared that the officer had come to arrest him.",
                "He was tired.",
                "He thought the policeman knew about the theft.",
                None,
            ],
        }
    )
    with Scorer(MODEL) as scorer:
        # The result has the index of the column, so that it fits a filtered table as well.
        scores = scorer.score_batch(TASK, answers["text"], missing="review").to_pandas()
    scored = answers.join(scores[["level", "confidence", "decision"]])
    print(scored.drop(columns="text").to_string(index=False, float_format="%.2f"))

    # A missing answer is scored as an empty one and goes to a person, so it does not count here.
    automatic = scored[scored["decision"] == "automatic"]
    for name, level in automatic.groupby("class")["level"].mean().items():
        print(f"class {name}: mean level {level:.2f}")


if __name__ == "__main__":
    main()
