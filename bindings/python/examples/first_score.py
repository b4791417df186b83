"""Scores one answer, and then a few at once. Run it in the repository, which contains the model."""

from __future__ import annotations

from pupil_scorer import Scorer


def main() -> None:
    """Prints the scores."""
    with Scorer("models/mind-ca/mind-ca.pupil") as scorer:
        answer = "He feared that the officer had come to arrest him."
        explanation = scorer.explain("mindca-ss_burglar", answer)
        score = explanation.score
        print(f"level {score.level}, confidence {score.confidence:.2f}, {score.decision}")
        for word in explanation.words:
            print(f"  {answer[word.span]:10} {word.expected:+.3f}")
        scores = scorer.score_batch("mindca-ss_burglar", ["He feared the police.", "He was tired.", ""])
        print(scores.level, scores.confidence.round(2), scores.needs_review)


if __name__ == "__main__":
    main()
