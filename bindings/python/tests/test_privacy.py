"""No error, no output and no `repr` repeats the text of an answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import spark_score
from conftest import E_LSTM, KNOWLEDGE, MIXTURES, PACK, report

from pupil_scorer import Cancellation, PupilError, Scorer, Tracker

MARKER = "zanzibar"
HALF = f"{MARKER}\ud800"


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error with all its causes and contexts."""
    todo, seen = [error], set()
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [other for other in (one.__cause__, one.__context__) if other is not None]


def repeats(error: BaseException) -> bool:
    """Whether an error, or one of its causes or contexts, contains the marker."""
    shown = "".join(traceback.format_exception_only(error))
    held = [(one.args, str(one), repr(one), getattr(one, "object", None), vars(one)) for one in chain(error)]
    return MARKER in shown + repr(held)


def refusals(scorer: Scorer, single: Callable[..., object]) -> list[Callable[[], object]]:
    """Calls of one of the methods for one answer, which all fail."""
    return [
        lambda: single(MARKER, "warm"),
        lambda: single("balloons", HALF),
        lambda: single(HALF, "warm"),
        lambda: single("balloons", MARKER, MARKER),
        lambda: single("balloons", "warm", HALF),
        lambda: single("compare", MARKER),
        lambda: single("compare", "warm", f"{MARKER} " * 20_000),
        lambda: single("balloons", f"{MARKER} " * 20_000),
        lambda: single("balloons", f"{MARKER[0]} " * 17_000 + MARKER),
        lambda: single("balloons", MARKER.encode()),
        lambda: single("balloons", [MARKER]),
        lambda: single("balloons", {MARKER: MARKER}),
        lambda: single([MARKER], "warm"),
        lambda: single("balloons", "warm", MARKER.encode()),
        lambda: single("balloons", pd.Series([MARKER])),
    ]


def batches(scorer: Scorer) -> list[Callable[[], object]]:
    """Batches that all fail."""
    batch: Any = scorer.score_batch
    stop = Cancellation()
    stop.cancel()
    answers: list[Any] = [
        MARKER,
        MARKER.encode(),
        {MARKER},
        {MARKER: MARKER},
        pd.DataFrame({MARKER: [MARKER]}),
        np.array([[MARKER]]),
        pa.table({MARKER: [MARKER]}),
        pa.array([{MARKER: MARKER}]),
        pa.array([MARKER.encode()]),
        [MARKER, HALF],
        [[MARKER]],
        [MARKER, {MARKER: 1}],
        [MARKER, MARKER.encode()],
        [f"{MARKER} " * 20_000],
        pa.array([f"{MARKER} " * 20_000]),
        pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(np.array([0, 9], "<i4")), pa.py_buffer(MARKER.encode() + b"\xff")]),
        np.array([MARKER, HALF], dtype=object),
    ]
    return [
        *[lambda values=values: batch("balloons", values) for values in answers],
        *[lambda values=values: batch("compare", ["warm"] * 2, values) for values in answers],
        lambda: batch(MARKER, ["warm"]),
        lambda: batch("balloons", [MARKER, None]),
        lambda: batch("balloons", ["warm"], missing=MARKER),
        lambda: batch("balloons", [MARKER], [MARKER]),
        lambda: batch("compare", [MARKER]),
        lambda: batch("compare", [MARKER], []),
        lambda: batch("compare", [MARKER], [None]),
        lambda: batch("compare", pd.Series([MARKER], [MARKER]), pd.Series([MARKER], ["b"])),
        lambda: batch("balloons", [MARKER], threads=-1),
        lambda: batch("balloons", [MARKER], cancel=stop),
    ]


