"""Columns of texts that a batch accepts or rejects, missing texts, and the index of a Series."""

from __future__ import annotations

import array
import collections
import csv
import enum
import io
import pickle
import tempfile
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import E_LSTM, SCIENCE, report
from test_batch import same

from pupil_scorer import BadInputError, Decision, Scorer

MARKER = "zanzibar"
TEXTS = ["warm air", f"{MARKER} 🎈", ""]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(E_LSTM)


class Row(NamedTuple):
    """A row of a table."""

    zanzibar: str
    other: str


class Answers(enum.StrEnum):
    """Texts in an enum."""

    ZANZIBAR = MARKER


class Stream:
    """A column of another library, which Arrow can read."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._values.__arrow_c_stream__(requested_schema)


class Given:
    """Like `Stream`, but with the other Arrow protocol."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __arrow_array__(self, type: object = None) -> Any:
        return self._values


class Iterated:
    """An iterable class of the caller."""

    def __iter__(self) -> Iterator[str]:
        return iter(TEXTS)


def test_a_column_of_any_library_is_read(scorer: Scorer) -> None:
    want = scorer.score_batch("balloons", TEXTS)
    frame, other = pd.DataFrame({"text": TEXTS}), pl.DataFrame({"text": TEXTS})
    columns: dict[str, Any] = {
        "list": TEXTS,
        "tuple": tuple(TEXTS),
        "deque": collections.deque(TEXTS),
        "generator": (text for text in TEXTS),
        "iterator": iter(TEXTS),
        "map": map(str, TEXTS),
        "own iterable": Iterated(),
        "values of a dict as a list": list({place: text for place, text in enumerate(TEXTS)}.values()),
        "column of pandas": frame["text"],
        "column of pandas by NumPy": frame["text"].to_numpy(),
        "index of pandas": pd.Index(TEXTS),
        "index of pandas on Arrow": pd.Index(TEXTS, dtype="string[pyarrow]"),
        "strings of pandas": frame["text"].astype("string"),
        "array of pandas": frame["text"].astype("string").array,
        "categories of pandas": pd.Categorical(TEXTS),
        "pandas on Arrow": frame["text"].astype(pd.ArrowDtype(pa.string())),
        "column of polars": other["text"],
        "categories of polars": other["text"].cast(pl.Categorical),
        "texts of NumPy": np.array(TEXTS),
        "texts of NumPy with a type of their own": np.array(TEXTS, dtype=np.dtypes.StringDType()),
        "masked array of NumPy": np.ma.array(TEXTS),
        "column of an array": np.array([TEXTS, TEXTS]).T[:, 0],
        "Arrow": pa.table({"text": TEXTS})["text"],
        "Arrow with runs": pa.array(TEXTS).dictionary_encode().dictionary_decode(),
        "Arrow with run ends": pa.RunEndEncodedArray.from_arrays([1, 2, 3], TEXTS),
        "Arrow extension": pa.ExtensionArray.from_storage(pa.json_(), pa.array(TEXTS)),
        "stream of Arrow": Stream(pa.chunked_array([TEXTS])),
        "stream of polars": Stream(other["text"]),
        "array for Arrow": Given(pa.array(TEXTS)),
    }
    report([kind for kind, values in columns.items() if not same(scorer.score_batch("balloons", values), want)])


