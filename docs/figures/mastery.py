"""Writes mastery.svg to this folder: what the shipped knowledge model says of a student after 30 answers.

    python docs/figures/mastery.py          # needs the Python package

The student answers three questions of each skill: all right up to fractions, then two of three wrong.
"""

from __future__ import annotations

from pathlib import Path

from pupil_scorer import Tracker

HERE = Path(__file__).parent
SKILLS = 10
RIGHT_UP_TO = 5
ROW, LEFT, BAR, WIDTH = 26, 150, 420, 760


def row(place: int, name: str, probability: float, answers: int) -> str:
    """One skill: its name, a bar, the probability and the answers behind it."""
    y = 46 + ROW * place
    colour = "#2e7d5b" if probability >= 0.8 else "#c98a1b" if probability >= 0.4 else "#b5473c"
    return (
        f'<text x="{LEFT - 10}" y="{y + 13}" text-anchor="end">{name}</text>'
        f'<rect x="{LEFT}" y="{y}" width="{BAR}" height="17" rx="3" fill="#e8e8e4"/>'
        f'<rect x="{LEFT}" y="{y}" width="{BAR * probability:.1f}" height="17" rx="3" fill="{colour}"/>'
        f'<text x="{LEFT + BAR + 12}" y="{y + 13}">{probability:.2f}, from {answers} answers</text>'
    )


def main() -> None:
    """Writes the picture."""
    tracker = Tracker(HERE / "../../models/practice/practice.pupil")
    ids = [question.id for question in tracker.questions()]
    per_skill = len(ids) // SKILLS
    for skill in range(SKILLS):
        for n in range(3):
            tracker.observe(ids[skill * per_skill + n], skill < RIGHT_UP_TO or n == 0)
    mastery = tracker.mastery()
    asked = ", ".join(one.question for one in tracker.recommend(3))
    height = 46 + ROW * len(mastery) + 40
    rows = "\n".join(row(n, m.name, m.probability, m.answers) for n, m in enumerate(mastery))
    style = 'font-family="system-ui, sans-serif" font-size="13" fill="#222"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {style}>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n'
        f'<text x="20" y="28" font-size="16" font-weight="600">Probability that each skill is mastered</text>\n'
        f"{rows}\n"
        f'<text x="20" y="{height - 16}">Ask next: {asked}</text>\n'
        "</svg>\n"
    )
    (HERE / "mastery.svg").write_text(svg)


if __name__ == "__main__":
    main()
