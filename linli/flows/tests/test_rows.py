"""The rows of the communities' own articles that matters stand for, walked with their numbers.

Each test is named by the row's id. Source: the mission's capabilities, built from five articles.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from linli.core.attachments import attachments_of
from linli.core.models import Event
from linli.core.ref import Ref
from linli.flows.packs import load_pack
from linli.insight import queries as insight
from linli.insight.indicators import PEACE
from linli.insight.periods import PeriodKind, period_of
from linli.matters import queries, registers, services
from linli.matters.models import Category, Level, Matter, Note, Problem, Rating
from linli.matters.registers import ProblemFilter
from linli.matters.services import ReporterInput
from linli.matters.tests.stages import Stage, a_report, reported, stage_at
from linli.matters.workflow import Channel, Kind, State
from linli.people.models import Account
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FUDONG = Path(__file__).parents[3] / "packs" / "fudong"
SignedIn = Callable[..., Client]


def overview_of(cast: Cast, who: str = "shen", *, area_id: int | None = None) -> Any:
    """Return the month's figures as somebody sees them at its end."""
    at = NOW + timedelta(days=26)
    actor = cast.actor(getattr(cast, who), at=at)
    place = insight.get_place(actor=actor, area_id=area_id or cast.community.pk)
    period = period_of(kind=PeriodKind.MONTH, day=NOW.date())
    return insight.overview(actor=actor, place=place, period=period, at=at)


