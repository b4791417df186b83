"""The examples of the documentation, run unchanged."""

from __future__ import annotations

import contextlib
import io
import re

import pytest
from conftest import BURGLAR, MIND_CA, ROOT

from pupil_scorer import Scorer

PAGES = ["bindings/python/README.md", "docs/python.md", "README.md"]


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
