"""Whatever an operator may set is written down, and nothing else."""

import re

from tests.house.source import PACKAGE, ROOT, python_files

_SETTING = re.compile(r"\bLINLI_[A-Z0-9_]+\b")
DOCUMENT = ROOT / "docs" / "settings.md"


def test_every_setting_is_documented():
    used = {name for path in python_files() for name in _SETTING.findall(path.read_text("utf-8"))}
    documented = set(_SETTING.findall(DOCUMENT.read_text("utf-8")))
    assert used == documented


def test_settings_are_read_in_one_place():
    readers = [
        path
        for path in python_files()
        if re.search(r"os\.(environ|getenv)", path.read_text("utf-8"))
        and path.parent != PACKAGE / "config"
    ]
    # The command line names the settings module and reads PORT; nothing else asks the environment.
    assert {path.relative_to(PACKAGE).parts[0] for path in readers} <= {
        "cli.py",
        "cli",
        "demo.py",
        "serving.py",
        "keeping",  # hands the environment on to pg_dump and to its own children, and reads none
    }
