"""Scores texts at a terminal: `python -m pupil_scorer --help`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from . import PupilError, Scorer, __version__, example_model


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m pupil_scorer",
        description="Scores answers, one per line of standard input or one per argument, as JSON Lines. Without a task, "
        "lists the tasks of the model.",
    )
    parser.add_argument("answers", nargs="*", help="answers; without them, the lines of standard input")
    parser.add_argument("--model", default=example_model(), help="a .pupil file; without it, the example model")
    parser.add_argument("--task", help="the task to score")
    parser.add_argument("--reference", help="the reference answer, if the task needs one")
    parser.add_argument("--version", action="version", version=f"pupil-scorer {__version__}")
    options = parser.parse_args(arguments)
    try:
        with Scorer(options.model) as scorer:
            if options.task is None:
                for task in scorer.tasks():
                    levels = "|".join(label.name for label in task.labels)
                    print(task.id, task.name, levels, *(["needs a reference"] * task.needs_reference), sep="\t")
                return 0
            answers = options.answers or [line.rstrip("\r\n") for line in sys.stdin]
            references = None if options.reference is None else [options.reference] * len(answers)
            scores = scorer.score_batch(options.task, answers, references)
            columns = {name: column.tolist() for name, column in scores.to_dict().items()}
            for row in zip(*columns.values(), strict=True):
                print(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))
    except PupilError as error:
        print(f"pupil_scorer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
