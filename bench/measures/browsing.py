"""Every main page of each face: the server's time for it, and its size."""

import gzip
import statistics
import time

from django.conf import settings
from django.test import Client

from bench.measures.creating import reporter_at
from bench.measuring import Figure, compare, replay, statements
from bench.sessions import browser_of
from bench.world import World
from linli.matters.models import Matter, Order, Reporter
from linli.matters.services import tracking_code_of

_ROUNDS = 7


class PageBroken(Exception):
    """A page did not answer with 200."""


def pages(world: World) -> list[Figure]:
    """Measure each page beside the bare reading of the rows that it reads."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    browsers: dict[str, Client] = {}
    figures = []
    for face, who, path in _addresses(world):
        if who not in browsers:
            browsers[who] = browser_of(world.account(who)) if who else Client()
        figures.append(_page(world, face, browsers[who], path))
    return figures


def _addresses(world: World) -> list[tuple[str, str, str]]:
    """Return face, who opens it, and the path of every main page."""
    mine = reporter_at(world)()
    code = tracking_code_of(reporter=Reporter.objects.get(matter=mine))
    order = Order.objects.filter(organisation_id=world.village.companies[0], state="TAKEN")
    held = order.order_by("-id").values_list("matter_id", flat=True).first()
    in_field = Matter.objects.filter(grid_id=world.village.grids[0], is_restricted=False)
    near = in_field.order_by("-id").values_list("id", flat=True)[0]
    building = world.village.buildings[world.village.grids[0]][0]
    community = world.village.area_id
    return [
        ("resident", "", "/"),
        ("resident", "", f"/report/?community={community}"),
        ("resident", "", f"/m/{code}/"),
        ("resident", "", f"/board/?community={community}"),
        ("field", "wangge1", "/field/"),
        ("field", "wangge1", "/field/report/"),
        ("field", "wangge1", f"/field/matters/{near}/"),
        ("handler", "jingli", "/orders/"),
        ("handler", "jingli", "/orders/done/"),
        *([("handler", "jingli", f"/orders/{held}/")] if held else []),
        ("desk", "shegong1", "/desk/"),
        ("desk", "shegong1", "/desk/?view=open"),
        ("desk", "shegong1", "/desk/?view=overdue"),
        ("desk", "shegong1", "/desk/?q=漏水"),
        ("desk", "shegong1", f"/desk/{mine.pk}/"),
        ("desk", "shegong1", "/desk/new/"),
        ("desk", "shegong1", "/lists/"),
        ("desk", "shegong1", "/places/"),
        ("desk", "shegong1", f"/places/buildings/{building[0]}/"),
        ("desk", "shegong1", "/messages/"),
        ("desk", "shuji", "/people/"),
        ("desk", "shuji", "/people/duty/"),
        ("overview", "shuji", "/overview/"),
        ("overview", "qu1", "/overview/"),
        ("overview", "qu1", "/desk/"),
        ("trace", "shegong1", f"/trace/{mine.trace}/"),
    ]


def _page(world: World, face: str, browser: Client, path: str) -> Figure:
    response = browser.get(path)
    if response.status_code != 200:
        raise PageBroken(
            f"{path} answers {response.status_code} {response.headers.get('Location')}"
        )
    with statements() as sent:
        browser.get(path)
    seconds, cpu = [], []
    for _ in range(world.times(_ROUNDS)):
        used, begun = time.process_time(), time.perf_counter()
        browser.get(path)
        seconds.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - used)
    bare = replay(sent)
    alone = compare(measure=bare, floor=lambda: None, rounds=3, times=1, warm=1)[0]
    said = sum(1 for sql, _ in sent if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN")))
    figure = statistics.median(seconds) * 1000
    return Figure(
        measure=f"page {face} {_plain(path)}",
        figure=figure,
        floor=alone.milliseconds,
        floor_is="pages: the database reads the same rows by the page's own statements",
        ratio=figure / alone.milliseconds if alone.milliseconds else None,
        database_ms=alone.milliseconds,
        server_cpu_ms=statistics.median(cpu) * 1000,
        queries=said,
        wanted="≤ 50 ms",
        note=f"{len(gzip.compress(response.content)) / 1024:.1f} KB gzipped",
    )


def _plain(path: str) -> str:
    """Return a path without the keys that differ from run to run."""
    head, mark, query = path.partition("?")
    parts = [part if not _is_key(part) else "…" for part in head.split("/")]
    return "/".join(parts) + (mark + query if "community" not in query else "")


def _is_key(part: str) -> bool:
    return any(sign.isdigit() for sign in part) or (part.isupper() and len(part) > 5)
