"""Chinese and English are both complete."""

import re
from pathlib import Path

from tools.messages import faults

PACKAGE = Path(__file__).parents[2] / "linli"
_ALIASED = re.compile(r"\b[np]{0,2}gettext(?:_lazy)? as (?!_\b)\w+")


def test_every_sentence_has_its_chinese_and_the_catalogue_is_compiled():
    assert faults() == []


def test_no_sentence_hides_behind_a_name_that_the_gathering_does_not_know():
    hidden = [
        f"{path.relative_to(PACKAGE)}: {found.group()}"
        for path in PACKAGE.rglob("*.py")
        for found in _ALIASED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert hidden == []
