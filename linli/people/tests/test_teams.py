"""Teams of grids and patches: what is missing or doubled shows, and nobody is entered twice."""

import pytest

from linli.core.errors import NotFound
from linli.people import queries, services
from linli.people.models import PatchClaim, TeamMember
from linli.people.personal import Person
from tests.cast import NOW

TODAY = NOW.date()


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def kinds(cast, desk):
    named = (
        ("网格员", "GRID_WORKER"), ("党员", "PARTY"), ("居民骨干", ""), ("政法网格员", ""),
    )  # fmt: skip
    given = {"community_id": cast.community.pk, "use": "TEAM", "actor": desk, "at": NOW}
    return {name: services.add_kind(name=name, filled_by=filled, **given) for name, filled in named}


@pytest.fixture
def zhang(cast, desk):
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    return services.add_resident(
        household_id=home.pk, person=Person(name="张三丰"), actor=desk, at=NOW
    )


@pytest.fixture
def patch(cast, desk):
    given = {"community_id": cast.community.pk, "use": "PATCH", "actor": desk, "at": NOW}
    for name in ("红马甲", "小蓝帽"):
        services.add_kind(name=name, **given)
    return services.add_patch(grid_id=cast.grid.pk, name="南门草坪", actor=desk, at=NOW)


def missing(cast, actor):
    rows = queries.list_teams(actor=actor, community=cast.community, at=NOW)
    return {row.grid.name: row.missing for row in rows}


