"""Pages hold nothing that the content security policy would have to allow."""

import re

import pytest

from tests.house.source import PACKAGE, named, templates

FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "an inline htmx handler": re.compile(r"\bhx-on[:\s=]", re.IGNORECASE),
    "something from another server": re.compile(r"(?:src|href)=\"(?:https?:)?//"),
}
COMPARED = re.compile(r"\{%\s*(?:el)?if[^%]*\.(?:state|kind|level)\s*[!=]=")
COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_template_holds_nothing_forbidden(path):
    # Without the template's own tags, in which “one ==” would pass for an attribute.
    text = TAG.sub("", COMMENT.sub("", path.read_text("utf-8")))
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_template_asks_and_compares_no_stored_code(path):
    assert not COMPARED.search(COMMENT.sub("", path.read_text("utf-8")))


@pytest.mark.parametrize("path", templates(), ids=named)
def test_a_template_escapes_everything(path):
    assert not re.search(r"\|\s*safe\b|autoescape\s+off", path.read_text("utf-8"))


def test_scripts_are_small_and_do_one_thing():
    lengths = {
        path.name: len(path.read_text("utf-8").splitlines())
        for path in (PACKAGE / "web" / "static" / "js").rglob("*.js")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 250} == {}


def test_scripts_evaluate_no_text_and_write_no_style_attributes():
    for path in (PACKAGE / "web" / "static" / "js").rglob("*.js"):
        text = path.read_text("utf-8")
        assert not re.search(r"\beval\(|new Function\(|document\.write\(", text), path.name
