"""Say figures as a table that README can take, and as JSON."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bench.measuring import Figure

COLUMNS = (
    "measure", "figure", "floor", "ratio", "in the database", "server CPU", "database CPU",
    "floor CPU", "CPU ratio", "queries", "wanted", "note",
)  # fmt: skip


def as_markdown(*, figures: Sequence[Figure], machine: str, command: str, at: datetime) -> str:
    """Return the table with the line that says where it was made, and by which command."""
    lines = [
        f"`{command}` · {machine} · {at:%Y-%m-%d %H:%M} UTC",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---|" + "---:|" * (len(COLUMNS) - 3) + "---|---|",
    ]
    lines += ["| " + " | ".join(_cells(figure)) + " |" for figure in figures]
    floors = {figure.floor_is: None for figure in figures if figure.floor_is}
    lines += ["", "Floors: " + "; ".join(floors) + "."] if floors else []
    return "\n".join(lines)


def as_json(*, figures: Sequence[Figure], machine: str, command: str, at: datetime) -> str:
    """Return the same for programs."""
    said: dict[str, Any] = {
        "command": command,
        "machine": machine,
        "at": at.isoformat(),
        "figures": [figure.as_json() for figure in figures],
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


def _cells(figure: Figure) -> list[str]:
    milliseconds = (
        figure.database_ms,
        figure.server_cpu_ms,
        figure.database_cpu_ms,
        figure.floor_cpu_ms,
    )
    return [
        figure.measure,
        f"{_number(figure.figure)} {figure.unit}",
        "" if figure.floor is None else f"{_number(figure.floor)} {figure.unit}",
        _times(figure.ratio),
        *("" if value is None else f"{_number(value)} ms" for value in milliseconds),
        _times(figure.cpu_ratio),
        "" if figure.queries is None else str(figure.queries),
        figure.wanted,
        figure.note,
    ]


def _number(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{_number(value)} ×"
