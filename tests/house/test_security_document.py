"""What docs/security.md promises is held by tests that are there."""

import ast
import re

from tests.house.source import ROOT

DOCUMENT = ROOT / "docs" / "security.md"
_NAMED = re.compile(r"`([a-z_/]+\.py)::(test_[a-z0-9_]+)`")


def test_every_test_that_the_document_names_is_there():
    named = _NAMED.findall(DOCUMENT.read_text("utf-8"))
    assert len(named) > 30
    gone = []
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            gone.append(f"{path}::{name}")
    assert not gone


def test_every_line_of_the_tables_names_a_test():
    lines = [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert not [line for line in lines if not line.startswith("| tried") and "::" not in line]
