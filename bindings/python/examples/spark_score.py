"""Scores a folder of answers on Apache Spark; an interrupted run can be resumed.

    spark-submit examples/spark_score.py answers/ scored/ --model mind-ca.pupil --task mindca-ss_burglar

The input is a folder of CSV files (UTF-8, with a header, quoted as in RFC 4180) or of Parquet files, or one file. Each
input file becomes a folder `file=NAME` of Parquet in the output, which Spark's committer completes with a file
`_SUCCESS`. When the command is run again, it skips files whose folder has `_SUCCESS`, and writes all others anew.
`spark.read.parquet("scored/")` reads everything, with the name of the input file in the column `file`.

No row is lost. All columns are kept. The columns of `pupil score --csv` are added with the same values (`level`,
`expected` or `label`, `confidence`, `decision`, `reason`, `words`, `unknown_words`, `truncated`, `repetitive`,
`p_LABEL`), and a column `problem`. A row that cannot be scored has no score, and the reason in `problem`: it has more
or fewer fields than the header (then `malformed` contains the whole row), its answer is too long, or a reference is
needed but empty. An empty or missing answer, or a marker such as NA, is scored as too short and goes to review.

The model is sent to each executor once and opened once in each of its Python processes. Each task scores with one
thread, since Spark runs one task per core.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as spark_types

from pupil_scorer import MAX_ANSWER_BYTES, PupilError, Scorer, Scores


def arguments() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("input", help="folder of answers, or one file")
    parser.add_argument("output", help="folder of scored answers")
    parser.add_argument("--model", required=True, help="a .pupil file on the machine that starts the run")
    parser.add_argument("--pack", action="append", default=[], help="a task pack for it; may be given several times")
    parser.add_argument("--task", required=True, help="what to score, see `pupil tasks`")
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv", help="format of the input")
    parser.add_argument("--text-column", default="text", help="column of the answers")
    parser.add_argument("--reference-column", default="reference", help="column of the references, if needed")
    parser.add_argument("--delimiter", default=",", help="delimiter of CSV files")
    parser.add_argument("--partitions", type=int, help="tasks per file; without it, a large CSV file is one task")
    parser.add_argument("--files-at-once", type=int, default=4, help="number of files scored at the same time")
    parser.add_argument("--worker-column", help="adds a column of this name with the process that scored each row")
    return parser


def main() -> int:
    """Scores the files that are not scored yet; returns 0 if all succeed."""
    options = arguments().parse_args()
    with open(options.model, "rb") as file:
        scorer = Scorer.from_bytes(file.read())
    for pack in options.pack:
        scorer = scorer.attach(pack)
    # An unknown task fails here, before anything is started.
    needs_reference = {task.id: task.needs_reference for task in scorer.tasks()}
    if options.task not in needs_reference:
        print(f"the model has no task {options.task}; it has {', '.join(needs_reference)}", file=sys.stderr)
        return 2
    compared = options.reference_column if needs_reference[options.task] else None
    spark = SparkSession.builder.appName("pupil").getOrCreate()
    files = Files(spark, options.input, options.output)
    files.claim(
        {
            "blake3": scorer.about().blake3,
            "packs": [sha256(pack) for pack in options.pack],
            "task": options.task,
            "text": options.text_column,
            "reference": compared,
            "format": options.format,
            "delimiter": options.delimiter,
        }
    )
    waiting = [name for name in files.names() if not files.is_done(name)]
    skipped = len(files.names()) - len(waiting)
    # A process unpickles and opens the model when it first reads it; Spark keeps it for later tasks of the process.
    model = spark.sparkContext.broadcast(scorer)
    work = Work(model, options.task, options.text_column, compared, options.worker_column)

    def score(name: str) -> str | None:
        try:
            frame, malformed = read(spark, files.source(name), options)
            work.write(frame, malformed, files.destination(name))
        except Exception as error:
            return f"{name}: {told(error)}"
        return None

    with ThreadPoolExecutor(options.files_at_once) as pool:
        failures = [failure for failure in pool.map(score, waiting) if failure is not None]
    print(f"{len(waiting) - len(failures)} files scored, {skipped} skipped, {len(failures)} failed")
    for failure in failures:
        print(failure, file=sys.stderr)
    spark.stop()
    return 1 if failures else 0


class Refused(Exception):
    """An error about a file, with a message that may be printed."""


def told(error: Exception) -> str:
    """The printable message of an error. For errors of Spark, whose messages may repeat cells, only the kind."""
    if isinstance(error, (Refused, PupilError)):
        return str(error)
    condition = getattr(error, "getCondition", None)
    kind = (condition() if condition is not None else None) or type(error).__name__
    java = getattr(error, "java_exception", None)
    return f"{kind}{'' if java is None else f' of {java.getClass().getName()}'}, see Spark's log"


class Files:
    """The files of the input and their output folders, on any file system that Spark supports."""

    def __init__(self, spark: SparkSession, source: str, destination: str) -> None:
        self._jvm: Any = spark.sparkContext._jvm
        self._conf: Any = spark.sparkContext._jsc.hadoopConfiguration()
        root = self._path(source)
        system = root.getFileSystem(self._conf)
        self._root: str = system.makeQualified(root).toString()
        self._is_file: bool = system.getFileStatus(root).isFile()
        self._out: str = self._qualified(destination)
        self._names: list[str] = []
        listed = system.listFiles(root, True)
        while listed.hasNext():
            name = listed.next().getPath().toString().removeprefix(self._root).lstrip("/")
            # Spark ignores these files too.
            if not any(part.startswith(("_", ".")) for part in name.split("/")):
                self._names.append(name or root.getName())
        self._names.sort()

    def _path(self, text: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(text)

    def _qualified(self, text: str) -> str:
        path = self._path(text)
        qualified: str = path.getFileSystem(self._conf).makeQualified(path).toString()
        return qualified

    def _exists(self, text: str) -> bool:
        path = self._path(text)
        found: bool = path.getFileSystem(self._conf).exists(path)
        return found

    def names(self) -> list[str]:
        """Paths relative to the input."""
        return self._names

    def source(self, name: str) -> str:
        """The path of an input file, with glob characters escaped for Spark."""
        path = self._root if self._is_file else f"{self._root}/{name}"
        return "".join(f"\\{letter}" if letter in "{}[]*?\\" else letter for letter in path)

    def destination(self, name: str) -> str:
        """The output folder of a file."""
        return f"{self._out}/file={escaped(name)}"

    def is_done(self, name: str) -> bool:
        """Whether Spark has committed the scores of a file."""
        return self._exists(f"{self.destination(name)}/_SUCCESS")

    def claim(self, run: dict[str, Any]) -> None:
        """Rejects an output that was started with another model, task or column, since its files would be skipped."""
        path = self._path(f"{self._out}/_pupil.json")
        system = path.getFileSystem(self._conf)
        text = json.dumps(run, sort_keys=True)
        if system.exists(path):
            stream = system.open(path)
            begun = self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
            stream.close()
            if begun != text:
                raise SystemExit(f"{self._out} was started with {begun}, this run is {text}: choose another output")
            return
        # Written to a temporary name and then renamed, so that a killed run leaves no incomplete file.
        beside = self._path(f"{self._out}/_pupil.json.partial")
        stream = system.create(beside, True)
        stream.write(bytearray(text.encode()))
        stream.close()
        if not system.rename(beside, path):
            raise SystemExit(f"{path.toString()} cannot be written")


def escaped(name: str) -> str:
    """A name as Spark writes it in the path of a partition: ASCII except letters, digits and ` -._~` becomes `%XX`.

    Spark decodes each `%XX` as one character, so characters beyond ASCII must not be escaped.
    """
    plain = " -._~"
    return "".join(c if c.isalnum() or c in plain or ord(c) > 0x7F else f"%{ord(c):02X}" for c in name)


def sha256(path: str) -> str:
    """The hash of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(spark: SparkSession, source: str, options: argparse.Namespace) -> tuple[DataFrame, str | None]:
    """Reads a file. All columns of a CSV file are strings. Also returns the name of the column for malformed rows."""
    malformed = None
    if options.format == "parquet":
        frame = spark.read.parquet(source)
    else:
        reader = spark.read.options(
            header=True, multiLine=True, quote='"', escape='"', sep=options.delimiter, encoding="UTF-8"
        )
        columns = reader.csv(source).columns
        malformed = free_name(columns, "malformed")
        fields = [spark_types.StructField(name, spark_types.StringType()) for name in [*columns, malformed]]
        reader = reader.options(mode="PERMISSIVE", columnNameOfCorruptRecord=malformed)
        frame = reader.schema(spark_types.StructType(fields)).csv(source)
    return (frame.repartition(options.partitions) if options.partitions else frame), malformed


