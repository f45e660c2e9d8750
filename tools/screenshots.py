"""Take docs/screenshots anew: a demonstration of its own, walked face by face in Chromium.

Each page is taken at 1440 × 900 and at 390 × 844 (``-phone``). ``--into FOLDER`` writes elsewhere,
``--english`` takes the English pages.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"": {"width": 1440, "height": 900}, "-phone": {"width": 390, "height": 844}}
START_SECONDS = 240
failed: list[str] = []


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, and where."""

    name: str
    face: str
    path: str
    follow: str = ""  # go on to the first link there whose path matches this


SHOTS = (
    Shot("resident", "Resident", "/"),
    Shot("report", "Resident", "/report/"),
    Shot("poster", "Poster", ""),
    Shot("board", "Resident", "/board/"),
    Shot("privacy", "Resident", "/privacy/"),
    Shot("sign-in", "Resident", "/account/sign-in/"),
    Shot("field", "Field", "/field/"),
    Shot("field-matter", "Field", "/field/", follow=r"/field/matters/\d+/"),
    Shot("field-report", "Field", "/field/report/"),
    Shot("handler", "Handler", "/orders/"),
    Shot("handler-order", "Handler", "/orders/", follow=r"/orders/\d+/"),
    Shot("desk", "Desk", "/desk/", follow=r"/desk/\d+/"),
    Shot("desk-new", "Desk", "/desk/new/"),
    Shot("overview", "Overview", "/overview/"),
    Shot("places", "Desk", "/places/"),
    Shot("map", "Desk", "/places/map/"),
    Shot("posters", "Desk", "/places/posters/"),
    Shot("roster", "Desk", "/residents/households/"),
    Shot("people", "Overview", "/people/"),
    Shot("duty", "Desk", "/people/duty/"),
    Shot("lists", "Desk", "/lists/"),
    Shot("messages", "Desk", "/messages/"),
    Shot("patterns", "Resident", "/patterns/"),
)


@contextmanager
def demonstration() -> Iterator[dict[str, str]]:
    """Run `linli demo` in a folder of its own and return the address for each face."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="linli-shots-") as home:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "LINLI_HOME": home, "PORT": str(port), "LC_ALL": "C.UTF-8"}
        with subprocess.Popen(
            [Path(sys.executable).with_name("linli"), "demo"],
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield _entrances(process, base=f"http://127.0.0.1:{port}")
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(30)


def _entrances(process: "subprocess.Popen[str]", *, base: str) -> dict[str, str]:
    """Read what `linli demo` prints until it has said everything."""
    entrances, face, until = {"Resident": base}, "", time.monotonic() + START_SECONDS
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.match(r"  (\w+) · (.*)", line):
            face = "Poster" if "poster" in match[2] else match[1]
        elif line.strip().startswith(base) and face:
            entrances[face], face = line.strip(), ""  # Keys for programs follow, with addresses.
        if "sign-in-link" in line:
            return entrances
        if time.monotonic() > until:
            break
    sys.exit("linli demo did not come up.")


def take(browser: Browser, entrances: dict[str, str], *, into: Path, english: bool) -> None:
    """Take every picture; what went wrong is told at the end."""
    cookies: dict[str, list[object]] = {}
    for face in ("Field", "Handler", "Desk", "Overview"):
        context = browser.new_context()
        page = context.new_page()
        page.goto(entrances[face])
        page.locator("form[action*='/account/link/'] button").click()
        page.wait_for_load_state()
        cookies[face] = context.cookies()
        context.close()
    base = entrances["Resident"].rstrip("/")
    for shot in SHOTS:
        for suffix, size in SIZES.items():
            context = browser.new_context(
                base_url=base,
                viewport=size,
                device_scale_factor=1 if not suffix else 2,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
            )
            context.add_cookies(cookies.get(shot.face, []))
            if english:
                context.add_cookies([{"name": "linli_language", "value": "en", "url": base}])
            page = context.new_page()
            _take(page, shot, entrances, into / f"{shot.name}{suffix}.png")
            context.close()


def _take(page: Page, shot: Shot, entrances: dict[str, str], target: Path) -> None:
    answer = page.goto(shot.path or entrances[shot.face])
    if shot.follow:
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.pathname)")
        onward = next((link for link in links if re.fullmatch(shot.follow, link)), None)
        answer = page.goto(onward) if onward else None
    if answer is None or answer.status >= 400:
        print(f"{shot.name}: {shot.path} {shot.follow} gave {answer and answer.status}")
        failed.append(shot.name)
        return
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)  # maps settle
    page.screenshot(path=target)
    with Image.open(target) as picture:  # A third of the size, and nobody sees the difference.
        picture.convert("RGB").quantize(192, dither=Image.Dither.NONE).save(target, optimize=True)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        print(f"{target.name} scrolls sideways: {width} px")
        failed.append(target.name)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--english", action="store_true")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Screenshots need Chromium: apt install chromium fonts-noto-cjk")
    with demonstration() as entrances, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        take(browser, entrances, into=options.into, english=options.english)
        browser.close()
    if failed:
        sys.exit(f"Not as they should be: {', '.join(failed)}")


if __name__ == "__main__":
    main()
