"""A real browser for the journeys: Debian's Chromium, driven by Playwright.

``browse(account, phone=True)`` opens a page in which somebody of the cast is signed in (or nobody)
and whose addresses are those of a server on the test's own database. A script error, or anything
the content security policy had to stop, fails the journey. The server runs in this process, so the
fixture ``clock`` moves its time too.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

# Playwright keeps an event loop in this thread; the ORM is used between its calls, never inside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
ARGUMENTS = (
    "--no-sandbox",  # as root, in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """Return where this machine has Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return one browser for the whole run."""
    path = chromium_path()
    if path is None:
        sentence = "Journeys need Chromium: apt install chromium fonts-noto-cjk"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def browse(
    chromium: Browser, live_server: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page for somebody of the cast, or for nobody."""
    from tests.signing_in import cookie_of  # Models cannot be imported before Django is set up.

    pages: list[Page] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        stopped = ("Content Security Policy", "Content-Security-Policy", "Uncaught")
        if message.type == "error" and any(word in message.text for word in stopped):
            complaints.append(message.text)

    def open_page(account: Any = None, *, phone: bool = False, **more: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            # A phone shows the page it keeps after eight seconds; this machine may just be busy.
            **{"service_workers": "block"} | more,
        )
        context.set_default_timeout(30_000)  # a busy machine compiles the first page slowly
        if account is not None:
            context.add_cookies([{**cookie_of(account), "url": live_server.url}])
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        return page

    yield open_page
    _keep_pictures(pages, request)
    for page in pages:
        page.context.close()
    assert complaints == []


@pytest.fixture
def secretary(db: None) -> Any:
    """Return what `linli setup` leaves behind: a place, usable settings and a secretary."""
    from linli.core.actor import system  # Models need Django to be set up.
    from linli.matters import reference
    from linli.people import services as people
    from linli.territory.models import Level
    from tests.cast import NOW

    shell = system(name="shell")
    return people.set_up_community(
        code="120116001002",
        name="滨海社区",
        upper=[
            people.UpperArea(level=Level.CITY, name="天津市"),
            people.UpperArea(level=Level.DISTRICT, name="滨海新区"),
            people.UpperArea(level=Level.SUBDISTRICT, name="海滨街道"),
        ],
        secretary_username="guo",
        secretary_name="郭书记",
        office_phone="022-66000000",
        actor=shell,
        at=NOW,
        with_defaults=lambda community: reference.default_method(
            community_id=community.pk, actor=shell, at=NOW
        ),
    )


@pytest.fixture
def let_worker_run() -> Callable[[datetime], None]:
    """Return a function that does what the worker owes at a moment, until nothing is left."""
    from linli.flows.worker import run_due, tick  # Models need Django to be set up.

    def run(at: datetime) -> None:
        tick(at=at)
        while run_due(at=at):
            pass

    return run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let `browse` know whether the journey failed."""
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


_failed = pytest.StashKey[bool]()


def _keep_pictures(pages: list[Page], request: pytest.FixtureRequest) -> None:
    if not request.node.stash.get(_failed, False) or request.config.cache is None:
        return
    folder = request.config.cache.mkdir("journeys")
    for number, page in enumerate(pages, start=1):
        path = folder / f"{request.node.name}-{number}.png"
        page.screenshot(path=path, full_page=True)
        print(f"what the page looked like: {path}")
