"""Measures `pupil suggest`: learns from 50 graded answers per task, then from 50 more that were suggested or random.
With --rounds, 50 more are added so many times, each time those that the model of the round before suggests.

    python3 docs/evaluation/suggest.py TRAIN TEST --pupil target/release/pupil --trainer target/release/pupil-train \
        --encoders .tools/encoders --seeds 11 12 13 14 15

TRAIN and TEST are JSON Lines with id, task, text, score and max_score. Models are n-grams alone, so that a seed takes
seconds. Prints one line per seed and round: the mean over tasks of QWK × 100, on TEST; at last, for each round, the
mean over seeds of the difference with its 95 % interval by Student's t over paired seeds.
"""

import argparse
import csv
import json
import pathlib
import random
import statistics
import subprocess
import tempfile

# Two-sided 95 % quantiles of Student's t for 1 to 5 degrees of freedom.
T = [12.706, 4.303, 3.182, 2.776, 2.571]

# n-grams alone. What a recipe must have is there, but no teacher and no network is trained.
RECIPE = """
name = "m"
description = "A measurement."
licence = "LicenseRef-None"
attribution = ["None."]
seed = 1
data = { name = "m", train = "train.csv", validation = 0.2, test = { test = "test.csv" } }
label = { copies = 0 }
guard = { enabled = false }
export = { model = "n-gram", lambda = 0.0, review_share = 0.15 }

[teacher]
encoder = "sentence-transformers/all-MiniLM-L6-v2"
encoder_licence = "Apache-2.0"
seeds = [1]
max_tokens = 128
head_dropout = 0.1
fit = { epochs = 1, batch = 32, rate = 1.5e-4 }

[pupil]
tokenizer = "word-level"
vocab = 800
min_count = 2
max_tokens = 256
embedding = 32
hidden = 16
dense = 16
dropout = 0.2
head_dropout = 0.2
quantization_aware = false
pretrained_embedding = false

[distil]
lambdas = []
temperature = 1.0
seeds = [1]
baseline = false
fit = { epochs = 1, batch = 32, rate = 2e-3 }
"""


def write(path, rows, graded):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "task", "text"] + (["score", "min_score", "max_score"] if graded else []))
        for row in rows:
            scores = [row["score"], 0, row["max_score"]] if graded else []
            out.writerow([row["id"], row["task"], row["text"]] + scores)


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def learn(options, folder, train, test):
    """Trains on these rows; gives the file and the mean over tasks of its QWK on the test rows."""
    folder.mkdir()
    write(folder / "train.csv", train, True)
    write(folder / "test.csv", test, True)
    (folder / "recipe.toml").write_text(RECIPE)
    place = ["--data", folder, "--runs", folder / "runs", "--encoders", options.encoders]
    run(options.trainer, "run", folder / "recipe.toml", *place)
    model, figures = folder / "runs/m/m.pupil", folder / "figures.json"
    run(options.pupil, "evaluate", model, "--csv", folder / "test.csv", "--score", "score", "--replicates", 0,
        "--json", figures)
    table = json.loads(figures.read_text())["tables"]["eval_by_task"]
    place = table["columns"].index(next(name for name in table["columns"] if name.startswith("wtkappa")))
    values = [row[place] for row in table["rows"] if row[place] is not None]
    return model, 100 * sum(values) / len(values)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--pupil", required=True)
    parser.add_argument("--trainer", required=True)
    parser.add_argument("--encoders", required=True)
    parser.add_argument("--start", type=int, default=50)
    parser.add_argument("--more", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tasks", nargs="+", help="only these")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    options = parser.parse_args()
    train, test = ([json.loads(line) for line in open(path)] for path in (options.train, options.test))
    if options.tasks:
        train, test = ([row for row in rows if row["task"] in options.tasks] for rows in (train, test))
    tasks = sorted({row["task"] for row in train})
    rows_of = {(row["task"], row["id"]): row for row in train}
    differences = [[] for _ in range(options.rounds)]
    for seed in options.seeds:
        draw, start, pool = random.Random(seed), [], []
        for task in tasks:
            rows = [row for row in train if row["task"] == task]
            draw.shuffle(rows)
            start += rows[: options.start]
            pool += rows[options.start :]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            model, before = learn(options, folder / "start", start, test)
            print(f"seed {seed}, {options.start} answers: {before:.1f}", flush=True)
            by_suggestion, by_chance, order = list(start), list(start), draw.sample(pool, len(pool))
            last = folder / "start"
            for turn in range(options.rounds):
                left = [row for row in pool if row not in by_suggestion]
                write(folder / "pool.csv", left, False)
                run(options.pupil, "suggest", model, "--csv", folder / "pool.csv", "--graded", last / "train.csv",
                    "--count", options.more * len(tasks), "--out", folder / "suggested.csv")
                with open(folder / "suggested.csv", newline="") as file:
                    by_suggestion += [rows_of[row["task"], row["id"]] for row in csv.DictReader(file)]
                by_chance = start + order[: len(by_suggestion) - len(start)]
                last = folder / f"suggested-{turn}"
                model, suggested = learn(options, last, by_suggestion, test)
                _, chance = learn(options, folder / f"random-{turn}", by_chance, test)
                differences[turn].append(suggested - chance)
                answers = options.start + (turn + 1) * options.more
                print(f"seed {seed}, {answers} answers: suggested {suggested:.1f}, random {chance:.1f}", flush=True)
    for turn, found in enumerate(differences):
        if len(found) > 1:
            mean, half = statistics.mean(found), T[min(len(found), 6) - 2] * statistics.stdev(found) / len(found) ** 0.5
            answers = options.start + (turn + 1) * options.more
            print(f"{answers} answers: {mean:+.1f} [{mean - half:+.1f}, {mean + half:+.1f}] over {len(found)} seeds")


main()
