"""The desk's queue: who opens it, what each view holds, filter, paging, export, queries."""

import io
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from linli.core.models import Event
from linli.matters import services
from linli.matters.models import Matter, SavedView
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import State
from linli.territory.queries import locate
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SHOWN = {"shen", "zhou_min", "zhou_ning", "fang", "gu", "li"}
ADDRESSES = ("/desk/", "/desk/new/", "/desk/new/spots/", "/desk/export/", "/desk/views/")


def titles(answer):
    return [matter.pk for matter in answer.context["matters"]]


@pytest.mark.parametrize("who", ["xu", "wang", "chen", "qian", "ma", "nobody_yet"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_the_desk_does_not_exist_for_those_who_do_not_work_there(who, address, cast, signed_in):
    browser = signed_in(getattr(cast, who))
    assert browser.get(address).status_code in (404, 405)
    assert browser.post(address).status_code in (404, 405)
    assert browser.get("/desk/").status_code == 404


def test_another_community_sees_its_own_queue_and_nothing_of_ours(cast, signed_in):
    stage = stage_at(cast, State.REPORTED)
    browser = signed_in(cast.outsider)
    assert titles(browser.get("/desk/?view=all")) == []
    assert browser.get(f"/desk/{stage.id}/").status_code == 404
    assert titles(browser.get(f"/desk/?q={stage.id}")) == []


@pytest.mark.parametrize(
    ("view", "state"),
    [
        ("accept", State.REPORTED),
        ("dispatch", State.ACCEPTED),
        ("judge", State.OBJECTED),
        ("returned", State.RETURNED),
        ("verify", State.RESOLVED),
        ("rework", State.REWORK),
    ],
)
def test_each_view_holds_what_waits_for_it(view, state, cast, signed_in):
    waiting = stage_at(cast, state)
    stage_at(cast, State.PAUSED)
    answer = signed_in(cast.zhou_min).get(f"/desk/?view={view}")
    assert titles(answer) == [waiting.id]
    here = next(one for one in answer.context["views"] if one["is_here"])
    assert (here["code"], here["count"]) == (view, 1)


def test_it_opens_on_what_is_the_desks_to_do_the_nearest_deadline_first(cast, signed_in):
    late = stage_at(cast, State.RESOLVED)
    Matter.objects.filter(pk=late.id).update(due_at=NOW + timedelta(hours=1))
    new = stage_at(cast, State.REPORTED)
    Matter.objects.filter(pk=new.id).update(due_at=NOW + timedelta(hours=2))
    asked = stage_at(cast, State.TAKEN)
    services.ask_time(
        matter_id=asked.id,
        actor=cast.actor(cast.chen),
        at=NOW,
        kind="EXTENSION",
        amount=1,
        reason="缺件",
    )
    Matter.objects.filter(pk=asked.id).update(due_at=NOW + timedelta(hours=3))
    stage_at(cast, State.DISPATCHED)
    browser = signed_in(cast.zhou_min)
    assert titles(browser.get("/desk/")) == [late.id, new.id, asked.id]
    assert titles(browser.get("/desk/?view=time")) == [asked.id]


def test_overdue_counts_only_where_the_clock_runs(cast, signed_in):
    late, paused = stage_at(cast, State.TAKEN), stage_at(cast, State.PAUSED)
    Matter.objects.filter(pk__in=[late.id, paused.id]).update(due_at=NOW - timedelta(days=1))
    assert titles(signed_in(cast.zhou_min).get("/desk/?view=overdue")) == [late.id]


def test_restricted_matters_are_listed_only_for_those_in_charge(cast, signed_in):
    secret = reported(cast, category_id=cast.referral.pk, text="独居老人需要照护").matter
    for who, sees in (("shen", True), ("fang", True), ("zhou_min", False), ("gu", False)):
        answer = signed_in(getattr(cast, who)).get("/desk/?view=restricted")
        assert (secret.pk in titles(answer)) is sees, who
        assert ("受限" in answer.content.decode()) is sees, who
        assert (signed_in(getattr(cast, who)).get(f"/desk/{secret.pk}/").status_code == 200) is sees


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=REPORTED", {"near", "far"}),
        ("state=ACCEPTED", {"accepted"}),
        ("kind=HAZARD", {"far"}),
        ("category={hazard}", {"far"}),
        ("grid={grid}", {"near", "accepted"}),
        ("grid={other_grid}", {"far"}),
        ("estate={other_estate}", {"far"}),
        ("estate={estate}&building={building}", {"near", "accepted"}),
        ("channel=WEB", {"near", "far", "accepted"}),
        ("channel=PHONE", set()),
        ("level={home_level}", {"near", "accepted"}),
        ("since=2026-03-05", set()),
        ("until=2026-03-04", {"near", "far", "accepted"}),
        ("overdue=1", set()),
        ("q=脱落", {"far"}),
        ("q=13812348000", {"near", "far", "accepted"}),
        ("q=13900000000", set()),
        ("grid=x&state=NONSENSE&since=never", {"near", "far", "accepted"}),
        ("grid=99999999999999999999", {"near", "far", "accepted"}),
    ],
)
def test_a_filter_narrows_the_list(query, found, cast, signed_in):
    known = {
        "near": reported(cast).matter.pk,
        "far": reported(
            cast,
            category_id=cast.hazard.pk,
            text="外墙脱落",
            location=locate(building_id=cast.far_building.pk),
        ).matter.pk,
        "accepted": stage_at(cast, State.ACCEPTED).id,
    }
    keys = {
        name: getattr(cast, name).pk
        for name in (
            "hazard",
            "grid",
            "other_grid",
            "estate",
            "other_estate",
            "building",
            "home_level",
        )
    }
    answer = signed_in(cast.zhou_min).get("/desk/?view=all&" + query.format(**keys))
    assert set(titles(answer)) == {known[name] for name in found}


