"""Accepts one column of texts, and rejects values that only look like one.

Iterating over a table gives its column names, over a mapping its keys.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping, MappingView, Set
from decimal import Decimal
from typing import Any, cast

import numpy as np

_EMPTY: dict[str, str] = {}
_VIEWS = (_EMPTY, _EMPTY.values(), _EMPTY.items())
_UNORDERED = (*(type(iter(view)) for view in _VIEWS), *(type(reversed(view)) for view in _VIEWS), type(iter(set())))
"""Iterators over mappings and sets."""

_LETTERS = tuple(type(iter(text)) for text in ("a", "é", b"", bytearray()))
"""Iterators over one text."""


def column(values: object, what: str) -> Any:
    """The column as what exports it to Arrow if it does, else as a list. Raises `TypeError` if it is not a column.

    The message names the type of the values and what to pass instead, but not their contents.
    """
    if type(values) in (list, tuple):
        return list(cast("Iterable[object]", values))
    for reading in (_from_library, _refused, _through_arrow):
        found = reading(values)
        if isinstance(found, str):
            raise TypeError(f"the {what}s are {found}")
        if found is not None:
            return found
    return list(cast("Iterable[object]", values))


def index_of(values: object) -> Any:
    """The index of a pandas Series, else None."""
    pandas = sys.modules.get("pandas")
    return values.index if pandas is not None and isinstance(values, pandas.Series) else None


def missing(value: object) -> bool:
    """Whether a value is a missing text: None, NaN, NaT, NA, a masked element, an Arrow null."""
    if value is None or value is np.ma.masked:
        return True
    if isinstance(value, (float, np.floating, np.datetime64, np.timedelta64)):
        return bool(value != value)
    if isinstance(value, Decimal):
        return value.is_nan()
    pandas, arrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if pandas is not None and (value is pandas.NA or value is pandas.NaT):
        return True
    return arrow is not None and isinstance(value, arrow.Scalar) and not value.is_valid


def _from_library(values: object) -> Any:
    """The column of a library's own type, or why it is not a column; None for other types."""
    if isinstance(values, np.ndarray):
        return _from_numpy(values)
    pandas, polars, arrow = (sys.modules.get(name) for name in ("pandas", "polars", "pyarrow"))
    if arrow is not None and isinstance(values, (arrow.Array, arrow.ChunkedArray)):
        return _stored(arrow, values)
    if pandas is not None and isinstance(values, (pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray)):
        return _from_pandas(pandas, values)
    if polars is not None and isinstance(values, polars.Series):
        if isinstance(values.dtype, polars.Struct):
            return 'a Series of structs, which is a table: pass one column, series.struct.field("text")'
        # A column of Python's objects has no form in Arrow.
        return values.to_list() if values.dtype == polars.Object else values
    library = type(values).__module__.partition(".")[0]
    if library in ("pandas", "polars", "pyarrow"):
        return _table(values)
    return None


def _from_numpy(values: np.ndarray[Any, Any]) -> Any:
    if values.dtype.names is not None:
        return 'an array of records, which is a table: pass one column, array["text"]'
    if values.ndim != 1:
        return f"an array of {values.ndim} dimensions: pass one column, array[:, 0]"
    return list(values)


def _from_pandas(pandas: Any, values: Any) -> Any:
    if getattr(values, "nlevels", 1) != 1 and isinstance(values, pandas.Index):
        return "an index of several levels: pass one of them, index.get_level_values(0)"
    array = values if isinstance(values, pandas.api.extensions.ExtensionArray) else values.array
    kind = array.dtype
    if isinstance(kind, pandas.ArrowDtype) or getattr(kind, "storage", None) == "pyarrow":
        return _stored(sys.modules["pyarrow"], array.__arrow_array__())
    return list(values)


def _table(values: object) -> str:
    return f'a {type(values).__name__}, not a column: pass one column, df["text"]'


def _refused(values: object) -> str | None:
    """Why an iterable is not a column of texts."""
    name = type(values).__name__
    if isinstance(values, (str, bytes, bytearray, memoryview, *_LETTERS)):
        return f"one {name}, not many texts: pass a list of texts"
    if isinstance(values, (type, np.generic)) or not (isinstance(values, Iterable) or _crosses(values)):
        return f"one {name}, not many texts: pass a list of texts"
    if isinstance(values, io.IOBase) or callable(getattr(values, "readline", None)):
        return f"a file ({name}): read it and pass a list of texts"
    if isinstance(values, (Mapping, MappingView)) or (
        callable(getattr(values, "keys", None)) and not hasattr(values, "dtype")
    ):
        return f"a {name}, keys and values: pass a list of the texts, list(d.values())"
    if isinstance(values, (Set, *_UNORDERED)):
        return f"a {name}, which has no order to match the scores with: pass a list of texts"
    if hasattr(values, "_fields") or hasattr(values, "__fields__"):
        return f"a {name}, one row of a table: pass a list of texts"
    if any(hasattr(values, mark) for mark in ("columns", "column_names", "__dataframe__")):
        return _table(values)
    dimensions = getattr(values, "ndim", None)
    if isinstance(dimensions, int) and dimensions != 1:
        return f"a {name} of {dimensions} dimensions: pass one column"
    if name == "array" and type(values).__module__ == "array":
        return "an array of numbers or letters: pass a list of texts"
    return None


def _stored(arrow: Any, values: Any) -> Any:
    """An array of pyarrow that exports itself: one whose values have an extension type, as they are stored."""
    return values.cast(values.type.storage_type) if isinstance(values.type, arrow.BaseExtensionType) else values


def _exports(values: object) -> bool:
    return hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__")


def _crosses(values: object) -> bool:
    return _exports(values) or hasattr(values, "__arrow_array__")


def _through_arrow(values: object) -> Any:
    """The column as what exports it to Arrow, or why it is not a column; None without an export."""
    if _exports(values):
        return values
    if not _crosses(values):
        return None
    # The older way, which needs pyarrow.
    try:
        import pyarrow
    except ImportError:
        return None
    # Arrow's message about invalid values might repeat them.
    try:
        return _stored(pyarrow, pyarrow.array(values))
    except Exception:
        return f"a {type(values).__name__}, which Arrow cannot read: pass a list of texts"
