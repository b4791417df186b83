"""Support for the tests: the repository's files, and the cases that every language runs."""

from __future__ import annotations

import functools
import json
import struct
from pathlib import Path
from typing import Any

from pupil_scorer import Scorer

ROOT = Path(__file__).parents[3]
E_LSTM = ROOT / "tests/fixtures/golden/e_lstm.pupil"
MIXTURES = ROOT / "tests/fixtures/golden/mixtures.pupil"
KNOWLEDGE = ROOT / "tests/fixtures/golden/knowledge.pupil"
PACK = ROOT / "tests/fixtures/api/pack.pupil"
MIND_CA = ROOT / "models/mind-ca/mind-ca.pupil"
PRACTICE = ROOT / "models/practice/practice.pupil"
SCIENCE = ROOT / "models/science/science.pupil"
BURGLAR = "mindca-ss_burglar"
FEARED = "He feared that the officer had come to arrest him for the theft."

Case = dict[str, Any]


@functools.cache
def cases(kind: str) -> list[Case]:
    """The cases of one kind: opens, scores, explanations, experts, monitors, batches or trackers."""
    listed: list[Case] = json.loads((ROOT / "tests/fixtures/api/cases.json").read_text())[kind]
    assert listed, f"there are no cases of {kind}"
    return listed


@functools.cache
def opened(model: str, pack: str | None = None) -> Scorer:
    """The scorer of a case, opened once."""
    scorer = Scorer(ROOT / model)
    return scorer if pack is None else scorer.attach(ROOT / pack)


def scorer_of(case: Case) -> Scorer:
    """The scorer of a case."""
    return opened(case["model"], case.get("pack"))


def answer_of(case: Case) -> str:
    """The whole answer of a case."""
    text: str = case["answer"]["text"] * case["answer"]["times"]
    return text


def bits(value: float) -> str:
    """The bits of a 32-bit float, as the cases write them."""
    return struct.pack(">f", value).hex()


def real(digits: str) -> float:
    """The number whose bits the cases write."""
    number: float = struct.unpack(">f", bytes.fromhex(digits))[0]
    return number


def report(failures: list[str]) -> None:
    """Fails with every case that failed."""
    assert not failures, f"{len(failures)} cases failed:\n" + "\n".join(failures)
