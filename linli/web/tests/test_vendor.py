"""What the browser gets from others is what it was when it was fetched."""

import hashlib
import json
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
TEMPLATES = STATIC.parent / "templates"
VENDOR = STATIC / "vendor"
LISTED = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))


def test_every_vendored_file_has_the_digest_it_had() -> None:
    listed = {name: digest for one in LISTED for name, digest in one["sha256"].items()}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendor.json"
    }
    assert found == listed


def test_every_vendored_package_says_its_version_and_licence() -> None:
    for one in LISTED:
        assert one["version"], one["name"]
        assert one["licence"] in {"MIT", "0BSD", "BSD-2-Clause"}
        assert (VENDOR / one["name"] / "LICENSE").read_text(encoding="utf-8").strip()


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


def test_templates_have_no_inline_style_or_script() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<[^>]+\sstyle=", text), path
        assert not re.search(r"<style\b", text), path
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"\son[a-z]+=[\"']", text), path