def text_of(answer: Any) -> str:
    """Return a page's words without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- 府东 ---------------------------------------------------------------------------------------


def test_fd_04_the_quilt_goes_from_patrol_to_rating_with_its_people_and_photos(
    signed_in: SignedIn,
) -> None:
    load_pack(path=FUDONG, at=NOW)
    quilt = Matter.objects.get(title="桃溪新村中心绿地晾晒棉被")
    assert (quilt.kind, quilt.channel, quilt.state) == (
        Kind.PATROL_FINDING,
        Channel.FIELD,
        State.CLOSED,
    )
    assert quilt.notes.get(kind=Note.Kind.ADVICE).text  # advised on the spot
    found = attachments_of(subject=Ref(queries.SUBJECT, quilt.pk))
    assert sorted(one.purpose for one in found) == ["REPORT", "RESULT"]
    order = quilt.order
    assert order is not None
    assert order.organisation is not None
    assert order.organisation.kind == "PROPERTY_COMPANY"
    reporter = quilt.reporters.get().account_id
    people = {reporter, quilt.accepted_by_id, order.resolved_by_id, quilt.verified_by_id}
    assert None not in people
    assert quilt.verified_by_id != order.resolved_by_id
    assert Rating.objects.get(reporter__matter=quilt).solved
    names = list(Event.objects.filter(trace=quilt.trace).values_list("name", flat=True))
    for step in ("reported", "accepted", "dispatched", "taken", "resolved", "verified", "rated"):
        assert f"matters.{step}" in names
    secretary = Account.objects.get(roles__name="SECRETARY", roles__area=quilt.community)
    Account.objects.update(must_change_password=False)
    page = signed_in(secretary).get(f"/trace/{quilt.trace}/")
    assert page.status_code == 200
    assert all(str(photo.token) in page.content.decode() for photo in found)


def test_fd_06_the_agenda_is_drawn_from_what_is_open(cast: Cast, signed_in: SignedIn) -> None:
    open_ones = {
        stage_at(cast, state).id for state in (State.REPORTED, State.TAKEN, State.RETURNED)
    }
    settled = {stage_at(cast, state).id for state in (State.CLOSED, State.DECLINED)}
    hidden = reported(cast, category_id=cast.referral.pk).matter.pk
    browser = signed_in(cast.shen)
    page = browser.get("/lists/meetings/new/").content.decode()
    offered = {int(key) for key in re.findall(r'name="matter" value="(\d+)"', page)}
    assert offered == open_ones
    assert not offered & (settled | {hidden})
    made = browser.post(
        "/lists/meetings/new/",
        {"name": "例会", "held_on": "2026-03-06", "matter": sorted(offered)},
    )
    sheet = cast.community.meeting_sheets.get()  # type: ignore[attr-defined]
    assert made["Location"] == f"/lists/meetings/{sheet.pk}/"
    assert {item.matter_id for item in sheet.items.all()} == open_ones
    # The next sheet begins with what this one left unsettled.
    left = registers.unsettled_of_last_sheet(
        actor=cast.actor(cast.shen), community_id=cast.community.pk
    )
    assert {matter.pk for matter in left} == open_ones


def test_fd_09_one_page_tells_from_the_need_to_the_solution(
    cast: Cast, signed_in: SignedIn
) -> None:
    stage = stage_at(cast, State.VERIFIED)
    stage.rate()
    words = text_of(signed_in(cast.shen).get(f"/trace/{stage.matter.trace}/"))
    places = [
        words.rindex(part)
        for part in ("上报（网页）", "受理", "派单给安居物业", "已更换灯泡", "核查通过", "结案")
    ]
    assert places == sorted(places)  # found in the grid, met by a unit, solved: oldest first


# --- 江湾 ---------------------------------------------------------------------------------------


def test_jw_07_what_a_patrol_finds_becomes_a_matter_and_is_put_right(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser = signed_in(cast.xu)
    for text, category in (("绿篱上晾着被子", cast.disorder), ("外墙砖快掉了", cast.hazard)):
        form = {
            "submission_key": f"00000000-0000-4000-8000-{category.pk:012d}",
            "text": text,
            "place_ref": f"BUILDING:{cast.building.pk}",
            "category": category.pk,
        }
        answer = browser.post("/field/report/", form)
        assert answer.status_code == 302, text_of(answer)
    found = Matter.objects.order_by("id")
    assert [(one.kind, one.channel) for one in found] == [
        (Kind.PATROL_FINDING, Channel.FIELD),
        (Kind.HAZARD, Channel.FIELD),
    ]
    assert {one.state for one in found} == {State.REPORTED}
    assert {one.grid for one in found} == {cast.grid}


# --- 南湾 ---------------------------------------------------------------------------------------


def test_nw_09_five_safety_kinds_are_counted_apart(cast: Cast, signed_in: SignedIn) -> None:
    order = cast.disorder
    Category.objects.filter(pk=order.pk).update(kind=Kind.PUBLIC_ORDER)
    reported(cast)  # a plain request is none of the five
    wanted = {
        "hazards": (cast.hazard, 5),
        "public_order": (order, 4),
        "disputes": (cast.dispute, 3),
        "questions": (cast.question, 2),
        "referrals": (cast.referral, 6),
    }
    for category, many in wanted.values():
        for _ in range(many):
            reported(cast, category_id=category.pk)
    figures = overview_of(cast).figures
    assert tuple(wanted) == PEACE
    assert {code: figures[code].numerator for code in PEACE} == {
        code: many for code, (_category, many) in wanted.items()
    }
    # Referrals are in no other figure, and do not exist for those not in charge.
    assert figures["received"].numerator == 1 + 5 + 4 + 3 + 2
    assert "referrals" not in overview_of(cast, "zhou_min").figures
    referral = Matter.objects.filter(kind=Kind.REFERRAL).first()
    assert referral is not None
    assert referral.is_restricted
    for who, status in (("shen", 200), ("fang", 200), ("zhou_min", 404), ("xu", 404)):
        page = signed_in(getattr(cast, who)).get(f"/trace/{referral.trace}/")
        assert page.status_code == status, who
    assert (
        registers.list_problem_lists(actor=cast.actor(cast.shen), community_id=cast.community.pk)
        == []
    )


# --- 凌波 ---------------------------------------------------------------------------------------


def test_lb_03_three_levels_each_with_its_limit_and_its_rate(cast: Cast) -> None:
    levels = [cast.home_level, cast.grid_level, cast.net_level]
    limits = [(one.name, one.clock, one.amount) for one in levels]
    assert [name for name, _clock, _amount in limits] == ["小事不出户", "琐事不出格", "大事不出网"]
    assert all(amount > 0 for _name, _clock, amount in limits)
    assert Level.objects.filter(community=cast.community).count() == 3

    def settle(matter: Matter) -> None:
        given = {"matter_id": matter.pk, "at": NOW + timedelta(days=20)}
        services.settle(actor=cast.actor(cast.zhou_min), note="办好了", **given)
        services.verify(actor=cast.actor(cast.zhou_ning), **given)

    # Ten reach the household level; six are settled there, three in the grid, one in the network.
    matters = [reported(cast).matter for _ in range(10)]
    for matter in matters[:6]:
        settle(matter)
    for settled in (matters[6:9], matters[9:]):
        waiting = Matter.objects.get(pk=settled[0].pk)
        assert waiting.level_due_at is not None
        services.escalate_overdue(at=waiting.level_due_at)
        for matter in settled:
            settle(matter)
    rates = {one.level.name: one for one in overview_of(cast).levels}
    assert {name: (one.settled, one.reached) for name, one in rates.items()} == {
        "小事不出户": (6, 10),
        "琐事不出格": (3, 4),
        "大事不出网": (1, 1),
    }
    assert [one.text for one in rates.values()] == ["60.00 %", "75.00 %", "100.00 %"]


def test_lb_04_nothing_is_recorded_twice(cast: Cast, signed_in: SignedIn) -> None:
    report = a_report(
        cast,
        category_id=cast.hazard.pk,
        channel=Channel.FIELD,
        reporter=ReporterInput(),
        location=locate(building_id=cast.building.pk),
    )
    xu = cast.actor(cast.xu)
    first = services.report(report=report, actor=xu, at=NOW)
    again = services.report(report=report, actor=xu, at=NOW)  # sent twice, kept once
    assert (again.is_new, again.matter) == (False, first.matter)
    reported(cast, category_id=cast.dispute.pk)
    assert Matter.objects.count() == 2
    # One entry stands in the grid's, the community's and the subdistrict's view, never copied.
    for who, area in (("li", cast.grid), ("shen", cast.community), ("gu", cast.subdistrict)):
        figures = overview_of(cast, who, area_id=area.pk).figures
        assert (figures["received"].numerator, figures["hazards"].numerator) == (2, 1), who
        assert figures["disputes"].numerator == 1, who
    for who, path in (("xu", f"/field/matters/{first.matter.pk}/"), ("shen", "/desk/?view=all")):
        page = signed_in(getattr(cast, who)).get(path)
        assert page.status_code == 200
        assert first.matter.title in page.content.decode()
    # A neighbour's report of the same thing is merged and counts once as something to be done.
    copy = services.report(
        report=a_report(cast, category_id=cast.hazard.pk), actor=xu, at=NOW
    ).matter
    desk = cast.actor(cast.zhou_min)
    services.merge(matter_id=copy.pk, into_id=first.matter.pk, actor=desk, at=NOW)
    assert overview_of(cast).figures["open"].numerator == 2


# --- 台城 ---------------------------------------------------------------------------------------


def test_tc_09_a_list_of_128_problems_is_closed_one_by_one_with_evidence(
    cast: Cast, signed_in: SignedIn
) -> None:
    texts = ("停车位被占", "电动车没处充电", "晾晒没地方", "老人接种不便")
    stages = [Stage(cast, text=f"{texts[place % 4]}（{place}）") for place in range(128)]
    shen, browser = cast.actor(cast.shen), signed_in(cast.shen)
    wanted = services.open_problem_list(
        community_id=cast.community.pk, name="急难愁盼", actor=shen, at=NOW
    )
    for begin in (0, 64):  # as many as a meeting hands in at a time
        services.add_problems(
            problem_list_id=wanted.pk,
            matter_ids=[stage.id for stage in stages[begin : begin + 64]],
            actor=shen,
            at=NOW,
        )
    numbers = Problem.objects.filter(problem_list=wanted).order_by("number")
    assert list(numbers.values_list("number", flat=True)) == list(range(1, 129))
    for place, stage in enumerate(stages):
        for step in ("accept", "dispatch", "take", "resolve", "verify"):
            getattr(stage, step)()
        if place == 126:
            progress = registers.progress_of(actor=shen, problem_list=wanted)
            assert (progress.total, progress.closed, progress.is_done) == (128, 127, False)
    progress = registers.progress_of(actor=shen, problem_list=wanted)
    assert (progress.total, progress.closed, progress.proven) == (128, 128, 128)
    assert progress.is_done
    unproven, _key = registers.page_of_problems(
        actor=shen, problem_list=wanted, wanted=ProblemFilter(part="unproven")
    )
    assert unproven == []
    page = browser.get(f"/lists/problems/{wanted.pk}/").content.decode()
    assert 'value="128" max="128"' in page
