"""What is done with the scores of a batch: rows, tables, Arrow, notebooks, other libraries' conventions."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute
import pytest
from conftest import BURGLAR, E_LSTM, FEARED, MIND_CA, SCIENCE, report
from sklearn.base import clone
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from test_batch import same

from pupil_scorer import BadInputError, Score, Scorer, Scores, TextClassifier, example_model
from pupil_scorer.__main__ import main
from pupil_scorer.sklearn import PupilClassifier

ANSWERS = ["The balloon expands because warm air needs more room.", "", "zorbl quendle frimp", "warm air", "air"]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(E_LSTM)


@pytest.fixture(scope="module")
def scores(scorer: Scorer) -> Scores:
    return scorer.score_batch("balloons", pd.Series(ANSWERS, index=[5, 6, 7, 8, 9]))


def test_rows_are_selected_as_in_numpy(scores: Scores) -> None:
    every: list[Score] = list(scores)
    mask = np.array([True, False, False, True, False])
    selections: list[tuple[Any, list[int]]] = [
        (slice(1, 3), [1, 2]),
        (slice(None, None, -1), [4, 3, 2, 1, 0]),
        (slice(9, None), []),
        (mask, [0, 3]),
        (mask.tolist(), [0, 3]),
        (pd.Series(mask), [0, 3]),
        (pl.Series(mask), [0, 3]),
        (np.flatnonzero(mask), [0, 3]),
        ([4, 0, 0, -1], [4, 0, 0, 4]),
        ([], []),
        (scores.needs_review, np.flatnonzero(scores.needs_review).tolist()),
    ]
    failures = []
    for rows, want in selections:
        some: Scores = scores[rows]
        index = some.index.tolist() if some.index is not None else None
        if list(some) != [every[row] for row in want] or index != [[5, 6, 7, 8, 9][row] for row in want]:
            failures.append(f"{rows!r}: {some!r}, {index}")
        if len(some.to_pandas()) != len(want) or same(some, scores) != (len(want) == 5 and want[0] == 0):
            failures.append(f"{rows!r}: another table")
    report(failures)
    assert scores[np.int64(1)] == every[1] and scores[-5] == every[0]
    assert same(pickle.loads(pickle.dumps(scores[1:3])), scores[1:3])
    wrong: list[Any] = [np.array([[0]]), ["warm"], [0.5], np.array(0)]
    for rows in wrong:
        with pytest.raises(TypeError, match="selects no rows: pass booleans or places"):
            scores[rows]
    for rows in (5, [7], [True, False]):
        with pytest.raises(IndexError):
            scores[rows]


def test_tables_of_other_libraries_have_the_columns_of_to_dict(scorer: Scorer, scores: Scores) -> None:
    for some in (scores, scores[:0], scorer.score_batch("topic", ANSWERS), scorer.score_batch("rubric", ANSWERS)):
        want = {name: column.tolist() for name, column in some.to_dict().items()}
        tables = {
            "stream into pyarrow": pa.table(some).to_pydict(),
            "array into pyarrow": pa.record_batch(some).to_pydict(),
            "polars": pl.DataFrame(some).to_dict(as_series=False),
            "pandas": pd.DataFrame.from_arrow(some).to_dict("list"),
            "pandas by NumPy": some.to_pandas().to_dict("list"),
        }
        report([f"{kind}: {table} for {want}" for kind, table in tables.items() if table != want])
    kinds = {name: str(kind) for name, kind in zip(pa.table(scores).schema.names, pa.table(scores).schema.types)}
    assert kinds["level"] == "int32" and kinds["p_0"] == "float" and kinds["truncated"] == "bool"
    pa.table(scores).validate(full=True)


def test_arrow_keeps_its_buffers_after_the_scores_are_gone(scorer: Scorer) -> None:
    tables = [pa.table(scorer.score_batch("balloons", [text] * 1000)) for text in ("warm air", "cold")]
    want = [scorer.score("balloons", text).confidence for text in ("warm air", "cold")]
    for table, confidence in zip(tables, want, strict=True):
        assert set(table["confidence"].to_pylist()) == {confidence}
    stream: Any = scorer.score_batch("balloons", ["warm"]).__arrow_c_stream__()
    del stream
    pair: Any = scorer.score_batch("balloons", ["warm"]).__arrow_c_array__()
    del pair


class Foreign:
    """A column of a library that Python does not know, and that counts how often it is read."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.read = 0

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        self.read += 1
        return self._array.__arrow_c_array__()


