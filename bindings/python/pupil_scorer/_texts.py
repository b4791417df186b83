"""Columns of texts for the engine."""

from __future__ import annotations

from ._columns import column, missing
from ._pupil import Texts


def texts(values: object, what: str, *, review: bool) -> Texts:
    """Takes a column of texts of any type; `what` names it in errors.

    A missing text is treated as empty if `review` is set; otherwise it raises an error with its index.
    """
    found = column(values, what)
    if isinstance(found, list):
        return Texts(found, what, review, missing)
    return Texts.from_arrow(found, what, review)
