"""The small model that the package brings."""

from __future__ import annotations

from pathlib import Path


def example_model() -> Path:
    """The path of a small model to try the package with: the tasks of MIND-CA, which ask what people in a story think.

    Its licence is CC-BY-4.0; `Scorer.about` has the credits to show.
    """
    return Path(__file__).parent / "models" / "mind-ca.pupil"