def test_every_layout_of_arrow_is_read(scorer: Scorer) -> None:
    texts = ["warm air", None, "", "naïve 🎈 a text of more than twelve bytes", "warm air", "warm air"] * 5
    filled = [text or "" for text in texts]
    want = scorer.score_batch("balloons", filled)
    array = pa.array(texts)
    coded = array.dictionary_encode()
    runs = pa.compute.run_end_encode(array)
    arrays: dict[str, Any] = {
        "offsets of 4 bytes": array,
        "offsets of 8 bytes": array.cast(pa.large_string()),
        "views": array.cast(pa.string_view()),
        "views of several buffers": pa.concat_arrays([array.cast(pa.string_view()) for _ in range(2)])[:30],
        "dictionary": coded,
        "dictionary of large texts": pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(pa.large_string())),
        "runs": runs,
        "runs with ends of 8 bytes": pa.RunEndEncodedArray.from_arrays(runs.run_ends.cast(pa.int64()), runs.values),
        "polars": pl.Series(texts),
        "categories of polars": pl.Series(texts, dtype=pl.Categorical),
        "enum of polars": pl.Series(texts, dtype=pl.Enum(sorted(set(filled)))),
        "pandas": pd.Series(texts, dtype="str"),
        "chunks": pa.chunked_array([texts[:7], [], texts[7:]]),
    }
    for code in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.uint32(), pa.int64()):
        arrays[f"dictionary of {code}"] = pa.DictionaryArray.from_arrays(coded.indices.cast(code), coded.dictionary)
    arrays |= {f"slice of {kind}": values[3:20] for kind, values in arrays.items()}
    failures = []
    for kind, values in arrays.items():
        rows = slice(3, 20) if kind.startswith("slice") else slice(0, 30)
        # A class with the protocol alone is read as well as the classes that the package knows.
        given = [values, Foreign(values)] if hasattr(values, "__arrow_c_array__") else [values]
        for column in given:
            if not same(scorer.score_batch("balloons", column, missing="review"), want[rows]):
                failures.append(kind)
            try:
                failures.append(f"{kind}: gave {scorer.score_batch('balloons', column)}")
            except BadInputError as error:
                if error.answer != texts[rows].index(None):
                    failures.append(f"{kind}: {error!r}")
    report(failures)


def test_inconsistent_arrays_of_arrow_are_rejected(scorer: Scorer) -> None:
    def offsets(*ends: int) -> Any:
        return pa.py_buffer(np.array(ends, "<i4"))

    text = pa.py_buffer(b"warm air")
    arrays = {
        "end before its start": pa.Array.from_buffers(pa.string(), 3, [None, offsets(0, 8, 4, 8), text]),
        "invalid UTF-8": pa.Array.from_buffers(pa.string(), 2, [None, offsets(0, 4, 5), pa.py_buffer(b"warm\xff")]),
        "view beyond its buffer": pa.Array.from_buffers(
            pa.string_view(), 2, [None, pa.py_buffer(b"\4\0\0\0warm" + bytes(8) + b"\x20\0\0\0warm\0\0\0\0\0\0\0\0"), text]
        ),
    }
    failures = []
    for kind, array in arrays.items():
        try:
            failures.append(f"{kind}: gave {scorer.score_batch('balloons', array)}")
        except BadInputError as error:
            if error.answer != 1 or not str(error).startswith("answer 1 is"):
                failures.append(f"{kind}: {error!r}")
    report(failures)


