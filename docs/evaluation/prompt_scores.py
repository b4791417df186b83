"""Makes a training file whose scores are those of a prompt, and one of the same answers with the scores of people.

    pupil-train prompt RECIPE --data DATA --limit 700 --out prompt.csv
    python3 docs/evaluation/prompt_scores.py TRAIN prompt.csv FOLDER

TRAIN is the JSON Lines file that the prompt has read, with `id` and `label3`. Writes FOLDER/prompt.jsonl,
FOLDER/human.jsonl, and FOLDER/prompt.csv with the probabilities alone, for `teacher.probabilities`. Prints how many of
the scores are equal.
"""

import argparse
import csv
import json
import pathlib


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("prompt", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--target", default="label3", help="the field with the score")
    given = parser.parse_args()
    with given.prompt.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    first = next(iter(rows.values()), None) or parser.error(f"{given.prompt} has no rows")
    classes = [name.removeprefix("pred_") for name in first if name.startswith("pred_")]
    answers = [json.loads(line) for line in given.train.open(encoding="utf-8")]
    answers = [answer for answer in answers if answer["id"] in rows]
    given.folder.mkdir(parents=True, exist_ok=True)
    equal = 0
    with (
        (given.folder / "human.jsonl").open("w", encoding="utf-8") as human,
        (given.folder / "prompt.jsonl").open("w", encoding="utf-8") as prompt,
    ):
        for answer in answers:
            print(json.dumps(answer, ensure_ascii=False), file=human)
            chosen = next(name for name in classes if rows[answer["id"]]["pred_" + name] == "1")
            equal += chosen == answer[given.target]
            print(json.dumps(answer | {given.target: chosen}, ensure_ascii=False), file=prompt)
    with (given.folder / "prompt.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "task"] + ["prob_" + name for name in classes], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows.values())
    print(f"{equal} of {len(answers)} scores are equal")


if __name__ == "__main__":
    main()
