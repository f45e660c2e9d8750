"""What browsers get is complete, and readable for old ones. See tests/house for the rest."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
TEMPLATES = STATIC.parent / "templates"
VENDOR = STATIC / "vendor"
PACKAGE = STATIC.parent.parent
ROOT = PACKAGE.parent


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = (VENDOR / "icons" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'{% icon "([a-z0-9-]+)"', text))
        used |= set(re.findall(r'\bicon="([a-z0-9-]+)"', text))
    assert used <= drawn


def test_the_sprite_holds_only_icons_that_something_names() -> None:
    sprite = (VENDOR / "icons" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    listed = set((ROOT / "tools" / "icons.txt").read_text(encoding="utf-8").split())
    assert listed == drawn, "tools/icons.txt and the sprite differ: python tools/vendor.py --icons"
    # Views name icons in plain strings, so whatever stands in quotes counts.
    named: set[str] = set()
    for path in (STATIC.parent).rglob("*"):
        is_ours = "vendor" not in path.parts and "tests" not in path.parts
        if is_ours and path.suffix in (".html", ".py", ".js"):
            named |= set(re.findall(r"""["']([a-z0-9-]+)["']""", path.read_text(encoding="utf-8")))
    assert drawn <= named, "take them out of tools/icons.txt and build the sprite anew"


def test_every_vendored_file_and_its_licence_are_in_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as settings:
        patterns = tomllib.load(settings)["tool"]["setuptools"]["package-data"]["linli"]
    shipped = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert folder / "LICENSE" in shipped, folder.name
    missing = [path for path in VENDOR.rglob("*") if path.is_file() and path not in shipped]
    assert not missing


def test_every_vendored_file_is_as_its_list_says() -> None:
    listed = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    digests = {name: value for one in listed for name, value in one["sha256"].items()}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.parent != VENDOR
    }
    assert found == digests


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
