"""Vendored files are the ones we took, each with its licence."""

import hashlib
import json

import pytest

from tests.house.source import PACKAGE

VENDOR = PACKAGE / "web" / "static" / "vendor"
LIBRARIES = json.loads((VENDOR / "vendor.json").read_text("utf-8"))


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library["name"])
def test_a_library_is_what_we_took(library):
    for name, sha256 in library["sha256"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == sha256, name


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library["name"])
def test_a_library_says_its_version_and_licence(library):
    assert library["version"]
    assert library["licence"]
    assert any("LICENSE" in name for name in library["sha256"])


def test_nothing_lies_there_unnamed():
    named = {name for library in LIBRARIES for name in library["sha256"]} | {"vendor.json"}
    there = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert there == named
