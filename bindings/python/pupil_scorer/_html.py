"""What a notebook shows of scores: a bar for each level. It has counts alone, and no answer."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ._pupil import Guarantee

MOST = 20
"""The most labels that have a bar."""

WIDTH = 240
"""The length of a bar for all answers, in pixels."""

AUTOMATIC, REVIEW = "#2a6f97", "#e09f3e"
"""A blue and an orange that people who confuse red and green can tell apart, on white and on black."""

CELL = "padding:2px 8px;border:0;background:none"


def table(
    bars: Sequence[tuple[str, NDArray[np.bool_]]],
    needs_review: NDArray[np.bool_],
    what: str,
    guarantee: Guarantee | None,
) -> str:
    """A table with one bar per level or label: the answers that have it, those to review beside the others."""
    count = len(needs_review)
    review = int(needs_review.sum())
    rows = [
        _row(name, int(own[~needs_review].sum()), int(own[needs_review].sum()), count) for name, own in bars[:MOST]
    ]
    if len(bars) > MOST:
        rows.append(f'<tr><td style="{CELL}" colspan="3">and {len(bars) - MOST} more</td></tr>')
    said = f"{count} {'answer' if count == 1 else 'answers'}, {review} for a person to review"
    if guarantee is not None:
        said += f"; at most {guarantee.max_error:.0%} of automatic scores are wrong, as promised"
    head = "".join(
        f'<th scope="col" style="{CELL};text-align:{side}">{text}</th>'
        for text, side in ((what, "right"), ("answers", "left"), ("to review", "right"))
    )
    return (
        f'<table style="border-collapse:collapse"><caption style="text-align:left;padding:2px 8px;white-space:nowrap">{said}<br>'
        f'<span style="color:{AUTOMATIC}">■</span> automatic &nbsp; <span style="color:{REVIEW}">■</span> review</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(label: str, automatic: int, review: int, count: int) -> str:
    bars = "".join(
        f'<span style="display:inline-block;height:12px;width:{WIDTH * number / max(count, 1):.1f}px;background:{colour}">'
        "</span>"
        for number, colour in ((automatic, AUTOMATIC), (review, REVIEW))
        if number
    )
    return (
        f'<tr><th scope="row" style="{CELL};text-align:right">{html.escape(label)}</th>'
        f'<td style="{CELL};text-align:left;white-space:nowrap">{bars} {automatic + review}</td>'
        f'<td style="{CELL};text-align:right">{review}</td></tr>'
    )
