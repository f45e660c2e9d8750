"""The party's tree: nothing hangs nowhere, branches add up, and names are for those who serve."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import PartyMember, PartyMemberKind, PartyUnit
from linli.people.personal import Person
from linli.people.queries import Sight
from linli.territory.models import Area, Level
from tests.cast import NOW

TODAY = NOW.date()


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


def unit(cast, level, name, *, under=None, **more):
    return services.add_party_unit(
        community_id=cast.community.pk,
        level=level,
        name=name,
        parent_id=under and under.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
        **more,
    )


@pytest.fixture
def committee(cast):
    return unit(cast, "COMMITTEE", "府东社区党委", grids_by="GROUP")


@pytest.fixture
def branch(cast, committee):
    return unit(cast, "BRANCH", "第一党支部", under=committee, area_id=cast.grid.pk)


@pytest.fixture
def group(cast, branch):
    return unit(cast, "GROUP", "翠园党小组", under=branch, area_id=cast.grid.pk)


@pytest.fixture
def zhang(cast):
    desk = cast.actor(cast.zhou_min)
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    return services.add_resident(
        household_id=home.pk, person=Person(name="张三丰"), actor=desk, at=NOW
    )


def member(unit, actor, **more):
    given = {"kind": "IN_SERVICE", "name": "李建国", "employer": "区医院", **more}
    return services.add_party_member(unit_id=unit.pk, actor=actor, at=NOW, **given)


# --- The tree -----------------------------------------------------------------------------------


def test_seven_branches_with_328_members_add_up_to_their_committee(cast, committee, secretary):
    sizes = (61, 52, 50, 47, 44, 40, 34)
    for number, size in enumerate(sizes):
        one = unit(cast, "BRANCH", f"第{number + 1}支部", under=committee, area_id=cast.grid.pk)
        inside = unit(cast, "GROUP", f"第{number + 1}小组", under=one)
        for index in range(size):
            home = inside if index % 2 else one
            kind = PartyMemberKind.values[index % 5]
            row = PartyMember(
                unit=home,
                community=cast.community,
                grid=cast.grid,
                kind="IN_SERVICE",
                name_sealed=b"x",
                name_digest=f"{kind}-{index}",
                from_date=TODAY,
            )
            row.save(force_insert=True)
    tree = queries.party_tree(actor=secretary, community_id=cast.community.pk)
    branches = [node for node in tree.nodes if node.unit.level == "BRANCH"]
    assert [node.total for node in branches] == list(sizes)
    assert (len(branches), sum(node.total for node in branches), tree.root.total) == (7, 328, 328)
    assert sum(total for _kind, total in tree.kinds) == 328
    rows = queries.party_grids(tree=tree)
    assert sum(row.total for row in rows) == 328


@pytest.mark.parametrize(
    ("level", "under"),
    [
        ("COMMITTEE", None),  # there is a top already
        ("COMMITTEE", "committee"),
        ("GENERAL_BRANCH", "branch"),
        ("BRANCH", "branch"),
        ("BRANCH", "group"),
        ("GROUP", "committee"),
        ("GROUP", "group"),
        ("GROUP", None),
    ],
)
def test_a_unit_stands_under_one_of_a_higher_level(request, cast, group, level, under):
    parent = under and request.getfixturevalue(under)
    with pytest.raises(services.UnitParentWrong):
        unit(cast, level, "另一个", under=parent)
    row = PartyUnit(
        community=cast.community,
        level=level,
        parent=parent,
        parent_level=parent.level if parent else "",
        name="绕过去",
        from_date=TODAY,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_refuses_a_circle_and_a_unit_that_hangs_nowhere(branch, group):
    for columns in (
        {"parent": group, "parent_level": "GROUP"},
        {"parent": None, "parent_level": ""},  # a second top
        {"parent": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PartyUnit.objects.filter(pk=branch.pk).update(**columns)


def test_a_parent_of_another_community_or_an_ended_one_is_none(cast, branch, group, secretary):
    elsewhere = services.add_party_unit(
        community_id=cast.elsewhere.pk,
        level="BRANCH",
        name="别处支部",
        actor=cast.actor(cast.outsider),
        at=NOW,
    )
    services.end_party_unit(unit_id=group.pk, on=TODAY, actor=secretary, at=NOW)
    services.end_party_unit(unit_id=branch.pk, on=TODAY, actor=secretary, at=NOW)
    for parent in (elsewhere, branch):
        with pytest.raises(services.UnitParentWrong):
            unit(cast, "GROUP", "桂苑党小组", under=parent)


def test_a_unit_ends_only_when_nothing_hangs_on_it(cast, branch, group, secretary):
    ending = {"on": TODAY, "actor": secretary, "at": NOW}
    with pytest.raises(services.UnitNotEmpty):
        services.end_party_unit(unit_id=branch.pk, **ending)
    someone = member(group, secretary)
    with pytest.raises(services.UnitNotEmpty) as refused:
        services.end_party_unit(unit_id=group.pk, **ending)
    assert refused.value.facts == {"units": 0, "members": 1}
    services.end_party_member(member_id=someone.pk, **ending)
    services.end_party_unit(unit_id=group.pk, **ending)
    again = unit(cast, "GROUP", "翠园党小组", under=branch)  # The name is free again.
    assert again.pk != group.pk


def test_two_who_correct_at_once_never_overwrite_each_other(branch, committee, secretary):
    given = {"unit_id": branch.pk, "parent_id": committee.pk, "actor": secretary, "at": NOW}
    services.edit_party_unit(name="翠园党支部", version=1, **given)
    with pytest.raises(services.ChangedMeanwhile):
        services.edit_party_unit(name="桂苑党支部", version=1, **given)
    branch.refresh_from_db()
    assert (branch.name, branch.level, branch.version) == ("翠园党支部", "BRANCH", 2)


# --- Grids --------------------------------------------------------------------------------------


def faults(cast, actor):
    tree = queries.party_tree(actor=actor, community_id=cast.community.pk)
    return {row.grid.name: row.fault for row in queries.party_grids(tree=tree)}


def test_eighteen_grids_with_a_group_each_and_what_happens_to_the_others(
    cast, committee, branch, secretary
):
    for number in range(3, 19):
        Area.objects.create(
            code=f"320102003005{number:03}",
            name=f"网格{number:02}",
            level=Level.GRID,
            kind="COMPREHENSIVE" if number < 13 else "DEDICATED",
            parent=cast.community,
            community=cast.community,
        )
    grids = list(Area.objects.filter(community=cast.community, level=Level.GRID).order_by("code"))
    for grid in grids:
        unit(cast, "GROUP", f"{grid.name}党小组", under=branch, area_id=grid.pk)
    assert len(grids) == 18
    assert set(faults(cast, secretary).values()) == {""}
    unit(cast, "GROUP", "多出来的", under=branch, area_id=grids[4].pk)
    last = PartyUnit.objects.get(name=f"{grids[17].name}党小组")
    services.end_party_unit(unit_id=last.pk, on=TODAY, actor=secretary, at=NOW)
    told = {name: fault for name, fault in faults(cast, secretary).items() if fault}
    assert told == {grids[4].name: "TWO_UNITS", grids[17].name: "NO_UNIT"}


def test_a_grid_is_answered_for_by_the_level_that_the_top_names(cast, committee, branch, secretary):
    assert faults(cast, secretary) == {"第一网格": "NO_SUCH_UNIT", "第二网格": "NO_UNIT"}
    services.edit_party_unit(unit_id=committee.pk, name="党委", actor=secretary, at=NOW)
    assert faults(cast, secretary) == {"第一网格": "", "第二网格": "NO_UNIT"}
    unit(cast, "GROUP", "桂苑党小组", under=branch, building_ids=[cast.far_building.pk])
    assert faults(cast, secretary) == {"第一网格": "", "第二网格": ""}


# --- Members ------------------------------------------------------------------------------------


def test_a_member_has_a_kind_and_a_grid(cast, branch, committee, zhang, secretary):
    given = {"resident_id": zhang.pk, "name": "", "employer": ""}
    with pytest.raises(services.MemberKindUnknown):
        member(branch, secretary, kind="CANDIDATE", **given)
    with pytest.raises(services.MemberUnitWrong):
        member(committee, secretary, kind="RETIRED", **given)
    someone = member(branch, secretary, kind="RETIRED", **given)
    assert someone.grid == cast.grid
    with pytest.raises(services.MemberAlready):
        member(branch, secretary, kind="FLOATING", **given)
    nowhere = unit(cast, "BRANCH", "离退休支部", under=committee)
    with pytest.raises(services.MemberGridMissing):
        member(nowhere, secretary)
    assert member(nowhere, secretary, grid_id=cast.other_grid.pk).grid == cast.other_grid
    for columns in ({"grid": None}, {"kind": ""}, {"kind": "RETIRED"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PartyMember.objects.filter(resident=None).update(**columns)


def test_only_a_member_in_service_is_a_name_alone(branch, secretary):
    with pytest.raises(services.MemberNotInService):
        member(branch, secretary, kind="RETIRED")
    with pytest.raises(services.MemberNameMissing):
        member(branch, secretary, name="—")
    someone = member(branch, secretary)
    with pytest.raises(services.MemberAlready):
        member(branch, secretary)
    with pytest.raises(services.MemberNotInService):
        services.edit_party_member(
            member_id=someone.pk, kind="FLOATING", grid_id=None, actor=secretary, at=NOW
        )


def test_a_member_on_the_grid_has_duties_of_the_communitys_own(cast, branch, secretary):
    given = {"community_id": cast.community.pk, "use": "DUTY", "actor": secretary, "at": NOW}
    duties = [services.add_kind(name=name, **given) for name in ("宣传员", "信息员", "调解员")]
    someone = member(branch, secretary)
    edit = {
        "member_id": someone.pk,
        "kind": "IN_SERVICE",
        "grid_id": None,
        "actor": secretary,
        "at": NOW,
    }
    services.edit_party_member(duty_ids=[duty.pk for duty in duties], **edit)
    assert [duty.name for duty in someone.duties.order_by("position")] == [
        "宣传员", "信息员", "调解员"
    ]  # fmt: skip
    services.edit_party_member(**edit)  # Whoever says nothing of them leaves them.
    assert someone.duties.count() == 3
    team = services.add_kind(name="网格员", **{**given, "use": "TEAM"})
    with pytest.raises(services.DutyUnknown):
        services.edit_party_member(duty_ids=[team.pk], **edit)


def test_a_member_goes_to_another_unit_and_the_thread_tells(branch, group, secretary):
    someone = member(branch, secretary)
    moved = {"member_id": someone.pk, "unit_id": group.pk, "actor": secretary, "at": NOW}
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with pytest.raises(services.PartyDayInvalid):
            services.move_party_member(on=day, **moved)
    services.move_party_member(on=TODAY, **moved)
    with pytest.raises(services.MemberUnitWrong):
        services.move_party_member(on=TODAY, **moved)
    event = Event.objects.get(name="people.party_member_moved")
    assert event.facts == {"from_id": branch.pk, "to_id": group.pk, "on": "2026-03-04"}


def test_a_membership_ends_with_a_life_and_waits_for_who_moved_away(branch, zhang, secretary, cast):
    someone = member(branch, secretary, kind="RETIRED", resident_id=zhang.pk)
    given = {"resident_id": zhang.pk, "on": TODAY, "actor": secretary, "at": NOW}
    services.depart(departure="MOVED_OUT", **given)
    tree, node = queries.party_unit(actor=secretary, unit_id=branch.pk)
    assert queries.members_off_the_roster(tree=tree) == 1
    assert [row.is_on_roster for row in queries.members_of_unit(node=node)] == [False]
    home = zhang.household_id
    services.move(resident_ids=[zhang.pk], household_id=home, on=TODAY, actor=secretary, at=NOW)
    services.depart(departure="DIED", **given)
    someone.refresh_from_db()
    assert someone.until_date == TODAY


def test_a_membership_follows_the_entry_that_stands(branch, zhang, secretary):
    double = services.add_resident(
        household_id=zhang.household_id,
        person=Person(name="张三丰", birth_date=date(1950, 1, 1)),
        actor=secretary,
        at=NOW,
    )
    someone = member(branch, secretary, kind="RETIRED", resident_id=double.pk)
    services.merge(keep_id=zhang.pk, double_id=double.pk, actor=secretary, at=NOW)
    someone.refresh_from_db()
    assert (someone.resident, someone.until_date) == (zhang, None)


# --- Seen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "sight"),
    [
        ("shen", Sight.WHOLE), ("wang", Sight.WHOLE), ("li", Sight.NAMES), ("xu", Sight.NAMES),
        ("sun", Sight.COUNTS), ("zhou_min", Sight.COUNTS), ("gu", Sight.COUNTS),
        ("fang", Sight.COUNTS), ("chen", None), ("outsider", None), ("nobody_yet", None),
    ],
)  # fmt: skip
def test_who_sees_the_members_of_a_unit(cast, branch, group, committee, secretary, who, sight):
    services.edit_party_unit(
        unit_id=branch.pk,
        name=branch.name,
        parent_id=committee.pk,
        area_id=cast.grid.pk,
        secretary_id=cast.wang.pk,
        actor=secretary,
        at=NOW,
    )
    someone = member(group, secretary)
    actor = cast.actor(getattr(cast, who))
    if sight is None:
        with pytest.raises(NotFound):
            queries.party_unit(actor=actor, unit_id=group.pk)
        return
    _tree, node = queries.party_unit(actor=actor, unit_id=group.pk)
    assert (node.sight, node.total) == (sight, 1)
    names = [row.name for row in queries.members_of_unit(node=node)]
    assert names == (["李建国"] if sight else [])
    if sight == Sight.WHOLE:
        queries.get_party_member(actor=actor, member_id=someone.pk)
        member(group, actor, name="王五")
        return
    with pytest.raises(NotFound):
        queries.get_party_member(actor=actor, member_id=someone.pk)
    with pytest.raises(services.PartyMembersNotYours):
        member(group, actor, name="王五")


def test_the_secretary_of_a_unit_keeps_nothing_above_it(cast, committee, branch, group, secretary):
    services.edit_party_unit(
        unit_id=group.pk,
        name=group.name,
        parent_id=branch.pk,
        secretary_id=cast.wang.pk,
        actor=secretary,
        at=NOW,
    )
    wang = cast.actor(cast.wang)
    _tree, node = queries.party_unit(actor=wang, unit_id=branch.pk)
    assert node.sight == Sight.COUNTS
    with pytest.raises(services.PartyNotYours):
        services.edit_party_unit(unit_id=group.pk, name="我的", actor=wang, at=NOW)
    with pytest.raises(services.UnitSecretaryWrong):
        services.edit_party_unit(
            unit_id=group.pk,
            name=group.name,
            parent_id=branch.pk,
            secretary_id=cast.outsider.pk,
            actor=secretary,
            at=NOW,
        )


def test_the_database_and_the_log_name_no_member(branch, secretary):
    member(branch, secretary)
    with connection.cursor() as cursor:
        for table in ("people_partymember", "core_event"):
            cursor.execute(f"SELECT * FROM {table}")
            said = "".join(
                bytes(value).decode("latin-1")
                if isinstance(value, bytes | memoryview)
                else str(value)
                for row in cursor.fetchall()
                for value in row
            )
            assert "李建国" not in said
            assert "IN_SERVICE" not in said or table == "people_partymember"


def test_a_tree_costs_the_same_however_large(
    cast, committee, branch, secretary, django_assert_max_num_queries
):
    for number in range(9):
        one = unit(cast, "GROUP", f"小组{number}", under=branch)  # The branch's grid is theirs.
        member(one, secretary)
    with django_assert_max_num_queries(4):
        tree = queries.party_tree(actor=secretary, community_id=cast.community.pk)
    assert tree.root.total == 9
