"""What we tell people to type exists, and what we point at is there."""

import re

import click
import pytest

from linli.cli import main
from tests.house.source import ROOT, named

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "requirements").glob("*.md"),
        *(ROOT / "packs").rglob("*.md"),
    ]
)
_CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def code_in(text: str) -> str:
    """Return what stands between backticks."""
    return "\n".join(block or inline for block, inline in _CODE.findall(text))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_make_target_in_a_document_exists(path):
    said = set(re.findall(r"(?:^|\s)make ([a-z]+)", code_in(path.read_text("utf-8"))))
    assert said <= TARGETS


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_command_in_a_document_exists(path):
    for words in re.findall(
        r"(?:^|\s|/bin/)linli((?: [a-z][a-z-]*)+)", code_in(path.read_text("utf-8"))
    ):
        command: click.Command = main
        for word in words.split():
            if not isinstance(command, click.Group):
                break  # The rest are arguments.
            found = command.get_command(click.Context(command), word)
            assert found is not None, f"linli{words}"
            command = found


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_every_link_in_a_document_leads_somewhere(path):
    links = [one or other for one, other in _LINK.findall(path.read_text("utf-8"))]
    inside = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in inside if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_first_screen_says_what_it_is_shows_it_and_gives_the_two_commands(name):
    first_screen = "\n".join((ROOT / name).read_text("utf-8").splitlines()[:32])
    assert "Linli" in first_screen
    assert "邻里" in first_screen
    assert re.search(r"docs/screenshots/[a-z-]+\.png", first_screen)
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_both_readmes_say_the_same():
    english, chinese = (
        (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(
        re.findall(r"^## ", chinese, re.MULTILINE)
    )
    commands = [
        re.findall(r"^(?:make|\.venv/bin/linli) [^#\n]*?(?=\s*(?:#|$))", text, re.MULTILINE)
        for text in (english, chinese)
    ]
    assert commands[0] == commands[1]
    assert commands[0]
