"""Fetch what the browser needs from npm into linli/web/static/vendor/, and say what it is.

Run it only to move to another version or to add an icon; everybody else uses what is committed:

    python tools/vendor.py            # fetch all packages again, write vendor.json
    python tools/vendor.py --icons    # only build static/icons.svg anew from tools/icons.txt

It needs npm and the network. Lines that point to source maps are taken out, because the manifest
of static files would look for maps that are not there; nothing else is changed.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "linli" / "web" / "static"
VENDOR = STATIC / "vendor"
ICONS = ROOT / "tools" / "icons.txt"

# Versions are pinned for browsers as old as Chromium 80 (360, WeChat's X5): Tabler after 1.0 needs
# color-mix() and oklch(), htmx after 2.0.4 uses optional chaining.
PACKAGES = {
    "tabler": ("@tabler/core", "1.0.0", "MIT", {"dist/css/tabler.min.css": "tabler.min.css"}),
    "htmx": ("htmx.org", "2.0.4", "0BSD", {"dist/htmx.min.js": "htmx.min.js"}),
    "leaflet": (
        "leaflet",
        "1.9.4",
        "BSD-2-Clause",
        {
            "dist/leaflet.js": "leaflet.js",
            "dist/leaflet.css": "leaflet.css",
            "dist/images/layers.png": "images/layers.png",
            "dist/images/layers-2x.png": "images/layers-2x.png",
            "dist/images/marker-icon.png": "images/marker-icon.png",
        },
    ),
}
ICON_PACKAGE = ("@tabler/icons", "3.51.0", "MIT")

_SOURCE_MAP = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=[^\n]*\n?\Z")
_PATHS = re.compile(r"<(?:path|circle|rect|line|polyline)\b[^>]*/>")
_FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


def main() -> None:
    """Fetch everything, or only the icons."""
    with tempfile.TemporaryDirectory() as folder:
        if "--icons" not in sys.argv:
            fetch_packages(work=Path(folder))
        build_icons(work=Path(folder))
    write_list()


def fetch_packages(*, work: Path) -> None:
    """Put the wanted files of every package, and its licence, into a folder of its own."""
    for name, (package, version, _licence, files) in PACKAGES.items():
        source = unpack(package=package, version=version, work=work)
        for inside, outside in files.items():
            write(VENDOR / name / outside, (source / inside).read_bytes())
        write(VENDOR / name / "LICENSE", (source / "LICENSE").read_bytes())


def build_icons(*, work: Path) -> None:
    """Make one sprite of the icons named in tools/icons.txt."""
    source = unpack(package=ICON_PACKAGE[0], version=ICON_PACKAGE[1], work=work)
    symbols = []
    for name in sorted(set(ICONS.read_text(encoding="utf-8").split())):
        drawing = (source / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
        strokes = "".join(_PATHS.findall(_FRAME.sub("", drawing)))
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{strokes}</symbol>')
    svg = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    write(VENDOR / "icons" / "icons.svg", svg.encode())
    write(VENDOR / "icons" / "LICENSE", (source / "LICENSE").read_bytes())


def write_list() -> None:
    """Say of every vendored file where it comes from and what its digest is."""
    everything = {
        name: (package, version, licence)
        for name, (package, version, licence, _files) in PACKAGES.items()
    }
    everything["icons"] = ICON_PACKAGE
    listed = [
        {
            "name": name,
            "package": package,
            "version": version,
            "licence": licence,
            "sha256": {
                str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted((VENDOR / name).rglob("*"))
                if path.is_file()
            },
        }
        for name, (package, version, licence) in sorted(everything.items())
    ]
    text = json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
    write(VENDOR / "vendor.json", text.encode())


def unpack(*, package: str, version: str, work: Path) -> Path:
    """Download one package with npm and return the folder it was unpacked to."""
    target = work / package.replace("/", "-")
    if not target.exists():
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"],
            cwd=work,
            check=True,
            capture_output=True,
            text=True,
        )
        with tarfile.open(work / packed.stdout.split()[-1]) as archive:
            archive.extractall(target, filter="data")
    return target / "package"


def write(path: Path, content: bytes) -> None:
    """Write a file without its pointer to a source map."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_SOURCE_MAP.sub(b"\n", content))


if __name__ == "__main__":
    main()
