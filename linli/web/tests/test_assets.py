"""What browsers get is complete, and readable for old ones. See tests/house for the rest."""

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
TEMPLATES = STATIC.parent / "templates"
VENDOR = STATIC / "vendor"


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = (VENDOR / "icons" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'{% icon "([a-z0-9-]+)"', text))
        used |= set(re.findall(r'\bicon="([a-z0-9-]+)"', text))
    assert used <= drawn


def test_scripts_are_readable_for_old_browsers() -> None:
    for path in (STATIC / "js").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        newer = re.search(r"\?\?|[\w)\]]\?\.[\w(\[]|\bawait\b|\.replaceAll\(|\.at\(", text)
        assert newer is None, f"{path.name}: {newer and newer.group()}"


def test_styles_are_readable_for_old_browsers() -> None:
    text = (STATIC / "css" / "linli.css").read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for newer in (":has(", "color-mix(", "oklch(", "@layer", "@container", "inset:", " & "):
        assert newer not in text, newer