def free_name(taken: Iterable[str], name: str) -> str:
    """The name, with a prefix if a column already has it."""
    lower = {column.lower() for column in taken}
    while name.lower() in lower:
        name = f"pupil_{name}"
    return name


class Work:
    """Scores the rows of each file."""

    def __init__(self, model: Any, task: str, text: str, reference: str | None, worker: str | None) -> None:
        self._model = model
        self._task = task
        self._text = text
        self._reference = reference
        self._worker = worker

    def write(self, frame: DataFrame, malformed: str | None, destination: str) -> None:
        """Scores the rows and commits them; `malformed` names the column of malformed rows."""
        for column in filter(None, (self._text, self._reference)):
            if column not in frame.columns:
                # The names are not printed: without a header they are the cells of the first row.
                count = len(frame.columns) - (malformed is not None)
                raise Refused(f"there is no column {column} among its {count} columns; does the file begin with a header?")
        # The columns for an empty batch have the right names and types.
        empty = self._model.value.score_batch(self._task, []).to_dict()
        names: dict[str, str] = {}
        for name in [*empty, "problem", *filter(None, [self._worker])]:
            names[name] = free_name([*frame.columns, *names.values()], name)
        kinds = {
            "i": spark_types.IntegerType(),
            "u": spark_types.IntegerType(),
            "b": spark_types.BooleanType(),
            "f": spark_types.FloatType(),
            "O": spark_types.StringType(),
        }
        schema = spark_types.StructType(list(frame.schema))
        for name, column in names.items():
            kind = empty[name].dtype.kind if name in empty else "O"
            schema = schema.add(column, kinds[kind])
        rows = scoring(self._model, self._task, self._text, self._reference, malformed, names, self._worker)
        frame.mapInArrow(rows, schema).write.mode("overwrite").parquet(destination)