def test_a_grid_whose_team_lacks_a_kind_shows_which(cast, desk, kinds, zhang):
    lacking = ("党员", "居民骨干", "政法网格员")  # Grid workers stand there by their role.
    assert missing(cast, desk) == {"第一网格": lacking, "第二网格": lacking}
    given = {"grid_id": cast.grid.pk, "actor": desk, "at": NOW}
    services.join_team(kind_id=kinds["居民骨干"].pk, resident_id=zhang.pk, **given)
    services.join_team(kind_id=kinds["政法网格员"].pk, account_id=cast.wang.pk, **given)
    branch = services.add_party_unit(
        community_id=cast.community.pk,
        level="BRANCH",
        name="支部",
        area_id=cast.grid.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    services.add_party_member(
        unit_id=branch.pk, kind="RETIRED", resident_id=zhang.pk, actor=cast.actor(cast.shen), at=NOW
    )
    assert missing(cast, desk) == {"第一网格": (), "第二网格": lacking}
    row = queries.get_team(actor=desk, grid_id=cast.grid.pk, at=NOW)
    names = {cell.kind.name: [one.name for one in cell.people] for cell in row.cells}
    assert names == {
        "网格员": ["许中杰"], "党员": [], "居民骨干": ["张三丰"], "政法网格员": ["王阿姨"]
    }  # fmt: skip


def test_nobody_joins_twice_as_the_same_and_no_stranger_joins(cast, desk, kinds, zhang):
    given = {"grid_id": cast.grid.pk, "kind_id": kinds["居民骨干"].pk, "actor": desk, "at": NOW}
    services.join_team(resident_id=zhang.pk, **given)
    with pytest.raises(services.StandsThereAlready):
        services.join_team(resident_id=zhang.pk, **given)
    for who in ({}, {"account_id": cast.outsider.pk}, {"account_id": 1, "resident_id": zhang.pk}):
        with pytest.raises(services.PersonMissing):
            services.join_team(**who, **given)
    with pytest.raises(services.KindUnknown):
        services.join_team(resident_id=zhang.pk, **{**given, "kind_id": 0})


def test_who_leaves_the_roster_leaves_team_and_patch(cast, desk, kinds, zhang, patch):
    kind = queries.own_kinds(community_id=cast.community.pk, use="PATCH")[0]
    services.join_team(
        grid_id=cast.grid.pk,
        kind_id=kinds["居民骨干"].pk,
        resident_id=zhang.pk,
        actor=desk,
        at=NOW,
    )
    services.claim_patch(
        patch_id=patch.pk, kind_id=kind.pk, resident_id=zhang.pk, actor=desk, at=NOW
    )
    services.depart(resident_id=zhang.pk, departure="MOVED_OUT", on=TODAY, actor=desk, at=NOW)
    assert TeamMember.objects.get().until_date == TODAY
    assert PatchClaim.objects.get().until_date == TODAY
    assert queries.get_patch(actor=desk, patch_id=patch.pk).is_unclaimed


def test_an_entry_that_stands_takes_the_place_of_its_double(cast, desk, kinds, zhang):
    double = services.add_resident(
        household_id=zhang.household_id,
        person=Person(name="张三峰"),
        actor=desk,
        at=NOW,
    )
    given = {"grid_id": cast.grid.pk, "actor": desk, "at": NOW}
    for kind in ("居民骨干", "政法网格员"):
        services.join_team(kind_id=kinds[kind].pk, resident_id=double.pk, **given)
    services.join_team(kind_id=kinds["居民骨干"].pk, resident_id=zhang.pk, **given)
    services.merge(keep_id=zhang.pk, double_id=double.pk, actor=desk, at=NOW)
    here = TeamMember.objects.filter(until_date=None).order_by("kind__position")
    assert [(row.kind.name, row.resident) for row in here] == [
        ("居民骨干", zhang), ("政法网格员", zhang)
    ]  # fmt: skip


def test_one_of_each_kind_on_a_patch_is_right_and_more_are_flagged(cast, desk, patch, zhang):
    red, blue = queries.own_kinds(community_id=cast.community.pk, use="PATCH")
    row = queries.get_patch(actor=desk, patch_id=patch.pk)
    assert (row.is_unclaimed, row.doubled, row.missing) == (True, (), ())
    given = {"patch_id": patch.pk, "actor": desk, "at": NOW}
    services.claim_patch(kind_id=red.pk, resident_id=zhang.pk, **given)
    row = queries.get_patch(actor=desk, patch_id=patch.pk)
    assert (row.is_unclaimed, row.doubled, row.missing) == (False, (), ("小蓝帽",))
    services.claim_patch(kind_id=blue.pk, account_id=cast.wang.pk, **given)
    row = queries.get_patch(actor=desk, patch_id=patch.pk)
    assert (row.is_unclaimed, row.doubled, row.missing) == (False, (), ())
    second = services.claim_patch(kind_id=red.pk, account_id=cast.xu.pk, **given)
    assert queries.get_patch(actor=desk, patch_id=patch.pk).doubled == ("红马甲",)
    services.release_patch(claim_id=second.pk, actor=desk, at=NOW)
    assert queries.get_patch(actor=desk, patch_id=patch.pk).doubled == ()
    services.end_patch(**given)
    assert not PatchClaim.objects.filter(until_date=None).exists()
    with pytest.raises(NotFound):
        queries.get_patch(actor=desk, patch_id=patch.pk)


def test_kinds_are_the_communitys_own_words(cast, desk, kinds):
    given = {"actor": desk, "at": NOW}
    new = {"community_id": cast.community.pk, "use": "TEAM", **given}
    for name, error in (
        ("网格员", services.KindNameTaken),
        ("—", services.KindNameMissing),
        ("长" * 31, services.KindNameMissing),
    ):
        with pytest.raises(error):
            services.add_kind(name=name, **new)
    services.edit_kind(kind_id=kinds["居民骨干"].pk, name="红管家", **given)
    with pytest.raises(services.KindNameTaken):
        services.edit_kind(kind_id=kinds["居民骨干"].pk, name="党员", **given)
    services.end_kind(kind_id=kinds["政法网格员"].pk, **given)
    known = queries.own_kinds(community_id=cast.community.pk, use="TEAM")
    assert [kind.name for kind in known] == ["网格员", "党员", "红管家"]


@pytest.mark.parametrize(
    ("who", "reads", "keeps"),
    [
        ("zhou_min", True, True), ("xu", True, True), ("sun", False, False), ("gu", False, False),
        ("wang", False, False), ("outsider", False, False),
    ],
)  # fmt: skip
def test_who_reads_and_keeps_a_team(cast, desk, kinds, who, reads, keeps):
    actor = cast.actor(getattr(cast, who))
    if who == "outsider":
        with pytest.raises(NotFound):
            queries.get_open_community(actor=actor, community_id=cast.community.pk)
    else:
        row = queries.list_teams(actor=actor, community=cast.community, at=NOW)[0]
        assert row.cells[0].total == 1  # Figures are open; names are not.
        assert ([one.name for one in row.cells[0].people] == ["许中杰"]) is reads
    join = {"kind_id": kinds["居民骨干"].pk, "account_id": cast.li.pk, "at": NOW}
    if keeps:
        services.join_team(grid_id=cast.grid.pk, actor=actor, **join)
    else:
        with pytest.raises(NotFound):
            services.join_team(grid_id=cast.grid.pk, actor=actor, **join)
    if who != "zhou_min":
        with pytest.raises(services.KindsNotYours):
            services.add_kind(
                community_id=cast.community.pk, use="TEAM", name="我的", actor=actor, at=NOW
            )


def test_a_patch_is_called_otherwise_and_keeps_who_cares_for_it(cast, desk):
    red = services.add_kind(
        community_id=cast.community.pk, use="PATCH", name="红马甲", actor=desk, at=NOW
    )
    lawn, bins = (
        services.add_patch(grid_id=cast.grid.pk, name=name, actor=desk, at=NOW)
        for name in ("南门草坪", "垃圾房")
    )
    services.claim_patch(
        patch_id=lawn.pk, kind_id=red.pk, account_id=cast.xu.pk, actor=desk, at=NOW
    )
    rename = {"patch_id": lawn.pk, "at": NOW}
    services.rename_patch(name=" 南门大草坪 ", actor=desk, **rename)
    row = queries.get_patch(actor=desk, patch_id=lawn.pk)
    assert (row.patch.name, row.cells[0].total) == ("南门大草坪", 1)
    with pytest.raises(services.PatchNameTaken):
        services.rename_patch(name=bins.name, actor=desk, **rename)
    with pytest.raises(services.PatchNameMissing):
        services.rename_patch(name=" — ", actor=desk, **rename)
    with pytest.raises(NotFound):
        services.rename_patch(name="别人的", actor=cast.actor(cast.sun), **rename)
