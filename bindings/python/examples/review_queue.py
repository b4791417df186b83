"""Lists the answers that a person should look at, the least sure first; run it in the repository, where the model lies.

    python bindings/python/examples/review_queue.py
"""

from __future__ import annotations

import numpy as np

from pupil_scorer import Decision, Scorer

MODEL = "models/mind-ca/mind-ca.pupil"
TASK = "mindca-ss_burglar"
ANSWERS = [
    "He feared that the officer had come to arrest him.",
    "He was tired.",
    "",
    "xqzt wvvk plmf grrd",
    "He thought the policeman knew about the theft.",
]


def main() -> None:
    """Prints the queue with the reason of each entry."""
    with Scorer(MODEL) as scorer:
        scores = scorer.score_batch(TASK, ANSWERS)
    queue = np.flatnonzero(scores.needs_review)
    queue = queue[np.argsort(scores.confidence[queue], kind="stable")]
    print(f"{len(queue)} of {len(ANSWERS)} answers are for a person")
    for row in queue:
        # The number of the row stands for the answer: what pupils write need not be printed to be found again.
        print(f"row {row}: {Decision(scores.decision[row]).name}, confidence {scores.confidence[row]:.2f}")


if __name__ == "__main__":
    main()
