"""Loading a pack: once, again, changed, and with its story."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation

from linli.core.actor import NOBODY, system
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.core.models import Delivery, Event
from linli.flows.models import PackItem
from linli.flows.packs import PackFaulty, load_pack
from linli.flows.packs.memory import CHANGED, CREATED, ENDED, UNCHANGED
from linli.flows.tests.lingbo import CODE, change, write_pack
from linli.matters import reference, services
from linli.matters.models import (
    Category,
    Condition,
    Matter,
    Mediation,
    Problem,
    Rating,
    ReturnReason,
    SheetItem,
)
from linli.matters.workflow import Channel, Kind, State
from linli.notify.models import Message
from linli.people import services as people
from linli.people.models import Account, Duty, Organisation, Role
from linli.people.queries import actor_of
from linli.territory import services as territory
from linli.territory.models import Area, Building, Dwelling, Estate, Level, Poster
from linli.territory.queries import locate

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 17, 12, 0, tzinfo=SHANGHAI)
FUDONG = Path(__file__).resolve().parents[3] / "packs" / "fudong"


@pytest.fixture
def folder(tmp_path):
    return write_pack(tmp_path / "lingbo")


def row_counts():
    rooms = ("core", "territory", "people", "deliberation", "matters", "notify", "flows")
    models = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    return {model._meta.label: model._base_manager.count() for model in models}


def report_a_lamp(community, *, at, key=None):
    category = Category.objects.get(community=community, code="lamp")
    return services.report(
        report=services.Report(
            submission_key=key or uuid.uuid4(),
            community_id=community.pk,
            text="楼下的路灯不亮了",
            category_id=category.pk,
            location=locate(community_id=community.pk, place_text="楼下"),
            channel=Channel.WEB,
        ),
        actor=NOBODY,
        at=at,
    ).matter


def staff(at=AT):
    return actor_of(account=Account.objects.get(username="ganshi"), at=at)


# --- Once, and again


def test_community_of_26_estates_moves_in_from_a_pack(folder):
    load_pack(path=folder, at=AT)
    community = Area.objects.get(code=CODE)
    assert Estate.objects.filter(community=community).count() == 26
    levels = Area.objects.filter(community=community)
    assert levels.filter(level=Level.LARGE_GRID).count() == 3
    assert levels.filter(level=Level.GRID).count() == 13
    assert community.subdistrict is None
    assert community.district.name == "示例开发区"
    assert {grid.large_grid.code for grid in levels.filter(level=Level.GRID)} == {
        f"{CODE}{large}" for large in ("001", "002", "003")
    }
    assert Dwelling.objects.count() == 26 * 4
    assert all(one.grid.community == community for one in Building.objects.all())


def test_second_load_reports_all_unchanged_and_doubles_nothing(folder):
    first = load_pack(path=folder, at=AT)
    assert first.total(UNCHANGED) == 0
    before = row_counts()
    second = load_pack(path=folder, at=AT + timedelta(days=3))
    assert row_counts() == before
    assert second.total(CREATED) == second.total(CHANGED) == second.total(ENDED) == 0
    assert second.total(UNCHANGED) == first.total(CREATED)


def test_story_that_was_left_out_is_told_later(folder):
    load_pack(path=folder, at=AT, with_story=False)
    assert not Matter.objects.exists()
    report = load_pack(path=folder, at=AT)
    assert report.counts["story"][CREATED] == Matter.objects.count() == 2


def test_faulty_pack_loads_nothing_and_says_why(folder):
    line = change(folder, "matters.yaml", "3 WORKING_DAYS", "3 LUNAR_DAYS")
    before = row_counts()
    with pytest.raises(PackFaulty) as caught:
        load_pack(path=folder, at=AT)
    with translation.override("en"):
        assert f"matters.yaml:{line}: There is no clock “LUNAR_DAYS”" in str(caught.value)
    assert row_counts() == before


def test_user_name_of_somebody_else_is_refused_and_nothing_is_loaded(folder):
    people.create_account(username="shifu", name="别人", actor=system(name="test"), at=AT)
    before = row_counts()
    with translation.override("en"), pytest.raises(Refused, match="“shifu” is already somebody's"):
        load_pack(path=folder, at=AT)
    assert row_counts() == before


def test_pack_moves_into_a_community_that_was_set_up_before(folder):
    shell = system(name="test")
    made = people.set_up_community(
        code=CODE,
        name="凌波",
        upper=[],
        secretary_username="first",
        secretary_name="首任书记",
        actor=shell,
        at=AT,
        with_defaults=lambda area: reference.default_method(
            community_id=area.pk, actor=shell, at=AT
        ),
    )
    load_pack(path=folder, at=AT)
    community = Area.objects.get(code=CODE)
    assert community.pk == made.community.pk
    assert community.name == "凌波社区"
    assert Account.objects.get(username="first").is_active


# --- When the pack changes


def test_changed_limit_changes_only_new_matters(folder):
    load_pack(path=folder, at=AT, with_story=False)
    community = Area.objects.get(code=CODE)
    waiting = report_a_lamp(community, at=AT)
    old = report_a_lamp(community, at=AT)
    services.accept(matter_id=old.pk, actor=staff(), at=AT)
    old.refresh_from_db()
    due = old.due_at
    change(folder, "matters.yaml", "3 WORKING_DAYS, rework: 1", "5 CALENDAR_DAYS, rework: 2")
    report = load_pack(path=folder, at=AT, with_story=False)
    assert report.counts["category"][CHANGED] == 1
    assert report.total(CHANGED) == 1
    old.refresh_from_db()
    assert old.due_at == due
    assert (old.condition.clock, old.condition.rework_amount) == ("WORKING_DAYS", 1)
    new = report_a_lamp(community, at=AT)
    for matter in (new, waiting):
        services.accept(matter_id=matter.pk, actor=staff(), at=AT)
        matter.refresh_from_db()
    assert new.due_at == datetime(2026, 6, 23, 0, 0, tzinfo=SHANGHAI)
    assert (new.condition.clock, new.condition.rework_amount) == ("CALENDAR_DAYS", 2)
    assert waiting.due_at == due  # It was reported under the limit of that day.
    in_use = Condition.objects.filter(category__code="lamp", ended_at=None)
    assert in_use.count() == 1


def test_what_the_pack_no_longer_has_is_ended_and_nothing_is_deleted(folder):
    load_pack(path=folder, at=AT)
    people_text = (folder / "people.yaml").read_text(encoding="utf-8")
    gone = people_text[people_text.index("  - username: shifu") : people_text.index("duties:")]
    change(folder, "people.yaml", gone, "")
    change(
        folder,
        "organisations.yaml",
        "  - {code: chengguan, name: 示例城管, kind: DEPARTMENT}\n",
        "",
    )
    change(folder, "matters.yaml", "  - {code: private-part, name: 专有部分}\n", "  []\n")
    change(folder, "matters.yaml", "return_reasons:\n  []", "return_reasons: []")
    change(folder, "territory.yaml", "  - {place: gate}\n", "")
    write_pack(
        folder,
        story=None,
        **{
            name: (folder / f"{name}.yaml").read_text(encoding="utf-8")
            for name in ("people", "organisations", "matters", "territory")
        },
    )
    later = AT + timedelta(days=1)
    before = row_counts()
    report = load_pack(path=folder, at=later)
    ended = {kind: counts[ENDED] for kind, counts in report.counts.items() if counts[ENDED]}
    assert ended == {"role": 1, "account": 1, "organisation": 1, "poster": 1, "return_reason": 1}
    assert report.kept == []
    after = row_counts()
    assert all(after[label] >= count for label, count in before.items())
    assert not Account.objects.get(username="shifu").is_active
    assert Organisation.objects.get(code="chengguan").ended_at == later
    assert ReturnReason.objects.get(code="private-part").ended_at == later
    assert Poster.objects.filter(withdrawn_at=later).count() == 1
    assert Matter.objects.count() == 2
    assert load_pack(path=folder, at=later).total(ENDED) == 0


def test_what_did_not_come_from_the_pack_is_left_alone(folder):
    load_pack(path=folder, at=AT, with_story=False)
    community = Area.objects.get(code=CODE)
    shell = system(name="test")
    people.create_organisation(
        community_id=community.pk, name="后来的单位", kind="LOCAL_UNIT", actor=shell, at=AT
    )
    secretary = Account.objects.get(username="shuji")
    people.edit_account(account_id=secretary.pk, name="改过的名字", actor=shell, at=AT)
    load_pack(path=folder, at=AT, with_story=False)
    assert Organisation.objects.get(name="后来的单位").ended_at is None
    secretary.refresh_from_db()
    assert secretary.name == "改过的名字"  # The pack says what it said before.


def test_what_comes_back_into_the_pack_is_in_use_again(folder):
    load_pack(path=folder, at=AT, with_story=False)
    text = (folder / "people.yaml").read_text(encoding="utf-8")
    start = text.index("  - username: shifu")
    without = text[:start] + text[text.index("duties:") :]
    (folder / "people.yaml").write_text(without, encoding="utf-8")
    write_pack(folder, people=without, story=None)
    load_pack(path=folder, at=AT + timedelta(days=1))
    write_pack(folder, people=text, story=None)
    load_pack(path=folder, at=AT + timedelta(days=2))
    account = Account.objects.get(username="shifu")
    assert account.is_active
    assert Role.objects.filter(account=account, until_date=None).exists()


def without_the_last_grid(folder: Path) -> None:
    """Take grid 003005 out of the pack, with the two estates that stand in it."""
    text = (folder / "territory.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if '"003005"' not in line]
    for estate in ("E13", "E26"):
        number = next(at for at, line in enumerate(lines) if f"code: {estate}" in line)
        del lines[number : number + 3]
    (folder / "territory.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    maps = (folder / "grids.geojson").read_text(encoding="utf-8").splitlines()
    kept = [line for line in maps if '"003005"' not in line]
    kept[-2] = kept[-2].rstrip(",")
    (folder / "grids.geojson").write_text("\n".join(kept), encoding="utf-8")


def test_grid_that_is_gone_ends_with_what_stood_in_it(folder):
    load_pack(path=folder, at=AT, with_story=False)
    without_the_last_grid(folder)
    report = load_pack(path=folder, at=AT, with_story=False)
    assert report.kept == []
    assert [report.counts[kind][ENDED] for kind in ("building", "estate", "grid")] == [2, 2, 1]
    assert Area.objects.get(code=f"{CODE}003005").ended_at == AT
    assert Estate.objects.filter(ended_at=AT).count() == 2


def test_building_where_a_matter_is_open_is_kept_and_named_with_its_grid(folder):
    load_pack(path=folder, at=AT, with_story=False)
    community = Area.objects.get(code=CODE)
    matter = report_a_lamp(community, at=AT)
    building = Building.objects.get(estate__code="E13")
    Matter.objects.filter(pk=matter.pk).update(building=building, estate=building.estate)
    without_the_last_grid(folder)
    report = load_pack(path=folder, at=AT, with_story=False)
    assert [(kind, code) for kind, code, _why in report.kept] == [
        ("building", "E13/1"),
        ("estate", "E13"),
        ("grid", "003005"),
    ]
    assert "1" in report.kept[0][2]
    assert Area.objects.get(code=f"{CODE}003005").ended_at is None


def test_changes_of_every_kind_are_written(folder):
    load_pack(path=folder, at=AT, with_story=False)
    change(folder, "territory.yaml", "name: 小区1\n", "name: 小区一\n")
    change(
        folder,
        "territory.yaml",
        '{code: "002001", name: 网格002001}',
        '{code: "002001", name: 西网格}',
    )
    change(folder, "territory.yaml", "name: 东门", "name: 东大门")
    change(folder, "organisations.yaml", "[E01, E02]", "[E03]")
    change(folder, "people.yaml", "name: 示例师傅", "name: 张师傅")
    change(folder, "people.yaml", "+1d 08:00", "+1d 09:00")
    change(folder, "matters.yaml", "2 WORKING_DAYS}", "3 WORKING_DAYS}")
    change(folder, "matters.yaml", "name: 专有部分", "name: 业主专有部分")
    change(folder, "pack.yaml", 'version: "1"', 'version: "2"')
    report = load_pack(path=folder, at=AT, with_story=False)
    changed = {kind: counts[CHANGED] for kind, counts in report.counts.items() if counts[CHANGED]}
    assert changed == dict.fromkeys(
        ("estate", "grid", "place", "organisation", "account", "duty", "levels",
         "return_reason", "profile"), 1
    )  # fmt: skip
    community = Area.objects.get(code=CODE)
    assert community.profile.method_version == "2"
    assert Area.objects.get(code=f"{CODE}002001").name == "西网格"
    served = Organisation.objects.get(code="wuye").estates.values_list("code", flat=True)
    assert list(served) == ["E03"]
    assert Duty.objects.count() == 1


# --- The story


def test_story_is_replayed_through_the_services(folder):
    load_pack(path=folder, at=AT)
    lamp, again = Matter.objects.order_by("id")
    assert lamp.state == State.CLOSED
    assert lamp.reported_at == AT.replace(day=12, hour=9)
    assert Rating.objects.get(reporter__matter=lamp).satisfaction == "SATISFIED"
    assert again.state == State.REPORTED
    assert again.building.estate.code == "E01"
    names = Event.objects.filter(trace=lamp.trace).order_by("id").values_list("name", flat=True)
    assert [name.removeprefix("matters.") for name in names] == [
        "reported", "accepted", "dispatched", "taken", "resolved", "verified", "rated", "closed",
        "listed",
    ]  # fmt: skip
    assert list(Problem.objects.order_by("number").values_list("matter_id", flat=True)) == [
        lamp.pk,
        again.pk,
    ]
    assert SheetItem.objects.get().note.text == "请物业本周查线路。"
    assert not Delivery.objects.exclude(state="DONE").exists()


def test_story_refused_by_a_service_names_its_line(folder):
    text = "note: 已换灯。"
    line = change(folder, "story.yaml", text, "note: 。。。")
    with translation.override("en"):
        with pytest.raises(Refused) as caught:
            load_pack(path=folder, at=AT)
        assert str(caught.value).startswith(f"story.yaml:{line}: “lamp”: Please say in words")
    assert not Area.objects.exists()


def test_fudong_tells_nine_weeks_of_its_own():
    load_pack(path=FUDONG, at=AT)
    community = Area.objects.get(name="府东社区")
    grids = Area.objects.filter(community=community, level=Level.GRID)
    assert grids.count() == 6
    assert Building.objects.values("grid").distinct().count() == 6
    matters = Matter.objects.all()
    assert set(matters.values_list("state", flat=True)) == set(State)
    assert set(matters.values_list("kind", flat=True)) == set(Kind)
    assert set(Role.objects.values_list("name", flat=True)) == set(Role.Name.values)
    assert matters.filter(round=2, state=State.CLOSED).exists()
    assert matters.filter(round=2, state=State.REWORK).exists()
    assert matters.filter(hotline_number__gt="").count() == 2
    assert Mediation.objects.filter(outcome="AGREED").exists()
    assert Problem.objects.count() == 10
    overdue = matters.filter(state=State.TAKEN, due_at__lt=AT, overdue_told_at__isnull=False)
    assert overdue.exists()
    unread = Message.objects.filter(read_at__isnull=True)
    assert not unread.filter(created_at__lt=AT - timedelta(days=2)).exists()
    assert not Delivery.objects.filter(state="DEAD").exists()
    before = row_counts()
    assert load_pack(path=FUDONG, at=AT + timedelta(hours=5)).total(CREATED) == 0
    assert row_counts() == before
    quilt_goes_the_whole_way()
    nobody_answered_and_it_climbed()


def quilt_goes_the_whole_way():
    quilt = Matter.objects.get(title="桃溪新村中心绿地晾晒棉被")
    assert (quilt.kind, quilt.state) == (Kind.PATROL_FINDING, State.CLOSED)
    assert quilt.notes.filter(kind="ADVICE").count() == 1
    assert quilt.order.organisation.kind == "PROPERTY_COMPANY"
    assert quilt.verified_by_id != quilt.order.resolved_by_id
    assert Rating.objects.get(reporter__matter=quilt).solved


def nobody_answered_and_it_climbed():
    bench = Matter.objects.get(text__startswith="1幢门口的长椅")
    assert bench.state == State.REPORTED
    assert bench.level.name == "大事不出网"
    climbed = Event.objects.filter(trace=bench.trace, name="matters.climbed")
    assert climbed.count() == 2


# --- An empty community


def test_community_without_a_pack_takes_reports(folder):
    shell = system(name="test")
    area = territory.add_area(
        code="320402099998", name="新社区", level=Level.COMMUNITY, actor=shell, at=AT
    )
    reference.default_method(community_id=area.pk, actor=shell, at=AT)
    reference.default_method(community_id=area.pk, actor=shell, at=AT)
    assert [level.name for level in reference.list_levels(community_id=area.pk)] == [
        "小事不出户",
        "琐事不出格",
        "大事不出网",
    ]
    categories = reference.list_categories(community_id=area.pk)
    assert {category.kind for category in categories} == set(Kind) - {Kind.TASK}
    for category in categories:
        assert reference.list_conditions(category_id=category.pk)
    assert reference.list_return_reasons(community_id=area.pk)


def test_pack_items_say_what_came_from_the_pack(folder):
    load_pack(path=folder, at=AT)
    assert PackItem.objects.filter(is_ours=True).count() == PackItem.objects.count()
    assert set(PackItem.objects.values_list("pack", flat=True)) == {"lingbo"}
