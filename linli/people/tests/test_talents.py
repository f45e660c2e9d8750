"""Local talents: listed with consent, found by what they can do, forgotten when they say so."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.core.errors import NotFound
from linli.people import queries, services
from linli.people.models import Talent
from linli.people.personal import Person
from tests.cast import NOW

TODAY = NOW.date()


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def household(cast, desk):
    return services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )


def add(household, desk, name, **more):
    person = Person(name=name, **more)
    return services.add_resident(household_id=household.pk, person=person, actor=desk, at=NOW)


def enlist(resident, actor, skills="修水电、书法", **more):
    given = {"consented_on": TODAY, **more}
    return services.list_talent(
        resident_id=resident.pk, skills=skills, actor=actor, at=NOW, **given
    )


def found(actor, query, **more):
    pool = queries.list_talents(actor=actor, query=query, **more)
    return [one.row.person.name for one in pool.rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("修水电", ["张三丰"]), ("水电", ["张三丰"]), ("xsd", ["张三丰"]), ("sd", ["张三丰"]),
        ("书法", ["张三丰", "李秀兰"]), ("sf", ["张三丰", "李秀兰"]), ("书法 剪纸", ["李秀兰"]),
        ("张三", ["张三丰"]), ("lxl", ["李秀兰"]), ("502", ["张三丰", "李秀兰"]),
        ("合唱", []), ("zz", []), ("", ["张三丰", "李秀兰"]),
    ],
)  # fmt: skip
def test_a_talent_is_found_by_skill_letters_and_name(household, desk, query, names):
    enlist(add(household, desk, "张三丰"), desk)
    enlist(add(household, desk, "李秀兰"), desk, "书法，剪纸")
    add(household, desk, "王五")
    assert found(desk, query) == names


def test_nobody_is_listed_without_consent(household, desk):
    zhang = add(household, desk, "张三丰")
    for day in (None, TODAY + timedelta(days=1)):
        with pytest.raises(services.ConsentMissing):
            enlist(zhang, desk, consented_on=day)
    with pytest.raises(services.SkillsMissing):
        enlist(zhang, desk, "、")
    child = add(household, desk, "张小宝", birth_date=date(2015, 1, 1))
    with pytest.raises(services.TalentTooYoung):
        enlist(child, desk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Talent.objects.create(resident=zhang, community=zhang.community, skills="书法")
    assert found(desk, "") == []


def test_who_withdraws_is_not_listed_and_their_skills_are_forgotten(household, desk):
    zhang = add(household, desk, "张三丰")
    enlist(zhang, desk)
    services.withdraw_talent(resident_id=zhang.pk, actor=desk, at=NOW)
    assert (found(desk, ""), found(desk, "书法")) == ([], [])
    row = Talent.objects.get()
    assert (row.skills, row.withdrawn_on) == ("", TODAY)
    with pytest.raises(NotFound):
        services.withdraw_talent(resident_id=zhang.pk, actor=desk, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Talent.objects.filter(pk=row.pk).update(skills="书法")
    enlist(zhang, desk, "剪纸")
    assert (found(desk, "剪纸"), Talent.objects.count()) == (["张三丰"], 2)


def test_two_who_correct_at_once_never_overwrite_each_other(household, desk):
    zhang = add(household, desk, "张三丰")
    enlist(zhang, desk)
    enlist(zhang, desk, "合唱", version=1)
    with pytest.raises(services.ChangedMeanwhile):
        enlist(zhang, desk, "剪纸", version=1)
    assert Talent.objects.get().skills == "合唱"


def test_forces_are_the_communitys_own_and_counted(cast, household, desk):
    given = {"community_id": cast.community.pk, "use": "FORCE", "actor": desk, "at": NOW}
    names = ("驻区单位", "两代表一委员", "离退休干部", "居民", "志愿者")
    kinds = {name: services.add_kind(name=name, **given) for name in names}
    enlist(
        add(household, desk, "张三丰"),
        desk,
        force_ids=[kinds["离退休干部"].pk, kinds["志愿者"].pk],
    )
    enlist(add(household, desk, "李秀兰"), desk, force_ids=[kinds["志愿者"].pk])
    pool = queries.list_talents(actor=desk)
    assert [pool.forces[name] for name in names] == [0, 0, 1, 0, 2]
    assert found(desk, "", force_id=kinds["离退休干部"].pk) == ["张三丰"]
    team = services.add_kind(name="网格员", **{**given, "use": "TEAM"})
    with pytest.raises(services.ForceUnknown):
        enlist(add(household, desk, "王五"), desk, force_ids=[team.pk])


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("shen", True), ("xu", True), ("wang", True), ("sun", False), ("gu", False),
        ("chen", False), ("outsider", False),
    ],
)  # fmt: skip
def test_who_sees_a_talent(cast, household, desk, who, sees):
    zhang = add(household, desk, "张三丰")
    enlist(zhang, desk)
    actor = cast.actor(getattr(cast, who))
    assert (found(actor, "") == ["张三丰"]) is sees
    assert (queries.list_talents(actor=actor).total == 1) is sees
    if not sees or who == "wang":
        with pytest.raises(services.ResidentsNotYours if sees else NotFound):
            enlist(zhang, actor)


def test_who_left_is_not_listed_and_who_died_is_forgotten(household, desk):
    gone, dead = add(household, desk, "张三丰"), add(household, desk, "李秀兰")
    for one, why in ((gone, "MOVED_OUT"), (dead, "DIED")):
        enlist(one, desk)
        services.depart(resident_id=one.pk, departure=why, on=TODAY, actor=desk, at=NOW)
    assert found(desk, "") == []
    assert Talent.objects.get(resident=dead).skills == ""
    services.move(resident_ids=[gone.pk], household_id=household.pk, on=TODAY, actor=desk, at=NOW)
    assert found(desk, "") == ["张三丰"]


def test_a_double_is_listed_once(household, desk):
    keep, double = add(household, desk, "张三丰"), add(household, desk, "张三峰")
    enlist(double, desk, "合唱")
    services.merge(keep_id=keep.pk, double_id=double.pk, actor=desk, at=NOW)
    assert found(desk, "合唱") == ["张三丰"]


def test_a_list_costs_the_same_however_long(household, desk, django_assert_max_num_queries):
    for number in range(9):
        enlist(add(household, desk, f"住户{number}"), desk, "合唱")
    with django_assert_max_num_queries(3):
        assert len(found(desk, "")) == 9
