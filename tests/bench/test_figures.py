"""Every measure works, tiny, and the table has every column. What it says is not asserted here."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bench.measuring import Figure
from bench.tables import COLUMNS, as_json, as_markdown
from tests.cast import NOW
from tests.faults.office import ROOT, own_database

pytestmark = pytest.mark.soak


def run_bench(*arguments: str) -> dict:
    with tempfile.TemporaryDirectory() as home, own_database() as url:
        told = Path(home) / "figures.json"
        done = subprocess.run(
            [sys.executable, "-m", "bench", "--json", str(told), *arguments],
            env={
                **os.environ,
                "LINLI_HOME": home,
                "LINLI_DATABASE_URL": url,
                "PYTHONPATH": str(ROOT),
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        return {"table": done.stdout, **json.loads(told.read_text("utf-8"))}


def test_every_measure_runs_and_fills_the_table():
    said = run_bench("--rows", "400", "--scale", "0.01", "--seconds", "1")
    measures = [figure["measure"] for figure in said["figures"]]
    for begin in (
        "create", "list of 50", "search", "point", "reactions", "page", "load run", "import of 200",
        "roster search", "nearest assignment", "plan of a quarter", "opinion map", "equal shares",
    ):  # fmt: skip
        assert any(measure.startswith(begin) for measure in measures), begin
    header = next(line for line in said["table"].splitlines() if line.startswith("| measure"))
    assert tuple(cell.strip() for cell in header.strip("| ").split("|")) == COLUMNS
    assert all(figure["figure"] >= 0 for figure in said["figures"])
    assert "cores" in said["machine"]


def test_a_table_has_a_cell_for_every_column():
    figures = [Figure(measure="one", figure=1.5), Figure(measure="two", figure=0, floor=2.0)]
    facts = {"figures": figures, "machine": "here", "command": "make bench", "at": NOW}
    rows = [line for line in as_markdown(**facts).splitlines() if line.startswith("| ")]
    assert {row.count(" | ") for row in rows} == {len(COLUMNS) - 1}
    assert [one["measure"] for one in json.loads(as_json(**facts))["figures"]] == ["one", "two"]
