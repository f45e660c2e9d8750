"""Every figure on the wall chart opens exactly the cases it counted; outsiders find nothing."""

import html
import io
import re

import pytest
from python_calamine import CalamineWorkbook

from linli.core.models import Event
from linli.insight import queries
from linli.insight.indicators import CATALOGUE
from linli.insight.periods import PeriodKind, period_of
from linli.insight.tests.scenes import MONTH_LATER, make_month
from linli.matters import reference
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
MONTH = "period=month&day=2026-03-01"


@pytest.fixture
def march(cast: Cast, clock):
    made = make_month(cast)
    clock.now = MONTH_LATER
    return made


def page_of(browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def cases_in(page: str) -> set[int]:
    return {int(number) for number in re.findall(r"/messages/matter/(\d+)/", page)}


@pytest.mark.parametrize("who", ["shen", "zhou_min", "gu", "li"])
def test_every_figure_opens_a_list_of_as_many_cases(cast, march, signed_in, who):
    browser = signed_in(getattr(cast, who))
    place = f"&place={cast.community.pk}" if who == "gu" else ""
    page = page_of(browser, f"/overview/?{MONTH}{place}")
    actor = cast.actor(getattr(cast, who), at=MONTH_LATER)
    area_id = cast.community.pk if who == "gu" else None
    found = queries.overview(
        actor=actor,
        place=queries.get_place(actor=actor, area_id=area_id),
        period=period_of(kind=PeriodKind.MONTH, day=NOW.date()),
        at=MONTH_LATER,
    )
    addresses = set(re.findall(r'href="(/overview/cases/[^"]*)"', page))
    assert len(addresses) > 30
    for address in addresses:
        listed = page_of(browser, address)
        total = int(re.search(r"<h1>[^<]*?(\d+)[^<\d]*</h1>", listed)[1])
        assert total == len(cases_in(listed)), address
        code = re.search(r"of=(\w+)", address)[1]
        if code in CATALOGUE and "area=" not in address:
            figure = found.figures[code]
            part = re.search(r"part=(\w+)", address)
            wanted = {"denominator": figure.denominator, "rest": figure.rest}
            assert total == wanted.get(part[1] if part else "", figure.numerator), address


def test_a_figure_is_never_alone(cast, march, signed_in):
    page = page_of(signed_in(cast.shen), f"/overview/?{MONTH}&show=closing_rate")
    assert "90.91 %" in page  # 10 of 11
    assert "翠园" in page
    assert "第一网格" in page
    assert re.findall(r'"tone": ?(\d)', page) == ["4", "0"]  # all of nine, and half of two


@pytest.mark.parametrize("period", ["week", "quarter", "year", "custom", "nonsense"])
def test_any_span_of_days_may_be_asked_for(cast, march, signed_in, period):
    browser = signed_in(cast.shen)
    for rest in ("", "&from=2026-03-10&until=2026-03-01", "&from=x&until=", "&day=0001-01-01"):
        page_of(browser, f"/overview/?period={period}{rest}")


def test_nothing_counted_shows_dashes_and_says_what_to_do(cast, clock, signed_in):
    page = page_of(signed_in(cast.shen), "/overview/?period=year&day=2020-01-01")
    assert "100" not in re.sub(r"<head>.*?</head>", "", page, flags=re.DOTALL)
    assert "—" in page
    listed = page_of(signed_in(cast.shen), "/overview/cases/?of=disputes")
    assert 'class="empty-state"' in listed


@pytest.mark.parametrize("who", ["chen", "xu", "wang", "fang", "nobody_yet"])
def test_there_is_no_overview_for_others(cast, march, signed_in, who):
    browser = signed_in(getattr(cast, who))
    for address in ("/overview/", "/overview/cases/?of=received", "/overview/export/"):
        assert browser.get(address).status_code == 404
    assert browser.post("/overview/cases/export/", {"of": "received"}).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/overview/?place={place}",
        "/overview/cases/?of=received&place={place}",
        "/overview/export/?place={place}",
        "/overview/cases/?of=nothing",
        "/overview/cases/?of=received&part=rest",
    ],
)
def test_what_lies_elsewhere_or_is_no_figure_is_not_there(cast, march, signed_in, address):
    outsider = signed_in(cast.outsider)
    assert outsider.get(address.format(place=cast.community.pk)).status_code == 404


def test_staff_do_not_learn_how_many_referrals_there_are(cast, march, signed_in):
    browser = signed_in(cast.zhou_min)
    assert "of=referrals" not in page_of(browser, f"/overview/?{MONTH}")
    assert browser.get(f"/overview/cases/?of=referrals&{MONTH}").status_code == 404
    assert "of=referrals" in page_of(signed_in(cast.shen), f"/overview/?{MONTH}")


def test_the_export_of_cases_holds_exactly_what_is_listed_and_leaves_a_trace(
    cast, march, signed_in
):
    browser = signed_in(cast.shen)
    asked = {"of": "closing_rate", "part": "denominator", "period": "month", "day": "2026-03-01"}
    listed = page_of(browser, "/overview/cases/?" + "&".join(f"{a}={b}" for a, b in asked.items()))
    answer = browser.post("/overview/cases/export/", asked)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) - 1 == len(cases_in(listed)) == 11
    assert Event.objects.get(name="matters.exported").facts["matters"] == 11


def test_the_figures_leave_as_a_workbook_without_names_of_people(cast, march, signed_in):
    answer = signed_in(cast.shen).get(f"/overview/export/?{MONTH}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    cells = [
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    ]
    assert "90.91 %" in cells
    assert not {"周敏", "许中杰", "老陈", "张三"} & set(cells)


def test_cases_follow_each_other_page_by_page(cast, march, signed_in, monkeypatch):
    monkeypatch.setattr("linli.web.overview.PAGE_SIZE", 5)
    browser = signed_in(cast.shen)
    address = f"/overview/cases/?of=received&{MONTH}"
    seen: list[int] = []
    while address:
        page = page_of(browser, address)
        seen += sorted(cases_in(page), reverse=True)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/overview/cases/" + older[1] if older else ""
    assert len(seen) == len(set(seen)) == 17
    assert seen == sorted(seen, reverse=True)


def test_the_number_of_queries_stays_the_same(
    cast, march, signed_in, django_assert_max_num_queries
):
    browser = signed_in(cast.shen)
    browser.get("/overview/")
    # 21 count, each by an index of its own moment; see linli/insight/tests/test_count.py.
    with django_assert_max_num_queries(35):
        browser.get(f"/overview/?{MONTH}")
    with django_assert_max_num_queries(17):
        browser.get(f"/overview/cases/?of=received&{MONTH}")


def test_the_rate_says_which_weights_it_used_and_since_when(cast, clock, signed_in):
    browser = signed_in(cast.shen)
    assert "通行算法" in browser.get("/overview/").content.decode()
    reference.set_rate_weights(
        community_id=cast.community.pk,
        from_date=NOW.date(),
        satisfied=1_000,
        basically_satisfied=600,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    page = browser.get("/overview/").content.decode()
    assert "满意按 1 计，基本满意按 0.6 计，自 2026-03-04 起。" in page
