"""Measures `pupil suggest`: learns from 50 graded answers per task, then from 50 more that were suggested or random.

    python3 docs/evaluation/suggest.py TRAIN TEST --pupil target/release/pupil --trainer target/release/pupil-train \
        --encoders .tools/encoders --seeds 11 12 13 14 15

TRAIN and TEST are JSON Lines with id, task, text, score and max_score. Models are n-grams alone, so that a seed takes
seconds. Prints one line per seed: the mean over tasks of QWK × 100, on TEST.
"""

import argparse
import csv
import json
import pathlib
import random
import subprocess
import tempfile

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
state_bits = 16
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
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    options = parser.parse_args()
    train, test = ([json.loads(line) for line in open(path)] for path in (options.train, options.test))
    tasks = sorted({row["task"] for row in train})
    rows_of = {(row["task"], row["id"]): row for row in train}
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
            write(folder / "pool.csv", pool, False)
            run(options.pupil, "suggest", model, "--csv", folder / "pool.csv", "--graded", folder / "start/train.csv",
                "--count", options.more * len(tasks), "--out", folder / "suggested.csv")
            with open(folder / "suggested.csv", newline="") as file:
                suggested = [rows_of[row["task"], row["id"]] for row in csv.DictReader(file)]
            _, by_suggestion = learn(options, folder / "suggested", start + suggested, test)
            _, by_chance = learn(options, folder / "random", start + draw.sample(pool, len(suggested)), test)
        print(f"seed {seed}: {before:.1f}, suggested {by_suggestion:.1f}, random {by_chance:.1f}", flush=True)


main()
