"""Households and residents: entered once, found by what one remembers, seen by those who serve."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from linli.core.errors import NotFound, Several
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Household, Resident, Stay
from linli.people.personal import Person
from linli.people.queries import HouseholdFilter, ResidentFilter
from linli.territory.models import Dwelling
from tests.cast import NOW

TODAY = NOW.date()
ZHANG = Person(
    name="张三丰",
    id_number="11010519491231002x",
    phone="138 0013 8000",
    registration="HERE",
    relation="HEAD",
)


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def household(cast, desk):
    return services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )


def add(household, person=ZHANG, *, actor):
    return services.add_resident(household_id=household.pk, person=person, actor=actor, at=NOW)


def other_door(cast):
    dwelling = Dwelling.objects.create(entrance=cast.entrance, room="602")
    return services.open_household(
        dwelling_id=dwelling.pk, status="LIVES_HERE", actor=cast.actor(cast.zhou_min), at=NOW
    )


def found(actor, query, **more):
    wanted = ResidentFilter(query=query, **more)
    page = queries.page_of_residents(actor=actor, wanted=wanted, on=TODAY)
    return [row.person.name for row in page.rows]


# --- Entered once -------------------------------------------------------------------------------


def test_a_number_tells_birth_date_and_sex(household, desk):
    resident = add(household, actor=desk)
    assert (resident.birth_date, resident.sex) == (date(1949, 12, 31), "FEMALE")
    row = queries.row_of(resident=Resident.objects.get(pk=resident.pk))
    assert (row.person.id_number, row.person.phone) == ("11010519491231002X", "13800138000")
    assert Stay.objects.get().household == household


def test_everything_wrong_is_told_at_once(household, desk):
    wrong = Person(name="　", id_number="110105194912310021", phone="12", sex="X", relation="BOSS")
    with pytest.raises(Several) as refused:
        add(household, wrong, actor=desk)
    assert [fault.field for fault in refused.value.faults] == [
        *("name", "id_number", "phone", "sex", "relation")
    ]
    assert not Resident.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"birth_date": date(1950, 1, 1)}, "birth_date"),
        ({"sex": "MALE"}, "sex"),
    ],
)
def test_what_the_number_tells_otherwise_is_refused(household, desk, more, field):
    wrong = Person(name="张三", id_number=ZHANG.id_number, **more)
    with pytest.raises(Several) as refused:
        add(household, wrong, actor=desk)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_another_paper_keeps_its_own_number(household, desk):
    resident = add(
        household, Person(name="John Smith", id_number="e 1234567", id_kind="PASSPORT"), actor=desk
    )
    row = queries.row_of(resident=resident)
    assert (row.person.id_number, row.person.id_kind) == ("E1234567", "PASSPORT")


def test_nobody_is_entered_twice(cast, household, desk):
    add(household, actor=desk)
    door = other_door(cast)
    with pytest.raises(services.NumberOnRoster) as refused:
        add(door, actor=desk)
    assert "翠园 翠园3幢" in str(refused.value) or "502" in str(refused.value)
    copy = Resident.objects.get()
    copy.pk, copy.row_key = None, uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_somebody_elsewhere_is_not_told_of(cast, desk):
    dwelling = Dwelling.objects.create(
        entrance=cast.far_building.entrances.create(code="1", name="1单元"), room="101"
    )
    far = services.open_household(dwelling_id=dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW)
    add(far, actor=desk)
    worker = cast.actor(cast.xu)
    near = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=worker, at=NOW
    )
    with pytest.raises(services.NumberOnRosterElsewhere) as refused:
        add(near, actor=worker)
    assert "101" not in str(refused.value)


def test_one_household_behind_a_door(cast, household, desk):
    with pytest.raises(services.DoorTaken):
        services.open_household(dwelling_id=cast.dwelling.pk, status="LET", actor=desk, at=NOW)
    with pytest.raises(services.StatusUnknown):
        services.open_household(dwelling_id=cast.dwelling.pk, status="", actor=desk, at=NOW)


# --- Sealed -------------------------------------------------------------------------------------


def test_the_database_names_nobody(household, desk):
    add(household, actor=desk)
    secrets = ("张三丰", "张三", "三丰", "13800138000", "11010519491231002X", "8000", "002X", "zsf")
    with connection.cursor() as cursor:
        for table in ("people_resident", "people_search", "people_stay", "core_event"):
            cursor.execute(f"SELECT * FROM {table}")
            for row in cursor.fetchall():
                # Keys of rows are random digits; what is looked for is text.
                said = " ".join(
                    bytes(value).decode("latin-1")
                    if isinstance(value, bytes | memoryview)
                    else str(value)
                    for value in row
                    if not isinstance(value, int)
                )
                for secret in secrets:
                    if len(secret) > 4 or not secret.isascii():
                        assert secret not in said, (table, secret)
                    else:
                        assert f" {secret} " not in f" {said} ", (table, secret)


def test_a_number_is_opened_for_a_reason_that_is_logged(cast, household, desk):
    resident = add(household, actor=desk)
    given = {"resident_id": resident.pk, "actor": desk, "at": NOW}
    with pytest.raises(services.ReasonMissing):
        services.open_number(field="phone", reason=" ", **given)
    with pytest.raises(NotFound):
        services.open_number(field="name_sealed", reason="看看", **given)
    assert not Event.objects.filter(name="people.number_opened").exists()
    said = services.open_number(field="phone", reason="打 13912345678 问停水", **given)
    assert said == "13800138000"
    event = Event.objects.get(name="people.number_opened")
    assert event.facts == {"field": "phone", "reason": "打 139****5678 问停水"}
    lead = {**given, "actor": cast.actor(cast.wang)}
    with pytest.raises(services.ResidentsNotYours):
        services.open_number(field="phone", reason="问停水", **lead)


# --- Found --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *(
            "张三",
            "三丰",
            "张三丰",
            "zs",
            "zsf",
            "8000",
            "002X",
            "002x",
            "502",
            "翠园",
            "翠园 张三",
        ),
        *("13800138000", "+86 138-0013-8000", "11010519491231002X", "zs 8000"),
    ],
)
def test_a_resident_is_found_by(household, desk, query):
    add(household, actor=desk)
    add(household, Person(name="李四", phone="13900139111"), actor=desk)
    names = found(desk, query)
    assert "张三丰" in names
    assert query == "502" or query == "翠园" or names == ["张三丰"]


@pytest.mark.parametrize("query", ["张", "zz", "9999", "王五", "张三 9111", "桂苑", "！"])
def test_a_resident_is_not_found_by(household, desk, query):
    add(household, actor=desk)
    add(household, Person(name="李四", phone="13900139111"), actor=desk)
    assert found(desk, query) == []


@pytest.mark.parametrize(
    "query",
    [
        *(
            "3幢502",
            "3-502",
            "3-1-502",
            "翠园3-1-502",
            "翠园3幢1单元502室",
            "三号楼502",
            "3幢1单元",
        ),
        *("翠园 3幢 502", "张三丰 3-502", "zhangsanfeng"),
    ],
)
def test_a_resident_and_a_household_are_found_as_offices_write(household, desk, query):
    add(household, actor=desk)
    assert found(desk, query) == ["张三丰"]
    homes = queries.list_households(actor=desk, wanted=HouseholdFilter(query=query))
    assert list(homes) == [household]


@pytest.mark.parametrize("query", ["3幢", "翠园", "3-502"])
def test_an_empty_household_is_found_by_its_address(household, desk, query):
    homes = queries.list_households(actor=desk, wanted=HouseholdFilter(query=query))
    assert list(homes) == [household]


@pytest.mark.parametrize("query", ["5-502", "3-2-502", "3-503", "桂苑3-502", "李四 3-502"])
def test_another_door_is_not_found(household, desk, query):
    add(household, actor=desk)
    assert found(desk, query) == []
    homes = queries.list_households(actor=desk, wanted=HouseholdFilter(query=query))
    assert list(homes) == []


def test_a_new_name_is_found_and_the_old_one_is_not(household, desk):
    resident = add(household, actor=desk)
    changed = Person(name="章三风", phone=ZHANG.phone, id_number=ZHANG.id_number)
    services.edit_resident(resident_id=resident.pk, person=changed, actor=desk, at=NOW)
    assert (found(desk, "章三"), found(desk, "张三")) == (["章三风"], [])
    event = Event.objects.get(name="people.resident_changed")
    assert event.facts == {"fields": ["name", "registration", "relation"]}


def test_lists_are_narrowed_and_paged(cast, household, desk):
    for number in range(60):
        add(
            household,
            Person(name=f"住户{number:02}", birth_date=date(1930 + number, 3, 4)),
            actor=desk,
        )
    first = queries.page_of_residents(actor=desk, wanted=ResidentFilter(), on=TODAY)
    rest = queries.page_of_residents(
        actor=desk, wanted=ResidentFilter(), on=TODAY, after=first.next_after
    )
    assert (len(first.rows), len(rest.rows), rest.next_after) == (50, 10, None)
    aged = queries.page_of_residents(actor=desk, wanted=ResidentFilter(age="aged"), on=TODAY)
    assert max(row.resident.birth_date for row in aged.rows) == date(1946, 3, 4)  # 80 today
    assert len(aged.rows) == 17
    assert found(desk, "", grid_id=cast.other_grid.pk) == []


def test_a_page_costs_the_same_however_many_there_are(
    household, desk, django_assert_max_num_queries
):
    for number in range(3):
        add(household, Person(name=f"住户{number:02}"), actor=desk)
    with django_assert_max_num_queries(1):
        queries.page_of_residents(actor=desk, wanted=ResidentFilter(), on=TODAY)


# --- Seen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("shen", True), ("zhou_min", True), ("li", True), ("xu", True), ("wang", True),
        ("sun", False), ("gu", False), ("qian", False), ("chen", False), ("fang", False),
        ("outsider", False), ("nobody_yet", False),
    ],
)  # fmt: skip
def test_who_sees_a_resident(cast, household, desk, who, sees):
    resident = add(household, actor=desk)
    actor = cast.actor(getattr(cast, who))
    assert (found(actor, "") == ["张三丰"]) is sees
    assert (found(actor, "13800138000") == ["张三丰"]) is sees
    assert queries.list_households(actor=actor, wanted=HouseholdFilter()).exists() is sees
    for get in (
        lambda: queries.get_resident(actor=actor, resident_id=resident.pk),
        lambda: queries.get_household(actor=actor, household_id=household.pk),
    ):
        if sees:
            get()
        else:
            with pytest.raises(NotFound):
                get()


@pytest.mark.parametrize("who", ["sun", "gu", "chen", "outsider", "wang"])
def test_who_may_not_write(cast, household, desk, who):
    resident = add(household, actor=desk)
    actor = cast.actor(getattr(cast, who))
    refusal = services.ResidentsNotYours if who == "wang" else NotFound
    for attempt in (
        lambda: add(household, Person(name="李四"), actor=actor),
        lambda: services.edit_resident(
            resident_id=resident.pk, person=Person(name="李四"), actor=actor, at=NOW
        ),
        lambda: services.depart(
            resident_id=resident.pk, departure="DIED", on=TODAY, actor=actor, at=NOW
        ),
        lambda: services.set_household(
            household_id=household.pk, status="LET", actor=actor, at=NOW
        ),
    ):
        with pytest.raises(refusal):
            attempt()


# --- Moved, gone, merged ------------------------------------------------------------------------


def test_who_moves_keeps_the_history(cast, household, desk):
    resident, door = add(household, actor=desk), other_door(cast)
    given = {"resident_ids": [resident.pk], "household_id": door.pk, "actor": desk, "at": NOW}
    with pytest.raises(services.DayInvalid):
        services.move(on=date(2026, 3, 5), **given)
    assert services.move(on=TODAY, **given) == 1
    assert services.move(on=TODAY, **given) == 0
    stays = Stay.objects.filter(resident=resident).order_by("id")
    assert list(stays.values_list("household_id", "until_date")) == [
        (household.pk, TODAY),
        (door.pk, None),
    ]
    assert (found(desk, "602"), found(desk, "502")) == (["张三丰"], [])


def test_who_left_is_off_the_list_and_may_come_back(household, desk):
    resident = add(household, actor=desk)
    with pytest.raises(services.DepartureUnknown):
        services.depart(resident_id=resident.pk, departure="DOUBLE", on=TODAY, actor=desk, at=NOW)
    services.depart(resident_id=resident.pk, departure="MOVED_OUT", on=TODAY, actor=desk, at=NOW)
    assert found(desk, "") == []
    assert found(desk, "", gone=True) == ["张三丰"]
    again = add(household, actor=desk)  # The number is free again once somebody has left.
    assert again.pk != resident.pk


def test_a_merge_waits_until_what_somebody_else_changed_was_read(cast, household, desk):
    first = add(household, Person(name="张三丰", phone="13800138000"), actor=desk)
    second = add(other_door(cast), Person(name="张三丰", employer="小店"), actor=desk)
    given = {"keep_id": first.pk, "double_id": second.pk, "actor": desk, "at": NOW}
    services.edit_resident(
        resident_id=first.pk, person=Person(name="张三"), actor=desk, at=NOW, version=1
    )
    with pytest.raises(services.ChangedMeanwhile):
        services.merge(version=1, **given)
    second.refresh_from_db()
    assert second.until_date is None
    services.merge(version=2, **given)
    first.refresh_from_db()
    assert first.version == 3


def test_two_rows_of_one_person_become_one(cast, household, desk):
    first = add(household, Person(name="张三丰", phone="13800138000"), actor=desk)
    second = add(other_door(cast), Person(name="张三丰", id_number=ZHANG.id_number), actor=desk)
    services.merge(keep_id=first.pk, double_id=second.pk, actor=desk, at=NOW)
    row = queries.row_of(resident=Resident.objects.get(pk=first.pk))
    assert (row.person.id_number, row.person.phone) == (ZHANG.id_number.upper(), "13800138000")
    second.refresh_from_db()
    assert (second.departure, second.merged_into_id) == ("DOUBLE", first.pk)
    assert found(desk, "002X") == ["张三丰"]


def test_two_people_are_never_merged(household, desk):
    first = add(household, actor=desk)
    other = Person(name="张三丰", id_number="440524188001010014")
    with pytest.raises(Several):  # Nobody is 146 years old.
        add(household, other, actor=desk)
    second = add(household, Person(name="张三丰", id_number="E1", id_kind="PASSPORT"), actor=desk)
    with pytest.raises(services.NotTheSame):
        services.merge(keep_id=first.pk, double_id=second.pk, actor=desk, at=NOW)


def test_two_who_correct_at_once_never_overwrite_each_other(household, desk):
    resident = add(household, actor=desk)
    given = {"resident_id": resident.pk, "actor": desk, "at": NOW, "version": 1}
    services.edit_resident(person=Person(name="张三丰", employer="一"), **given)
    with pytest.raises(services.ChangedMeanwhile):
        services.edit_resident(person=Person(name="张三丰", employer="二"), **given)
    assert Resident.objects.get().employer == "一"


def test_an_empty_household_is_empty(household, desk):
    resident = add(household, actor=desk)
    given = {"household_id": household.pk, "actor": desk, "at": NOW}
    with pytest.raises(services.SomebodyLivesThere):
        services.set_household(status="VACANT", **given)
    with pytest.raises(services.SomebodyLivesThere):
        services.end_household(on=TODAY, **given)
    services.depart(resident_id=resident.pk, departure="DIED", on=TODAY, actor=desk, at=NOW)
    services.set_household(status="VACANT", **given)
    counts = queries.count_households(actor=desk)
    assert (counts.total, dict(counts.rows)["VACANT"]) == (1, 1)
    services.end_household(on=TODAY, **given)
    assert Household.objects.get().until_date == TODAY


def test_a_form_sent_twice_enters_nobody_twice(household, desk):
    add(household, Person(name="李四"), actor=desk)
    with pytest.raises(services.LivesThereAlready):
        add(household, Person(name="李四"), actor=desk)
    add(household, Person(name="李四", birth_date=date(1960, 1, 1)), actor=desk)  # another one
    assert Resident.objects.count() == 2


def test_a_vacant_household_is_lived_in_once_somebody_is(cast, desk):
    empty = services.open_household(
        dwelling_id=cast.dwelling.pk, status="VACANT", actor=desk, at=NOW
    )
    add(empty, Person(name="李四"), actor=desk)
    empty.refresh_from_db()
    assert (empty.status, empty.version) == ("LIVES_HERE", 2)
    assert Event.objects.filter(name="people.household_changed").count() == 1


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1949, 12, 30), date(2026, 3, 5)])
def test_nobody_moves_or_leaves_before_their_birth_or_tomorrow(cast, household, desk, day):
    resident, door = add(household, actor=desk), other_door(cast)
    with pytest.raises(services.DayInvalid):
        services.depart(resident_id=resident.pk, departure="DIED", on=day, actor=desk, at=NOW)
    with pytest.raises(services.DayInvalid):
        services.move(resident_ids=[resident.pk], household_id=door.pk, on=day, actor=desk, at=NOW)


def test_who_died_comes_back_for_a_reason_only_and_who_left_as_they_please(household, desk):
    gone, dead = add(household, actor=desk), add(household, Person(name="李四"), actor=desk)
    for one, why in ((gone, "MOVED_OUT"), (dead, "DIED")):
        services.depart(resident_id=one.pk, departure=why, on=TODAY, actor=desk, at=NOW)
    given = {"household_id": household.pk, "on": TODAY, "actor": desk, "at": NOW}
    assert services.move(resident_ids=[gone.pk], **given) == 1
    for nothing in ("", "x"):
        with pytest.raises(services.MistakeUnexplained):
            services.move(resident_ids=[dead.pk], reason=nothing, **given)
    assert services.move(resident_ids=[dead.pk], reason="派出所核实在世", **given) == 1
    told = Event.objects.filter(subject_id=dead.pk, trace=dead.row_key).order_by("pk")
    assert [event.name for event in told][-2:] == [
        "people.death_taken_back",
        "people.resident_moved",
    ]
    assert told.get(name="people.death_taken_back").facts == {"reason": "派出所核实在世"}
    dead.refresh_from_db()
    assert (dead.until_date, dead.departure) == (None, "")


def test_a_papers_number_is_letters_and_digits(household, desk):
    with pytest.raises(Several) as refused:
        add(household, Person(name="J", id_number="<b>", id_kind="PASSPORT"), actor=desk)
    assert [type(fault).__name__ for fault in refused.value.faults] == ["PaperNumberInvalid"]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor == "postgresql", reason="it reads a small table whole")
def test_a_whole_number_is_found_by_an_index():
    one = Resident.objects.filter(id_digest="0" * 64)
    assert "resident_by_number" in one.explain()
    several = Resident.objects.filter(until_date=None, id_digest__in=["0" * 64, "1" * 64])
    assert "resident_by_number" in several.explain()
