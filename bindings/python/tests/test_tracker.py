"""A tracker gives the bits of the golden vectors, and its own rules hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import KNOWLEDGE, ROOT, bits

import pupil_scorer
from pupil_scorer import Scorer, Tracker

PRACTICE = ROOT / "models/practice/practice.pupil"
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/fixtures/golden/knowledge.json").read_text())


def test_every_step_gives_the_bits_of_the_golden_vectors() -> None:
    tracker = Tracker(KNOWLEDGE)
    for step in VECTORS["steps"]:
        if step["answer"] is not None:
            tracker.observe(*step["answer"])
        assert bits(tracker.predict("q0")) == step["first_bits"]
        assert bits(tracker.predict(None)) == step["unlisted_bits"]
        assert [[bits(m.probability), m.answers] for m in tracker.mastery()] == step["mastery"]
    drawn = tracker.simulate(VECTORS["simulated"], VECTORS["seed"])
    assert [[bits(one.probability), one.correct] for one in drawn] == VECTORS["drawn"]
    by_probability, by_gain = (
        [[one.question, None if one.gain is None else bits(one.gain)] for one in chosen]
        for chosen in (tracker.recommend(6), tracker.recommend(6, by_gain=True))
    )
    assert [by_probability, by_gain] == VECTORS["recommended"]
    assert tracker.snapshot().hex() == VECTORS["snapshot"]
    resumed = Tracker.from_bytes(KNOWLEDGE.read_bytes())
    resumed.restore(bytes.fromhex(VECTORS["snapshot"]))
    assert resumed.predict_all() == tracker.predict_all() and resumed.answers == tracker.answers
    assert tracker.for_new_student().answers == 0


def test_questions_and_skills_have_their_names() -> None:
    tracker = Tracker(KNOWLEDGE)
    assert [q.id for q in tracker.questions()][:2] == ["q0", "q1"]
    assert tracker.questions()[5].skills == ("multiply", "divide")
    assert tracker.mastery()[0].name == "Addition"


def test_a_score_is_an_answer() -> None:
    with Scorer(ROOT / "tests/fixtures/golden/e_lstm.pupil") as scorer:
        score = scorer.score("balloons", "warm air expands")
        topic = scorer.score("topic", "warm air expands")
    tracker = Tracker(KNOWLEDGE)
    assert score.level is not None
    assert tracker.observe_score("q1", score, level=score.level)
    assert not tracker.observe_score("q1", score, level=score.level + 1)
    assert tracker.observe_score("q1", topic, label=next(label.name for label in topic.labels if label.awarded))
    assert tracker.answers == 3
    for arguments in ({}, {"level": 1, "label": "heat"}, {"label": "none"}):
        with pytest.raises(pupil_scorer.BadInputError):
            tracker.observe_score("q1", topic, **arguments)
    with pytest.raises(pupil_scorer.BadInputError, match="no level"):
        tracker.observe_score("q1", topic, level=1)


def test_what_is_wrong_is_refused() -> None:
    tracker = Tracker(KNOWLEDGE)
    for call in (
        lambda: tracker.observe("my answer", True),
        lambda: tracker.predict("my answer"),
        lambda: tracker.recommend(0),
        lambda: tracker.recommend(-1),
        lambda: tracker.recommend(1, low=0.9, high=0.1),
        lambda: tracker.simulate(["my answer"], 1),
        lambda: tracker.simulate(["q1"], -1),
        lambda: Tracker(ROOT / "tests/fixtures/golden/e_lstm.pupil"),
    ):
        with pytest.raises(pupil_scorer.BadInputError) as refused:
            call()
        assert "my answer" not in str(refused.value)
    other = Tracker(PRACTICE).snapshot()
    with pytest.raises(pupil_scorer.WrongBaseError):
        tracker.restore(other)
    with pytest.raises(pupil_scorer.DamagedError):
        tracker.restore(b"nothing")
    with pytest.raises(pupil_scorer.TooLargeError):
        tracker.restore(b"x" * (2 << 20))
    with pytest.raises(pupil_scorer.UnreadableError):
        Tracker("none.pupil")


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    import runpy

    runpy.run_path(str(ROOT / "bindings/python/examples/practice.py"), run_name="__main__")
    assert "Fractions" in capsys.readouterr().out