def test_the_number_and_the_tracking_code_find_one_matter(cast, signed_in):
    first, second = reported(cast), reported(cast)
    browser = signed_in(cast.zhou_min)
    assert titles(browser.get(f"/desk/?q=2026-{first.matter.pk}")) == [first.matter.pk]
    assert titles(browser.get(f"/desk/?q={second.tracking_code}")) == [second.matter.pk]


# --- Paging and queries ------------------------------------------------------------------------


def many(cast, total):
    model = reported(cast).matter
    Matter.objects.bulk_create(
        Matter(
            **{
                field.attname: getattr(model, field.attname)
                for field in Matter._meta.concrete_fields
                if field.attname not in ("id", "submission_key", "trace")
            },
            submission_key=uuid.uuid4(),
        )
        for _ in range(total - 1)
    )


def queries_of(browser, address, **headers):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    tables = ("matters_", "territory_", "people_organisation")
    return [one["sql"] for one in seen if any(f'"{name}' in one["sql"] for name in tables)], seen


def test_rows_cost_the_same_few_queries_however_many_there_are(cast, signed_in):
    many(cast, 3)
    browser = signed_in(cast.zhou_min)
    browser.get("/desk/")
    few, _all = queries_of(browser, "/desk/?view=all&after=", **{"HX-Request": "true"})
    page, _all = queries_of(browser, "/desk/?view=all")
    many(cast, 60)
    more, _all = queries_of(browser, "/desk/?view=all&after=", **{"HX-Request": "true"})
    full, everything = queries_of(browser, "/desk/?view=all")
    assert len(more) == len(few)
    assert len(full) == len(page)
    rows = [sql for sql in full if 'FROM "matters_matter"' in sql]
    assert len(rows) <= 8
    assert len(everything) <= 25


def test_pages_follow_one_another_without_a_gap_or_a_double(cast, signed_in):
    many(cast, 120)
    browser = signed_in(cast.zhou_min)
    for view in ("all", "open"):
        seen, after = [], ""
        for _page in range(3):
            answer = browser.get("/desk/", {"view": view, "after": after})
            seen += titles(answer)
            after = answer.context["next_after"]
        assert after is None
        assert len(seen) == len(set(seen)) == 120


def test_the_next_rows_come_as_a_fragment(cast, signed_in):
    many(cast, 60)
    browser = signed_in(cast.zhou_min, headers={"HX-Request": "true"})
    first = browser.get("/desk/?view=all&after=")
    after = first.context["next_after"]
    answer = browser.get("/desk/", {"view": "all", "after": after})
    assert "<html" not in answer.content.decode()
    assert len(titles(answer)) == 10


# --- Views and export --------------------------------------------------------------------------