class Page(HTMLParser):
    """The texts of a page, and the lengths of its bars."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.bars: list[float] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The one element without an end.
        if tag != "br":
            self.open.append(tag)
        style = dict(attrs).get("style") or ""
        if "width:" in style:
            self.bars.append(float(style.split("width:")[1].split("px")[0]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_notebooks_show_a_bar_for_each_level_or_label(scorer: Scorer, scores: Scores) -> None:
    page = Page()
    page.feed(scores._repr_html_())
    assert not page.open
    review = int(scores.needs_review.sum())
    assert page.texts[0].strip() == f"5 answers, {review} for a person to review"
    assert scores.level is not None and scores.points is not None
    counts = [int((scores.level == points).sum()) for points in scores.points]
    rows = page.texts[page.texts.index("to review") + 1 :]
    assert [row.strip() for row in rows[:-1:3]] == [str(points) for points in scores.points]
    assert [int(row) for row in rows[1::3]] == counts and sum(int(row) for row in rows[2::3]) == review
    assert sum(page.bars) == pytest.approx(240, abs=0.5)
    rubric = scorer.score_batch("rubric", ANSWERS)
    for some in (rubric, rubric[:0]):
        page = Page()
        page.feed(some._repr_html_())
        assert not page.open and set(rubric.labels) <= {text.strip() for text in page.texts}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out.splitlines(), err


def test_module_scores_at_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with Scorer(example_model()) as example, Scorer(MIND_CA) as model:
        assert example.about().blake3 == model.about().blake3
        tasks = [task.id for task in example.tasks()]
        want = example.score_batch(BURGLAR, [FEARED, "He was tired."])
    status, lines, _ = printed(capsys)
    assert status == 0 and [line.split("\t")[0] for line in lines] == tasks
    rows = [dict(zip(want.to_dict(), row, strict=True)) for row in zip(*(c.tolist() for c in want.to_dict().values()))]
    assert printed(capsys, "--task", BURGLAR, FEARED, "He was tired.") == (0, [json.dumps(row) for row in rows], "")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{FEARED}\r\nHe was tired.\n"))
    assert printed(capsys, "--task", BURGLAR)[1] == [json.dumps(row) for row in rows]
    status, lines, _ = printed(capsys, "--model", str(SCIENCE), "--task", "science", "--reference", "Warm air rises.", "warm")
    assert status == 0 and len(lines) == 1
    status, lines, error = printed(capsys, "--task", "none", FEARED)
    assert (status, lines) == (1, []) and BURGLAR in error and FEARED not in error
    command = [sys.executable, "-m", "pupil_scorer", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("pupil-scorer 0")


def test_text_classifier_is_called_like_a_pipeline_of_transformers() -> None:
    scorer = Scorer(MIND_CA)
    classify = TextClassifier(scorer, BURGLAR)
    score = scorer.score(BURGLAR, FEARED)
    likeliest = sorted(score.labels, key=lambda label: -label.probability)
    ranked = [{"label": label.name, "score": label.probability} for label in likeliest]
    assert classify(FEARED) == ranked[:1] and classify(FEARED, top_k=None) == ranked
    several = classify([FEARED, "He was tired."], top_k=2)
    assert several[0] == ranked[:2] and len(several) == 2
    compare = TextClassifier(Scorer(SCIENCE), "science")
    pair = {"text": "a short string makes a higher sound", "text_pair": "When the string is shorter, the pitch is higher."}
    assert compare(pair) == compare([pair, pair])[1]
    with pytest.raises(BadInputError, match="1 of 2 texts have a text_pair"):
        compare([pair, "warm"])


def test_classifier_follows_the_conventions_of_scikit_learn() -> None:
    classifier = PupilClassifier(MIND_CA, BURGLAR)
    assert classifier.get_params() == {"model": MIND_CA, "task": BURGLAR, "missing": "refuse", "threads": 0}
    copy = clone(classifier).set_params(missing="review")
    assert copy.get_params()["missing"] == "review" and classifier.missing == "refuse"
    answers = [FEARED, "He was tired.", "", "He thought the policeman knew about the theft."]
    with pytest.raises(Exception, match="not fitted"):
        classifier.predict(answers)
    assert classifier.fit(answers, [2, 0, 0, 2]) is classifier and classifier.classes_.tolist() == [0, 1, 2]
    with Scorer(MIND_CA) as scorer:
        want = scorer.score_batch(BURGLAR, answers)
    assert want.level is not None
    for texts in (answers, np.array(answers), pd.Series(answers), pd.DataFrame({"text": answers}), np.array([answers]).T):
        assert classifier.predict(texts).tolist() == want.level.tolist()
        assert classifier.predict_proba(texts).tobytes() == want.probabilities.tobytes()
    assert copy.fit().predict([None]).tolist() == copy.predict([""]).tolist()
    assert 0 <= classifier.score(answers, want.level) <= 1 == cohen_kappa_score(classifier.predict(answers), want.level)
    trimmed = make_pipeline(FunctionTransformer(lambda texts: [text.strip() for text in texts]), classifier)
    assert trimmed.predict([f" {FEARED} "]).tolist() == want.level[:1].tolist()
    assert cross_val_score(classifier, np.array(answers), want.level, cv=KFold(2)).tolist() == [1, 1]
    assert pickle.loads(pickle.dumps(classifier)).predict(answers).tolist() == want.level.tolist()
    compared = PupilClassifier(SCIENCE, "science").fit()
    pairs = np.array([["a short string makes a higher sound", "When the string is shorter, the pitch is higher."]])
    assert compared.classes_.dtype.kind == "U" and compared.predict(pairs)[0] in compared.classes_
    with pytest.raises(BadInputError, match="X has 3 columns"):
        compared.predict(np.array([["a", "b", "c"]]))
    with pytest.raises(BadInputError, match="no task of that name"):
        PupilClassifier(MIND_CA, "none").fit()


def test_iteration_gives_scores(scores: Scores) -> None:
    rows: Iterator[Score] = iter(scores)
    assert next(rows) == scores[0] and isinstance(scores[0], Score)
