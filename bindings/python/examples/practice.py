"""Follows a student through a few questions. Run it in the repository, which contains the model."""

from __future__ import annotations

from pathlib import Path

from pupil_scorer import Tracker

MODEL = Path(__file__).parents[3] / "models/practice/practice.pupil"


def main() -> None:
    """Prints what the student knows, and what to ask next."""
    tracker = Tracker(MODEL)
    for question, correct in (("add-1", True), ("add-2", True), ("fractions-1", False), ("fractions-2", False)):
        tracker.observe(question, correct)
    for skill in tracker.mastery():
        bar = "#" * round(20 * skill.probability)
        print(f"{skill.name:18} {bar:20} {skill.probability:.2f}  {skill.answers} answers")
    for one in tracker.recommend(3):
        print(f"ask {one.question}: right with a probability of {one.probability:.2f}")


if __name__ == "__main__":
    main()
