"""Read our own source for the house tests."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "linli"


def python_files() -> list[Path]:
    """Return the product's Python files, without tests and migrations."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not {"tests", "migrations"} & set(path.relative_to(PACKAGE).parts)
    ]


def templates() -> list[Path]:
    """Return the product's templates."""
    return sorted(PACKAGE.rglob("*.html"))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file as a syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Return the modules and names that a file imports, with dots."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path: Path) -> str:
    """Return a path as a reader would look for it."""
    return str(path.relative_to(ROOT))