def test_value_that_is_not_a_column_is_rejected_without_repeating_names_and_cells(scorer: Scorer) -> None:
    frame, other = pd.DataFrame({MARKER: TEXTS}), pl.DataFrame({MARKER: TEXTS})
    mapping = {MARKER: MARKER}
    others: dict[str, Any] = {
        "one text": MARKER,
        "letters": iter(MARKER),
        "letters beyond ASCII": iter("é" + MARKER),
        "bytes": MARKER.encode(),
        "bytearray": bytearray(MARKER.encode()),
        "memoryview": memoryview(MARKER.encode()),
        "None": None,
        "a number": 3,
        "NA": pd.NA,
        "dict": mapping,
        "keys": mapping.keys(),
        "values": mapping.values(),
        "items": mapping.items(),
        "iterator over a dict": iter(mapping),
        "iterator over values": iter(mapping.values()),
        "reversed dict": reversed(mapping),
        "ordered dict": collections.OrderedDict(mapping),
        "counter": collections.Counter([MARKER]),
        "chained dicts": collections.ChainMap(mapping),
        "dict of one's own": collections.UserDict(mapping),
        "read-only dict": MappingProxyType(mapping),
        "set": {MARKER},
        "frozen set": frozenset({MARKER}),
        "iterator over a set": iter({MARKER}),
        "file": io.StringIO(MARKER),
        "file of bytes": io.BytesIO(MARKER.encode()),
        "temporary file": tempfile.NamedTemporaryFile("w+"),
        "row": Row(MARKER, MARKER),
        "row of pandas": next(frame.itertuples()),
        "class": Answers,
        "array of letters": array.array("w" if "w" in array.typecodes else "u", MARKER),
        "DataFrame": frame,
        "DataFrame of one column": frame[[MARKER]],
        "groups": frame.groupby(MARKER),
        "groups of a column": frame.groupby(MARKER)[MARKER],
        "index of two levels": pd.MultiIndex.from_arrays([TEXTS, TEXTS], names=[MARKER, MARKER]),
        "DataFrame of polars": other,
        "lazy frame": other.lazy(),
        "expression": pl.col(MARKER),
        "groups of polars": other.group_by(MARKER),
        "structs of polars": other.to_struct(MARKER),
        "array of two dimensions": np.array([TEXTS]),
        "array of one column": np.array(TEXTS).reshape(-1, 1),
        "frame as an array": frame.to_numpy(),
        "array of no dimension": np.array(MARKER),
        "array of records": np.array([(MARKER,)], dtype=[(MARKER, "U20")]),
        "records": frame.to_records(index=False),
        "table of Arrow": pa.table({MARKER: TEXTS}),
        "batch of Arrow": pa.record_batch({MARKER: TEXTS}),
        "reader of Arrow": pa.table({MARKER: TEXTS}).to_reader(),
        "structs of Arrow": pa.array([{MARKER: MARKER}]),
        "chunks of structs": pa.chunked_array([[{MARKER: MARKER}]]),
        "lists of Arrow": pa.array([[MARKER]]),
        "scalar of Arrow": pa.scalar(MARKER),
        "scalar list of Arrow": pa.scalar([MARKER]),
        "pandas on structs of Arrow": pd.Series([{MARKER: MARKER}], dtype=pd.ArrowDtype(pa.struct({MARKER: pa.string()}))),
        "table by a stream": Stream(pa.table({MARKER: TEXTS})),
        "what Arrow cannot read": Given(MARKER),
    }
    failures = []
    for kind, values in others.items():
        for given in ((values,), (["warm"], values)):
            task = "balloons" if len(given) == 1 else "compare"
            try:
                if values is None and len(given) == 2:
                    continue
                failures.append(f"{kind}: gave {scorer.score_batch(task, *given)}")
            except TypeError as error:
                if MARKER in repr(error) or "pass" not in str(error) or error.__context__ is not None:
                    failures.append(f"{kind}: {error!r}, {error.__context__!r}")
            except Exception as error:
                failures.append(f"{kind}: {error!r}")
    report(failures)
    for frames in (frame, other):
        with pytest.raises(TypeError, match=r'the answers are a DataFrame, not a column: pass one column, df\["text"\]'):
            scorer.score_batch("balloons", frames)  # type: ignore[arg-type, unused-ignore]
    rows: list[Any] = [csv.reader([MARKER]), frame.iterrows(), zip(TEXTS, TEXTS), [TEXTS], [frame], np.array(TEXTS).reshape(-1, 1).tolist()]
    for row in rows:
        with pytest.raises(BadInputError, match="answer 0 is of type") as raised:
            scorer.score_batch("balloons", row)
        assert MARKER not in str(raised.value) and raised.value.answer == 0


def with_missing() -> dict[str, Any]:
    """A missing text in each kind of column, at index 1."""
    return {
        "None": ["warm", None, "air"],
        "NaN": ["warm", float("nan"), "air"],
        "NaN of 32 bits": ["warm", np.float32("nan"), "air"],
        "NA": ["warm", pd.NA, "air"],
        "NaT": ["warm", pd.NaT, "air"],
        "null of Arrow": ["warm", pa.scalar(None, pa.string()), "air"],
        "pandas": pd.Series(["warm", None, "air"]),
        "strings of pandas": pd.Series(["warm", None, "air"], dtype="string"),
        "categories of pandas": pd.Series(["warm", None, "air"], dtype="category"),
        "pandas on Arrow": pd.Series(["warm", None, "air"], dtype="string[pyarrow]"),
        "pandas on Arrow's type": pd.Series(["warm", None, "air"], dtype=pd.ArrowDtype(pa.string())),
        "polars": pl.Series(["warm", None, "air"]),
        "NumPy": np.array(["warm", None, "air"], dtype=object),
        "texts of NumPy": np.array(["warm", np.nan, "air"], dtype=np.dtypes.StringDType(na_object=np.nan)),
        "masked": np.ma.array(["warm", "x", "air"], mask=[False, True, False]),
        "Arrow": pa.array(["warm", None, "air"]),
        "Arrow slice": pa.array(["x", None, "warm", None, "air"])[2:],
        "Arrow chunks": pa.chunked_array([["warm"], [None, "air"]]),
        "Arrow dictionary": pa.array(["warm", None, "air"]).dictionary_encode(),
    }