def test_somebody_keeps_a_view_and_drops_it_and_nobody_else_can(cast, signed_in):
    browser = signed_in(cast.zhou_min)
    browser.post("/desk/views/", {"name": "翠园的", "estate": cast.estate.pk, "view": "open"})
    view = SavedView.objects.get()
    assert view.query == f"view=open&estate={cast.estate.pk}"
    assert "翠园的" in browser.get("/desk/").content.decode()
    other = signed_in(cast.zhou_ning)
    assert "翠园的" not in other.get("/desk/").content.decode()
    assert other.post(f"/desk/views/{view.pk}/delete/").status_code == 404
    assert browser.post(f"/desk/views/{view.pk}/delete/").status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name(cast, signed_in):
    browser = signed_in(cast.zhou_min)
    answer = browser.post("/desk/views/", {"name": " 。", "view": "open"}, follow=True)
    assert "请给视图起个名字" in answer.content.decode()
    assert not SavedView.objects.exists()


def test_the_export_holds_exactly_what_is_shown_and_is_written_down(cast, signed_in):
    shown = reported(cast, text="=HYPERLINK(1) 路灯坏了 13812348000").matter
    stage_at(cast, State.ACCEPTED)
    reported(cast, category_id=cast.referral.pk, text="独居老人需要照护")
    browser = signed_in(cast.zhou_min)
    answer = browser.post("/desk/export/", {"view": "all", "state": "REPORTED", "q": "路灯"})
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert rows[1][0] == f"2026-{shown.pk}"
    assert rows[1][-1].startswith("=HYPERLINK(1)")
    assert "13812348000" not in str(rows)
    event = Event.objects.get(name="matters.exported")
    assert event.facts == {
        "filter": {"view": "all", "state": "REPORTED"},
        "matters": 1,
        "searched": True,
    }
    assert event.actor == f"account:{cast.zhou_min.pk}"


def test_restricted_matters_leave_only_with_those_in_charge(cast, signed_in):
    reported(cast, category_id=cast.referral.pk, text="独居老人需要照护")
    for who, rows_total in (("zhou_min", 1), ("shen", 2)):
        answer = signed_in(getattr(cast, who)).post("/desk/export/", {"view": "all"})
        book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
        assert len(book.get_sheet_by_index(0).to_python()) == rows_total, who


def test_what_is_searched_for_by_a_stranger_finds_nothing_here(cast, signed_in):
    reported(cast)
    assert titles(signed_in(cast.outsider).get("/desk/?q=13812348000")) == []


def test_a_list_too_long_for_one_workbook_is_refused_rather_than_cut(cast, signed_in, monkeypatch):
    for _ in range(3):
        reported(cast)
    monkeypatch.setattr("linli.web.desk.queue.EXPORT_MAX", 2)
    answer = signed_in(cast.zhou_min).post("/desk/export/", {})
    assert answer.status_code == 409
    assert "请缩小筛选范围" in answer.content.decode()


# --- Search, and what the list costs -----------------------------------------------------------


def test_a_single_character_gets_a_sentence_and_no_fault(cast, signed_in):
    reported(cast)
    answer = signed_in(cast.zhou_min).get("/desk/", {"q": "灯"})
    assert titles(answer) == []
    assert "请至少输入两个字" in answer.content.decode()


def test_nobody_counts_beyond_a_thousand(cast, signed_in, monkeypatch):
    for _ in range(3):
        reported(cast)
    for module in ("linli.matters.queries.paging", "linli.matters.queries"):
        monkeypatch.setattr(f"{module}.COUNT_MOST", 2)
    answer = signed_in(cast.zhou_min).get("/desk/?view=accept")
    here = next(one for one in answer.context["views"] if one["is_here"])
    assert here["figure"] == "2+"


@pytest.mark.parametrize("query", ["", "路灯"])
def test_more_rows_cost_eight_statements_and_the_whole_page_seventeen(query, cast, signed_in):
    for _ in range(60):
        reported(cast)
    browser = signed_in(cast.zhou_min)
    address = f"/desk/?view=all&q={query}"
    after = browser.get(address).context["next_after"]
    for asked_for, headers, most in (
        (f"{address}&after={after}", {"hx-request": "true"}, 8),
        (address, {}, 17),
    ):
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(asked_for, headers=headers).status_code == 200
        sent = [one["sql"] for one in seen if "SAVEPOINT" not in one["sql"]]
        assert len(sent) <= most, sent
