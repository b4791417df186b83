"""Batches: their input, progress and cancellation, and that other threads can run."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import E_LSTM, FEARED, SCIENCE, report

import pupil_scorer
from pupil_scorer import Cancellation, Scorer, Scores, _scorer


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(E_LSTM)


def many(count: int) -> list[str]:
    return [f"warm air {place} needs more room" for place in range(count)]


def same(a: Scores, b: Scores) -> bool:
    names = [name for name in Scores.__slots__ if name not in ("labels", "points", "index")]
    return a.labels == b.labels and all(
        np.asarray(getattr(a, name)).tobytes() == np.asarray(getattr(b, name)).tobytes() for name in names
    )


def test_strings_of_every_kind_give_the_same_arrays(scorer: Scorer) -> None:
    texts = ["warm air", "", "naïve 🎈 اختبار", "nul \0 inside", FEARED] * 3
    want = scorer.score_batch("balloons", texts)
    inputs: dict[str, Iterable[str]] = {
        "tuple": tuple(texts),
        "generator": (text for text in texts),
        "NumPy strings": np.array(texts),
        "NumPy objects": np.array(texts, dtype=object),
        "pandas": pd.Series(texts),
        "pandas objects": pd.Series(texts, dtype=object),
        "pandas on Arrow": pd.Series(texts, dtype="string[pyarrow]"),
        "pandas categories": pd.Series(texts, dtype="category"),
        "Arrow": pa.array(texts),
        "large Arrow": pa.array(texts, pa.large_string()),
        "Arrow views": pa.array(texts, pa.string_view()),
        "Arrow slice": pa.array(["left out", *texts, "left out"])[1:-1],
        "Arrow chunks": pa.chunked_array([texts[:4], [], texts[4:]]),
        "Arrow dictionary": pa.array(texts).dictionary_encode(),
        "Arrow chunks of a dictionary": pa.chunked_array([pa.array(texts).dictionary_encode()]),
    }
    report([kind for kind, values in inputs.items() if not same(scorer.score_batch("balloons", values), want)])


def test_value_that_is_not_a_text_is_rejected_with_its_index(scorer: Scorer) -> None:
    failures = []
    values: Any
    for kind, values in {
        "a number": ["a", "b", 3],
        "bytes": ["a", "b", b"c"],
        "a list": ["a", "b", ["c"]],
        "a tuple": ["a", "b", ("c",)],
        "a number in pandas": pd.Series(["a", "b", 3]),
        "a number in NumPy": np.array(["a", "b", 3], dtype=object),
    }.items():
        try:
            failures.append(f"{kind}: {scorer.score_batch('balloons', values)}")
        except pupil_scorer.BadInputError as error:
            if error.answer != 2 or "answer 2 is of type" not in str(error):
                failures.append(f"{kind}: {error!r}")
    report(failures)
    with pytest.raises(TypeError, match="Arrow array of int64, not of strings"):
        scorer.score_batch("balloons", pa.array([1, 2]))


def test_no_answers_give_empty_arrays(scorer: Scorer) -> None:
    compared = Scorer(SCIENCE)
    for scores in (
        scorer.score_batch("balloons", []),
        scorer.score_batch("balloons", pa.array([], pa.string())),
        compared.score_batch(compared.tasks()[0].id, [], []),
    ):
        assert len(scores) == 0 and scores.probabilities.shape == (0, len(scores.labels))
    assert list(scorer.score_batch("balloons", []).to_pandas().columns) == list(
        scorer.score_batch("balloons", ["warm"]).to_pandas().columns
    )


@pytest.mark.parametrize("texts", [1, 7, 50])
def test_pieces_of_any_size_give_the_same_arrays(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch, texts: int
) -> None:
    answers = [text * (place % 4) for place, text in enumerate(many(50))]
    want = scorer.score_batch("balloons", answers)
    compared = Scorer(SCIENCE)
    task = compared.tasks()[0].id
    want_compared = compared.score_batch(task, answers, many(50))
    monkeypatch.setattr(_scorer, "PIECE_TEXTS", texts)
    calls: list[tuple[int, int]] = []
    tell: Callable[[int, int], None] = lambda done, total: calls.append((done, total))
    assert same(scorer.score_batch("balloons", answers, progress=tell), want)
    assert same(scorer.score_batch("balloons", pa.array(answers)), want)
    assert same(compared.score_batch(task, answers, pa.array(many(50))), want_compared)
    assert calls == sorted(set(calls)) and calls[-1] == (50, 50)

    answers[33] = "warm air " * 8000
    for values in (answers, pa.array(answers)):
        with pytest.raises(pupil_scorer.TooLargeError, match="^answer 33: .*72000") as raised:
            scorer.score_batch("balloons", values)
        assert raised.value.answer == 33


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_progress_rises_to_the_end(scorer: Scorer, threads: int) -> None:
    calls: list[tuple[int, int]] = []
    count = 2 * _scorer.PIECE_TEXTS + 100
    scorer.score_batch("balloons", many(count), threads=threads, progress=lambda *call: calls.append(call))
    assert calls == sorted(set(calls)) and calls[-1] == (count, count)
    assert len(calls) > 3


class Enough(Exception):
    """An error of the listener."""


@pytest.mark.parametrize("kind", [Enough, ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("threads", [1, 4])
def test_error_of_progress_stops_the_batch_and_is_raised(
    scorer: Scorer, kind: type[BaseException], threads: int
) -> None:
    raised = kind("that is enough")
    calls: list[int] = []

    def tell(done: int, total: int) -> None:
        calls.append(done)
        if done >= 100:
            raise raised

    with pytest.raises(kind) as caught:
        scorer.score_batch("balloons", many(4000), threads=threads, progress=tell)
    assert caught.value is raised
    assert [done >= 100 for done in calls].index(True) == len(calls) - 1, f"it went on: {calls}"
    assert len(scorer.score_batch("balloons", many(10))) == 10


def test_cancelling_stops_before_the_next_answer(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    for piece, done in ((4096, 16), (10, 10)):
        monkeypatch.setattr(_scorer, "PIECE_TEXTS", piece)
        cancel = Cancellation()
        with pytest.raises(pupil_scorer.CancelledError, match=f"^cancelled after {done} of 400 answers$"):
            scorer.score_batch(
                "balloons", many(400), threads=1, cancel=cancel, progress=lambda done, total: cancel.cancel()
            )
        assert cancel.cancelled
        with pytest.raises(pupil_scorer.CancelledError, match="^cancelled after 0 of 400 answers$"):
            scorer.score_batch("balloons", many(400), cancel=cancel)


def test_cancelling_in_a_later_piece_counts_all_answers(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scorer, "PIECE_TEXTS", 100)
    cancel = Cancellation()

    def tell(done: int, total: int) -> None:
        if done > 220:
            cancel.cancel()

    with pytest.raises(pupil_scorer.CancelledError, match="^cancelled after 232 of 400 answers$"):
        scorer.score_batch("balloons", many(400), threads=1, cancel=cancel, progress=tell)


def test_other_threads_run_while_one_is_inside_the_engine(scorer: Scorer) -> None:
    # Without a progress function, this thread can only cancel if the engine has released the interpreter.
    long = ["warm air needs more room " * 100] * 4096
    spins = 1
    for _ in range(12):
        cancel, about_to_call = Cancellation(), threading.Event()
        outcome: list[Scores | pupil_scorer.CancelledError] = []

        def batch() -> None:
            about_to_call.set()
            try:
                outcome.append(scorer.score_batch("balloons", long, threads=1, cancel=cancel))
            except pupil_scorer.CancelledError as error:
                outcome.append(error)

        thread = threading.Thread(target=batch)
        thread.start()
        about_to_call.wait()
        for _ in range(spins):
            FEARED.split()
        cancel.cancel()
        thread.join()
        assert isinstance(outcome[0], pupil_scorer.CancelledError), "the batch ended before this thread could run"
        match = re.fullmatch(r"cancelled after (\d+) of 4096 answers", str(outcome[0]))
        assert match, outcome
        if 0 < int(match[1]) < 4096:
            return
        spins *= 8
    pytest.fail("every batch was cancelled before it began")


@pytest.mark.parametrize("threads", [1, 2])
def test_keyboard_interrupt_stops_a_batch_in_the_engine(scorer: Scorer, threads: int) -> None:
    text = "warm air needs more room " * 100
    start = time.perf_counter()
    scorer.score_batch("balloons", [text] * 128, threads=threads)
    whole = (time.perf_counter() - start) * 32
    answers, interrupt = [text] * 4096, threading.Event()

    def press() -> None:
        interrupt.wait()
        os.kill(os.getpid(), signal.SIGINT)

    # A process that was started in the background ignores Ctrl-C, and so would this one.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        thread = threading.Thread(target=press)
        thread.start()
        start = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            interrupt.set()
            scorer.score_batch("balloons", answers, threads=threads)
        assert time.perf_counter() - start < whole / 2
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(scorer.score_batch("balloons", many(10))) == 10


def test_two_batches_are_inside_the_engine_at_once(scorer: Scorer) -> None:
    meeting = threading.Barrier(2)
    met: list[int] = []

    def tell(done: int, total: int) -> None:
        if done == 16:
            meeting.wait(timeout=60)
            met.append(done)

    def batch() -> None:
        scorer.score_batch("balloons", many(64), threads=1, progress=tell)

    threads = [threading.Thread(target=batch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [16, 16]


def test_tables_have_the_columns_of_the_command_line(scorer: Scorer) -> None:
    answers = ["The balloon expands because warm air needs more room.", "", "zorbl quendle frimp", "warm warm warm warm"]
    scores = scorer.score_batch("balloons", answers)
    table: Any = scores.to_pandas()
    counts = ["words", "unknown_words", "truncated", "repetitive"]
    assert list(table.columns) == ["level", "expected", "confidence", "decision", "reason", *counts, "p_0", "p_1", "p_2"]
    for place, score in enumerate(scores):
        row = table.iloc[place]
        assert row["level"] == score.level and row["expected"] == score.expected
        assert row["confidence"] == score.confidence and row["p_1"] == score.labels[1].probability
        assert row["decision"] == ("review" if score.decision.needs_review else "automatic")
        assert row["reason"] == (score.decision.reason or "")
        assert [row[name] for name in counts] == [getattr(score, name) for name in counts]
    for task in ("topic", "rubric"):
        scores = scorer.score_batch(task, answers)
        labels = scores.to_dict()["label"].tolist()
        assert labels == ["|".join(l.name for l in score.labels if l.awarded) for score in scores]


def test_scores_are_indexed_from_both_ends(scorer: Scorer) -> None:
    scores = scorer.score_batch("balloons", ["warm", "air", FEARED])
    assert scores[-1] == scores[2] == scorer.score("balloons", FEARED)
    assert len(list(scores)) == 3
    with pytest.raises(IndexError):
        scores[3]
