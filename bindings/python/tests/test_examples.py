"""The examples of the documentation, run unchanged."""

from __future__ import annotations

import contextlib
import io
import re
import runpy

import pytest
from conftest import BURGLAR, MIND_CA, ROOT

from pupil_scorer import Scorer

PAGES = ["bindings/python/README.md", "docs/python.md", "docs/simulator.md", "README.md"]


@pytest.mark.parametrize("page", PAGES)
def test_examples_of_the_page_run(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    assert blocks, f"{page} has no example"
    names: dict[str, object] = {}
    for block in blocks:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, page, "exec"), names)


def test_first_example_prints_level_confidence_decision_and_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / PAGES[0]).read_text()
    block = page.split("```python\n")[1].split("```")[0]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block, PAGES[0], "exec"), {})
    with Scorer(MIND_CA) as scorer:
        score = scorer.score(BURGLAR, "He feared that the officer had come to arrest him.")
        scores = scorer.score_batch(BURGLAR, ["He feared the police.", "He was tired.", ""])
    lines = [f"level {score.level}, confidence {score.confidence:.2f}, {score.decision}"]
    lines += [f"{label.name} {label.probability:.2f} {label.awarded}" for label in score.labels]
    lines += [f"{scores.level} {scores.confidence.round(2)} {scores.needs_review}"]
    assert printed.getvalue().splitlines() == lines


def printed_by(example: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that a program among the examples prints."""
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(f"bindings/python/examples/{example}.py", run_name="__main__")
    return printed.getvalue().splitlines()


def test_first_score_explains_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed_by("first_score", monkeypatch)
    assert re.fullmatch(r"level \d, confidence \d\.\d\d, (automatic|review: low-confidence)", lines[0])
    assert [line.split()[0] for line in lines[1:-1]] == "He feared that the officer had come to arrest him.".split()


def test_pandas_column_scores_the_table_and_leaves_the_missing_answer_to_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = printed_by("pandas_column", monkeypatch)
    assert lines[0].split() == ["pupil", "class", "level", "confidence", "decision"]
    assert [line.split()[0] for line in lines[1:5]] == ["a", "b", "c", "d"]
    decisions = [line.split()[-1] for line in lines[1:5]]
    assert decisions[3] == "review"
    texts = [
        "He feared that the officer had come to arrest him.",
        "He was tired.",
        "He thought the policeman knew about the theft.",
    ]
    with Scorer(MIND_CA) as scorer:
        scores = [scorer.score(BURGLAR, text) for text in texts]
    assert decisions[:3] == ["review" if score.decision.needs_review else "automatic" for score in scores]
    levels: dict[int, list[int]] = {}
    for name, score in zip([1, 1, 2], scores, strict=True):
        if not score.decision.needs_review and score.level is not None:
            levels.setdefault(name, []).append(score.level)
    assert levels
    want = [f"class {name}: mean level {sum(own) / len(own):.2f}" for name, own in levels.items()]
    assert lines[-len(want) :] == want


def test_review_queue_lists_what_needs_a_person_the_least_sure_first(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed_by("review_queue", monkeypatch)
    assert lines[0] == f"{len(lines) - 1} of 5 answers are for a person"
    queue = [re.fullmatch(r"row (\d): REVIEW_(\w+), confidence (\d\.\d\d)", line) for line in lines[1:]]
    found = [entry.groups() for entry in queue if entry is not None]
    reasons = {row: reason for row, reason, _ in found}
    assert reasons.pop("2") == "TOO_SHORT"
    assert reasons.pop("3") in {"UNKNOWN_WORDS", "GIBBERISH", "OTHER_LANGUAGE"}
    assert set(reasons.values()) <= {"LOW_CONFIDENCE"}
    confidences = [float(confidence) for _, _, confidence in found]
    assert confidences == sorted(confidences)