def test_no_error_repeats_an_answer() -> None:
    scorer = Scorer(E_LSTM)
    without: Any = Scorer(E_LSTM)
    without.close()
    calls = [call for single in (scorer.score, scorer.explain, scorer.experts) for call in refusals(scorer, single)]
    calls += batches(scorer)
    calls += [
        lambda: scorer.experts("balloons", MARKER),
        lambda: without.score("balloons", MARKER),
        lambda: Scorer.from_bytes(MARKER.encode()),
        lambda: Scorer.from_bytes(len(MARKER).to_bytes(8, "little") + MARKER.encode()),
        lambda: Scorer.from_bytes(MARKER),  # type: ignore[arg-type]
        lambda: Scorer.from_bytes([MARKER]),  # type: ignore[arg-type]
        lambda: scorer.attach(MARKER.encode()),
        lambda: scorer.attach(len(MARKER).to_bytes(8, "little") + MARKER.encode()),
        lambda: scorer.attach([MARKER]),  # type: ignore[arg-type]
        lambda: scorer.detach(MARKER),
        lambda: Scorer(MIXTURES).attach(PACK).detach(MARKER),
        lambda: scorer.detach(HALF),
    ]
    tracker, score = Tracker(KNOWLEDGE), scorer.score("balloons", "warm")
    calls += [
        lambda: tracker.observe(MARKER, True),
        lambda: tracker.observe(HALF, True),
        lambda: tracker.observe([MARKER], True),  # type: ignore[arg-type]
        lambda: tracker.observe_score(MARKER, score, level=1),
        lambda: tracker.observe_score("q0", score, label=MARKER),
        lambda: tracker.observe_score("q0", score, label=HALF),
        lambda: tracker.predict(MARKER),
        lambda: tracker.simulate([MARKER], 1),
        lambda: tracker.simulate([HALF], 1),
        lambda: tracker.restore(MARKER.encode()),
        lambda: tracker.restore(MARKER),  # type: ignore[arg-type]
        lambda: Tracker.from_bytes(MARKER.encode()),
    ]
    failures = []
    for place, call in enumerate(calls):
        try:
            failures.append(f"{place}: gave {call()!r}"[:200])
        except (PupilError, TypeError) as error:
            if repeats(error):
                failures.append(f"{place}: {[(type(one), one.args) for one in chain(error)]!r}"[:400])
    report(failures)


def test_objects_show_no_text() -> None:
    scorer = Scorer(E_LSTM)
    answer = f"warm {MARKER} air"
    series = pd.Series([answer], index=[answer])
    shown = [
        scorer,
        scorer.score("balloons", answer),
        scorer.explain("balloons", answer),
        Scorer(MIXTURES).tasks(),
        scorer.score_batch("balloons", [answer]),
        scorer.score_batch("balloons", series),
        scorer.score_batch("balloons", [answer])[0],
        scorer.score_batch("balloons", series)._repr_html_(),
    ]
    report([repr(one) for one in shown if MARKER in repr(one) + str(one)])


class OfSpark(Exception):
    """Spark's error about a missing column: it lists the column names, which are cells if a file has no header."""

    def getCondition(self) -> str:
        return "UNRESOLVED_COLUMN.WITH_SUGGESTION"


def test_problems_and_messages_of_the_spark_example_show_no_text() -> None:
    # Too many tokens, an empty reference, and too many bytes.
    answers = ["warm", "z " * 17_000 + MARKER, f"{MARKER} " * 17_000, "air"]
    for task, references in (("balloons", None), ("compare", pa.array([MARKER, MARKER, MARKER, answers[1]]))):
        problems = np.full(4, None, dtype=object)
        with Scorer(E_LSTM) as scorer:
            spark_score.score(scorer, task, pa.array(answers), references, problems)
        assert [problem is None for problem in problems] == [True, references is not None, False, True]
        assert MARKER not in repr(problems.tolist())
    said = f"did you mean {MARKER}?"
    assert spark_score.told(OfSpark(said)) == "UNRESOLVED_COLUMN.WITH_SUGGESTION, see Spark's log"
    assert MARKER not in "".join(spark_score.told(error) for error in (ValueError(said), OfSpark(said), OSError(said)))
    assert spark_score.told(spark_score.Refused("no column among 2")) == "no column among 2"