def test_missing_answer_goes_to_review_or_is_rejected_as_the_caller_chooses(scorer: Scorer) -> None:
    want = scorer.score_batch("balloons", ["warm", "", "air"])
    assert want.decision[1] == Decision.REVIEW_TOO_SHORT
    failures = []
    for kind, values in with_missing().items():
        if not same(scorer.score_batch("balloons", values, missing="review"), want):
            failures.append(f"{kind}: another score")
        try:
            failures.append(f"{kind}: gave {scorer.score_batch('balloons', values)}")
        except BadInputError as error:
            if not str(error).startswith('answer 1 is missing: missing="review" scores it') or error.answer != 1:
                failures.append(f"{kind}: {error!r}")
    report(failures)
    for nothing in ([None, None], pd.Series([np.nan, np.nan]), pa.nulls(2), np.array([np.nan, np.nan])):
        assert same(scorer.score_batch("balloons", nothing, missing="review"), scorer.score_batch("balloons", ["", ""]))
    with pytest.raises(BadInputError, match='missing is neither "refuse" nor "review"') as raised:
        scorer.score_batch("balloons", ["warm"], missing=MARKER)  # type: ignore[arg-type]
    assert MARKER not in str(raised.value)


@pytest.mark.parametrize("missing", ["review", "refuse"])
def test_missing_reference_is_rejected_with_its_index(missing: Any) -> None:
    scorer = Scorer(SCIENCE)
    for kind, values in with_missing().items():
        with pytest.raises(BadInputError, match="^reference 1 is missing$") as raised:
            scorer.score_batch("science", ["warm", "warm", "warm"], values, missing=missing)
        assert raised.value.answer == 1, kind


def test_index_of_a_series_is_kept_in_the_table(scorer: Scorer) -> None:
    frame = pd.DataFrame({"text": ["warm air needs more room", "", "air", None], "class": ["a", "b", "a", "a"]})
    sub = frame[frame["class"] == "a"].copy()
    scores = scorer.score_batch("balloons", sub["text"], missing="review")
    sub["level"] = scores.to_pandas()["level"]
    assert scores.level is not None and sub["level"].tolist() == scores.level.tolist()
    assert sub["level"].notna().all() and scores.to_pandas().index.tolist() == [0, 2, 3]
    copy = pickle.loads(pickle.dumps(scores))
    assert same(copy, scores) and copy.to_pandas().equals(scores.to_pandas())
    named = pd.Series(["warm", "air"], index=pd.Index([MARKER, "b"], name="student"), dtype="string[pyarrow]")
    scores = scorer.score_batch("balloons", named)
    assert scores.to_pandas().index.equals(named.index) and scores.to_pandas().index.name == "student"
    assert MARKER not in repr(scores)
    several = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
    assert scorer.score_batch("balloons", pd.Series(["warm", "air"], index=several)).to_pandas().index.equals(several)
    for other in (["warm"], pd.Index(["warm"]), np.array(["warm"]), pl.Series(["warm"]), pa.array(["warm"])):
        scores = scorer.score_batch("balloons", other)
        assert scores.index is None and scores.to_pandas().index.tolist() == [0]


def test_series_with_another_index_is_rejected_as_references() -> None:
    scorer = Scorer(SCIENCE)
    answers = pd.Series(["a short string makes a higher sound", "warm air"], index=[7, 9])
    references = pd.Series(["When the string is shorter, the pitch is higher.", "Warm air expands."], index=[7, 9])
    want = scorer.score_batch("science", answers, references)
    for index in ([9, 7], [0, 1], [MARKER, MARKER]):
        with pytest.raises(BadInputError, match="Series with different indexes") as raised:
            scorer.score_batch("science", answers, references.set_axis(index))
        assert MARKER not in str(raised.value)
    shuffled = references.iloc[::-1]
    assert same(scorer.score_batch("science", answers, shuffled.loc[answers.index]), want)
    assert same(scorer.score_batch("science", answers, references.set_axis([0, 1]).tolist()), want)
    assert same(scorer.score_batch("science", answers.tolist(), shuffled.iloc[::-1]), want)
    assert same(scorer.score_batch("science", answers, references.to_numpy()), want)
