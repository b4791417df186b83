"""The example for Apache Spark, run on a local cluster of two executors and compared with the command line."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import spark_score
from conftest import BURGLAR, E_LSTM, FEARED, MIND_CA, ROOT, SCIENCE, bits, report

from pupil_scorer import Scorer

EXAMPLE = ROOT / "bindings/python/examples/spark_score.py"
CLUSTER = "local-cluster[2,1,1024]"
COUNTS = ["words", "unknown_words", "truncated", "repetitive"]
ADDED = ["level", "expected", "confidence", "decision", "reason", *COUNTS, "p_0", "p_1", "p_2"]
ANSWERS = [
    FEARED,
    "",
    'They said "stop", he, and\nthen ran\r\naway,',
    "😀 the 👩‍👩‍👧‍👦 naïve 日本語 اختبار",
    "zorbl quendle frimp the snargle",
    "  spaces  ",
    "the police",
    "NA",
    " #N/A",
    "#REF!",
    "None",
]
LONG = "a" * 70_000
MANY = "warm air " * 7_000

pytestmark = pytest.mark.spark


def spark(master: str, *options: str | Path, conf: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Starts the example with Spark's script, in its own process group."""
    import pyspark

    submit = Path(pyspark.__file__).parent / "bin/spark-submit"
    path = os.environ["PYTHONPATH"]
    # In a run of a minute, Java's second compiler costs more time than it saves.
    quick = "-XX:TieredStopAtLevel=1"
    settings = [
        "spark.ui.enabled=false",
        f"spark.executorEnv.PYTHONPATH={path}",
        f"spark.driver.extraJavaOptions={quick}",
        f"spark.executor.extraJavaOptions={quick}",
        *conf,
    ]
    command = [str(submit), "--master", master, *(part for setting in settings for part in ("--conf", setting))]
    # Java reads non-ASCII file names only in a suitable locale.
    locale = {"LC_ALL": "C.UTF-8"}
    environment = {**os.environ, **locale, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    return subprocess.Popen(
        [*command, str(EXAMPLE), *map(str, options)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """The exit status, the output and Spark's log; Spark's script joins stdout and stderr of Python."""
    out, log = process.communicate(timeout=500)
    return process.returncode, out, log


def write_class(path: Path, answers: list[str], tail: str = "") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "text", "level"])
        rows.writerows([place, answer, "taken"] for place, answer in enumerate(answers))
        file.write(tail)


def table(folder: Path) -> list[dict[str, Any]]:
    """All rows of the output, read as Parquet, in their order within each file."""
    rows: list[dict[str, Any]] = ds.dataset(folder, partitioning="hive").to_table().to_pylist()
    return sorted(rows, key=lambda row: (row["file"], int(row["id"])))


def of_command_line(source: Path, scored: Path) -> list[dict[str, str]]:
    """The rows as the command line scores them."""
    command = [os.environ["PUPIL_CLI"], "score", str(MIND_CA), "--csv", str(source), "--out", str(scored)]
    subprocess.run([*command, "--task", BURGLAR], check=True, capture_output=True)
    with scored.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_killed_run_is_resumed_and_gives_the_bits_of_the_command_line(tmp_path: Path) -> None:
    source, out = tmp_path / "answers", tmp_path / "scored"
    source.mkdir()
    # Two names look like glob patterns that match others, and one is not ASCII.
    names = sorted([*(f"class {place}.csv" for place in range(4)), "class [1].csv", "réponses?.csv"])
    for place, name in enumerate(names):
        write_class(source / name, [f"{answer} {place}" if answer else "" for answer in ANSWERS * 30])
    (source / "broken.csv").write_text("id,answer\n1,warm\n")
    # No header, so that the first answers are read as column names.
    (source / "headless.csv").write_text("zanzibar,zanzibar one\nzanzibar two,warm\n")
    tail = '7,too,many,fields,here\n8\n9,"fine, again",taken\n'
    write_class(source / "odd.csv", ["warm", LONG, "", MANY, "the police"], tail)
    options: list[str | Path] = [source, out, "--model", MIND_CA, "--task", BURGLAR, "--worker-column", "worker"]

    # Killed as soon as one file is committed and the next one is started.
    process = spark(CLUSTER, *options, "--files-at-once", "1")
    while not list(out.glob("*/_SUCCESS")):
        assert process.poll() is None, finished(process)
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    committed = {path: path.stat().st_mtime_ns for path in out.glob("*/*.parquet") if (path.parent / "_SUCCESS").exists()}
    done = len(list(out.glob("*/_SUCCESS")))
    assert 1 <= done < len(names), f"{done} of {len(names)} files were committed before the end"
    # Files that a killed writer may leave in an uncommitted folder.
    stray = out / "file=réponses%3F.csv" / "part-00000-stray.parquet"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(next(iter(committed)).read_bytes())

    status, printed, log = finished(spark(CLUSTER, *options))
    assert status == 1, log
    assert f"{len(names) + 1 - done} files scored, {done} skipped, 2 failed" in printed
    assert "broken.csv: there is no column text among its 2 columns; does the file begin with a header?" in printed
    assert "zanzibar" not in printed + log
    assert {path: path.stat().st_mtime_ns for path in committed} == committed
    assert not stray.exists()

    everything = table(out)
    check_odd_rows([row for row in everything if row["file"] == "odd.csv"])
    rows = [row for row in everything if row["file"] in names]
    want = [row for name in names for row in of_command_line(source / name, tmp_path / name)]
    assert len(rows) == len(want) == len(names) * len(ANSWERS) * 30
    failures = []
    for have, cli in zip(rows, want, strict=True):
        if (have["id"], have["text"] or "", have["level"]) != (cli["id"], cli["text"], "taken"):
            failures.append(f"{have['file']} {have['id']}: another row, {have['text']!r} for {cli['text']!r}")
        for column in ADDED:
            name = "pupil_level" if column == "level" else column
            value, printed_value = have[name], cli[name]
            if isinstance(value, float):
                same = bits(value) == bits(float(np.float32(printed_value)))
            elif isinstance(value, bool):
                same = str(value).lower() == printed_value
            else:
                same = str(value) == printed_value
            if not same:
                failures.append(f"{have['file']} {have['id']} {name}: {value!r} for {printed_value}")
        if have["problem"] is not None or have["malformed"] is not None:
            failures.append(f"{have['file']} {have['id']}: {have['problem']}")
    report(failures)
    workers = {row["worker"] for row in rows}
    assert len(workers) >= 2, f"all rows were scored by {workers}"

    # A run with another model would skip the scored files.
    other: list[str | Path] = [source, out, "--model", SCIENCE, "--task", "science"]
    status, printed, _ = finished(spark("local[2]", *other))
    assert status == 1 and "choose another output" in printed
    assert table(out) == everything
    # So would a run with another column.
    status, printed, _ = finished(spark("local[2]", *options, "--text-column", "level"))
    assert status == 1 and "choose another output" in printed


def check_odd_rows(given: list[dict[str, Any]]) -> None:
    """Rows that cannot be scored are kept with the reason."""
    rows = {int(row["id"]): row for row in given}
    assert sorted(rows) == [0, 1, 2, 3, 4, 7, 8, 9]
    assert rows[1]["problem"] == "the answer has 70000 bytes, at most 65536 are read"
    assert rows[1]["text"] == LONG and rows[3]["text"] == MANY
    for odd, raw in ((7, "7,too,many,fields,here"), (8, "8")):
        assert rows[odd]["problem"] == "the row has another number of fields than the header"
        assert rows[odd]["malformed"] == raw
    scored = {place for place, row in rows.items() if row["problem"] is None}
    assert scored == {0, 2, 3, 4, 9}
    for place, row in rows.items():
        values = [row["pupil_level" if name == "level" else name] is not None for name in ADDED]
        assert values == [place in scored] * len(ADDED), row
    assert rows[2]["reason"] == "too-short" and rows[9]["text"] == "fine, again"


def test_parquet_keeps_its_types_and_is_scored_against_references(tmp_path: Path) -> None:
    source, out = tmp_path / "answers.parquet", tmp_path / "scored"
    given = {
        "id": [1, 2, 3, 4],
        "text": ["the balloon expands because the air is warm", "warm", "warm", None],
        "reference": ["Warm air expands.", None, "  ", "A shorter string has a higher pitch."],
        "student": [(1 << 62) + 1, None, 3, None],
        # The CSV reader uses this name for malformed rows; here it is an ordinary column.
        "malformed": ["yes", None, "no", "yes"],
    }
    pq.write_table(pa.table(given), source)
    options: list[str | Path] = ["--model", E_LSTM, "--task", "compare", "--format", "parquet", "--partitions", "2"]
    status, _, log = finished(spark("local[2]", source, out, *options))
    assert status == 0, log
    rows = table(out)
    assert [{name: row[name] for name in given} for row in rows] == pa.table(given).to_pylist()
    empty = "the reference is empty"
    assert [row["problem"] for row in rows] == [None, empty, empty, None]
    assert [row["confidence"] is None for row in rows] == [False, True, True, False]
    with Scorer(E_LSTM) as scorer:
        for row in (rows[0], rows[3]):
            score = scorer.score("compare", row["text"] or "", row["reference"])
            assert bits(row["confidence"]) == bits(score.confidence)
            assert [bits(row[f"p_{label.name}"]) for label in score.labels] == [
                bits(label.probability) for label in score.labels
            ]
            assert row["label"] == "|".join(label.name for label in score.labels if label.awarded)


def test_batch_without_valid_rows_does_not_affect_the_others(tmp_path: Path) -> None:
    source, out = tmp_path / "answers.parquet", tmp_path / "scored"
    given = {"id": [1, 2, 3, 4], "text": ["warm"] * 4, "reference": [None, "  ", "Warm air expands.", "Cold air shrinks."]}
    pq.write_table(pa.table(given), source)
    options: list[str | Path] = ["--model", E_LSTM, "--task", "compare", "--format", "parquet"]
    two_rows = ("spark.sql.execution.arrow.maxRecordsPerBatch=2",)
    status, printed, log = finished(spark("local[1]", source, out, *options, conf=two_rows))
    assert status == 0, printed + log
    rows = table(out)
    assert [row["problem"] for row in rows] == ["the reference is empty"] * 2 + [None] * 2
    assert [row["decision"] is None for row in rows] == [True, True, False, False]


def test_name_of_a_file_is_escaped_as_spark_reads_it_back() -> None:
    assert spark_score.escaped("class 1.csv") == "class 1.csv"
    assert spark_score.escaped("a/b=c[1]?.csv") == "a%2Fb%3Dc%5B1%5D%3F.csv"
    assert spark_score.escaped("réponses_日本-~.csv") == "réponses_日本-~.csv"


def test_answers_that_the_engine_rejects_are_noted_and_the_others_scored() -> None:
    # Below the limit of bytes, above the limit of tokens.
    answers = ["warm", "a " * 17_000, "air", "b " * 16_500, "warm air"]
    problems = np.array([None, None, "known before", None, None], dtype=object)
    with Scorer(E_LSTM) as scorer:
        scores = spark_score.score(scorer, "balloons", pa.array(answers), None, problems)
        assert list(scores) == [scorer.score("balloons", "warm"), scorer.score("balloons", "warm air")]
    refused = "input has {} tokens, at most 16384 are read"
    assert problems.tolist() == [None, refused.format(17_000), "known before", refused.format(16_500), None]
