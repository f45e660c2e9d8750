"""``make bench``: measure beside the floor, say it as a table, keep it as JSON.

It writes many made-up matters, so it runs on a database of its own and refuses any other.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from bench.data import make_data
from bench.measures import MEASURES, NOT_USUAL
from bench.measuring import Figure, machine
from bench.tables import as_json, as_markdown
from bench.world import world


def main(arguments: Sequence[str] | None = None) -> list[Figure]:
    """Run the measures asked for and return their figures."""
    wanted = _options(arguments)
    call_command("migrate", verbosity=0, interactive=False)
    make_data(rows=wanted.rows, seed=1, say=_say, people=wanted.people)
    here = world(people=wanted.people, scale=wanted.scale, seconds=wanted.seconds)
    figures: list[Figure] = []
    usual = [name for name in MEASURES if name not in NOT_USUAL]
    for name in wanted.only or usual:
        _say(f"measuring {name} …")
        for figure in MEASURES[name](here):
            _say(f"  {figure.measure}: {figure.figure:.3g} {figure.unit}")
            figures.append(figure)
    said: dict[str, Any] = {
        "figures": figures,
        "machine": machine(rows=here.rows),
        "command": f"make bench ROWS={wanted.rows} PEOPLE={wanted.people}"
        + (f" BENCH={','.join(wanted.only)}" if wanted.only else ""),
        "at": timezone.now(),
    }
    print(as_markdown(**said))
    if wanted.json is not None:
        wanted.json.write_text(as_json(**said), encoding="utf-8")
    return figures


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="how many matters there are")
    parser.add_argument("--people", type=int, default=20_000, help="how many residents")
    parser.add_argument("--only", type=_names, default=(), help="measures, parted by commas")
    parser.add_argument("--seconds", type=float, default=60, help="how long a load run takes")
    parser.add_argument("--scale", type=float, default=1, help="below 1 repeats less often")
    parser.add_argument("--json", type=Path, help="where to write the figures for programs")
    return parser.parse_args(arguments)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name)
    for name in names:
        if name not in MEASURES:
            raise argparse.ArgumentTypeError(f"no measure {name}; there are {', '.join(MEASURES)}")
    return names


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
