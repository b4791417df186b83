"""Measures the overhead of Python: warm calls of `score` and of `score_batch`, compared with the same call in Rust.

    python overhead.py --rust target/mobile/pupil-bench

`cargo xtask python --bench` builds both and runs it. Rounds alternate between the languages, so that a change in the
machine's load affects both. The medians are over the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable

from pupil_scorer import Scorer

ANSWER = "He feared that the officer had come to arrest him for the theft of money."
CASES = [
    ("models/mind-ca/mind-ca.pupil", "mindca-ss_burglar"),
    ("tests/fixtures/golden/e_lstm.pupil", "balloons"),
]
TURNS = 7
CALLS = 300
BATCH = 4096


def main() -> None:
    """Prints one table per model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rust", required=True, help="the program `pupil-bench`, built with --profile mobile")
    rust = parser.parse_args().rust
    print(f"microseconds per answer of {len(ANSWER.split())} words, median of {TURNS} turns (lowest to highest)")
    for model, task in CASES:
        print(f"\n{model}, task {task}")
        with Scorer(model) as scorer:
            calls: dict[str, Callable[[], float]] = {
                "Rust, score": lambda: in_rust(rust, model, task),
                "Python, score": lambda: per_call(lambda: scorer.score(task, ANSWER), CALLS, 1),
                "Python, explain": lambda: per_call(lambda: scorer.explain(task, ANSWER), CALLS // 10, 1),
                f"Python, score_batch of {BATCH}, 1 thread": lambda: per_call(
                    lambda: scorer.score_batch(task, [ANSWER] * BATCH, threads=1), 1, BATCH
                ),
                "Python, score_batch of 16, 1 thread": lambda: per_call(
                    lambda: scorer.score_batch(task, [ANSWER] * 16, threads=1), CALLS // 10, 16
                ),
            }
            times: dict[str, list[float]] = {name: [] for name in calls}
            for _ in range(TURNS):
                for name, measure in calls.items():
                    times[name].append(measure())
        for name, seen in times.items():
            print(f"  {name:42} {statistics.median(seen):8.1f}  ({min(seen):.1f} to {max(seen):.1f})")


def per_call(call: Callable[[], object], calls: int, answers: int) -> float:
    """Median microseconds per answer of warm calls, in CPU time, since other programs may interrupt a batch."""
    call()
    times = []
    for _ in range(calls):
        start = time.thread_time_ns()
        call()
        times.append(time.thread_time_ns() - start)
    return statistics.median(times) / 1000 / answers


def in_rust(program: str, model: str, task: str) -> float:
    """Median microseconds of the same warm call in Rust."""
    command = [program, model, "--task", task, "--answer", ANSWER, "--repeat", str(CALLS), "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    median: float = report["answers"][0]["median_us"]
    return median


if __name__ == "__main__":
    main()