TYPES = {"O": pa.string(), "u": pa.int32()}
"""Arrow types for NumPy columns, if Arrow would choose another type or Spark has none."""


def scoring(
    model: Any,
    task: str,
    text: str,
    reference: str | None,
    malformed: str | None,
    names: dict[str, str],
    worker: str | None,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that Spark runs in its Python processes."""

    def rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer: Scorer = model.value
        for batch in batches:
            answers = texts(batch, text)
            references = None if reference is None else texts(batch, reference)
            problems = np.full(len(answers), None, dtype=object)
            for what, column in (("answer", answers), ("reference", references)):
                if column is not None:
                    sizes = pc.binary_length(column).to_numpy(zero_copy_only=False)
                    for row in np.flatnonzero(sizes > MAX_ANSWER_BYTES):
                        problems[row] = f"the {what} has {sizes[row]} bytes, at most {MAX_ANSWER_BYTES} are read"
            if references is not None:
                blank = pc.equal(pc.utf8_trim_whitespace(references), "").to_numpy(zero_copy_only=False)
                problems[blank] = "the reference is empty"
            if malformed is not None:
                odd = pc.is_valid(batch.column(malformed)).to_numpy(zero_copy_only=False)
                problems[odd] = "the row has another number of fields than the header"
            scores = score(scorer, task, answers, references, problems)
            good = problems == None  # noqa: E711, each element is compared
            places = pa.array(np.cumsum(good) - 1, pa.int64(), mask=~good)
            # With an explicit type, since a text column of a batch without scored rows has none.
            typed = {name: pa.array(column, TYPES.get(column.dtype.kind)) for name, column in scores.to_dict().items()}
            added = {name: column.take(places) for name, column in typed.items()}
            added["problem"] = pa.array(problems, pa.string())
            if worker is not None:
                added[worker] = pa.array([f"{socket.gethostname()} {os.getpid()}"] * len(answers), pa.string())
            columns = [*batch.columns, *added.values()]
            yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, *(names[name] for name in added)])

    return rows


MISSING = ["na", "n/a", "n.a.", "#n/a", "#n/d", "#nv", "#nd", "nan", "null", "<na>", "nat", "#null!", "-", "--", "–", "—", ".", "?"]
"""Missing-value markers in lower case, the same as in the command line."""

FORMULA_ERROR = r"^#[\p{Lu}0/¡¿]{3,}[!?]$"
"""The error of a spreadsheet formula."""


def texts(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column as texts. As in the command line, missing texts and missing-value markers become empty."""
    column = pc.fill_null(batch.column(name).cast(pa.large_string()), "")
    trimmed = pc.utf8_trim_whitespace(column)
    marked = pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(MISSING, pa.large_string()))
    return pc.if_else(pc.or_(marked, pc.match_substring_regex(trimmed, FORMULA_ERROR)), "", column)


def score(scorer: Scorer, task: str, answers: pa.Array, references: pa.Array | None, problems: Any) -> Scores:
    """Scores the rows without a problem, and notes a problem for each row that the engine rejects."""
    while True:
        good = np.flatnonzero(problems == None)  # noqa: E711, each element is compared
        try:
            compared = None if references is None else references.take(good)
            return scorer.score_batch(task, answers.take(good), compared, threads=1)
        except PupilError as error:
            if error.answer is None:
                raise
            problems[good[error.answer]] = str(error).removeprefix(f"answer {error.answer}: ")


if __name__ == "__main__":
    sys.exit(main())
