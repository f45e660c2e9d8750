"""Where things stand in a sheet as people make them: merged blocks, headings with notes."""

import re
from collections.abc import Sequence
from typing import Any

from linli.language.normal import normalise

_MERGED_MAX = 2_000_000  # cells


def fill_merged(table: list[list[Any]], ranges: Sequence[Any]) -> None:
    """Give every cell of a merged block what its first cell says."""
    filled = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(table) or left >= len(table[top]) or filled > _MERGED_MAX:
            continue
        filled += (min(bottom + 1, len(table)) - top) * (min(right + 1, len(table[top])) - left)
        value = table[top][left]
        for row in table[top : bottom + 1]:
            row[left : right + 1] = [value] * len(row[left : right + 1])


def plain_heading(cell: str) -> str:
    """Return a heading without star, bracketed note and spaces: “*编码（必填）” → 编码."""
    return re.sub(r"\(.*?\)|[*※★☆●#\s:]", "", normalise(text=cell)).lower()
