"""Problem lists and meeting sheets: numbers without gaps, evidence for each, one saving."""

import threading
import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from linli.core.actor import NOBODY
from linli.core.errors import NotEntitled, NotFound, Several
from linli.core.models import Event
from linli.matters import registers, services
from linli.matters.models import Matter, Note, Problem, SheetItem
from linli.matters.registers import ProblemFilter
from linli.matters.services import Report, ReporterInput
from linli.matters.workflow import Channel
from linli.territory.queries import locate
from tests.cast import NOW, Cast, make_cast

TODAY = NOW.date()
LATER = NOW + timedelta(days=1)


def a_matter(cast: Cast, text: str = "门口的路灯坏了", **changes) -> Matter:
    given = {
        "submission_key": uuid.uuid4(),
        "community_id": cast.community.pk,
        "text": text,
        "category_id": cast.lamp.pk,
        "location": locate(building_id=cast.building.pk),
        "channel": Channel.WEB,
        "reporter": ReporterInput(name="张三", phone="13812348000"),
    }
    return services.report(report=Report(**(given | changes)), actor=NOBODY, at=NOW).matter


def put_right(cast: Cast, matter: Matter) -> None:
    desk, company = cast.actor(cast.zhou_min), cast.actor(cast.chen)
    services.accept(matter_id=matter.pk, actor=desk, at=NOW)
    services.dispatch(
        matter_id=matter.pk, actor=desk, at=NOW, organisation_id=cast.property_company.pk
    )
    services.take(matter_id=matter.pk, actor=company, at=NOW)
    services.resolve(matter_id=matter.pk, actor=company, at=LATER, note="已更换")
    services.verify(matter_id=matter.pk, actor=cast.actor(cast.zhou_ning), at=LATER)


def a_list(cast: Cast, **given):
    asked = {"community_id": cast.community.pk, "name": "百姓身边的烦心事", "at": NOW}
    return services.open_problem_list(**(asked | {"actor": cast.actor(cast.shen)} | given))


def add(cast: Cast, problem_list, *matters: Matter, who: str = "shen"):
    return services.add_problems(
        problem_list_id=problem_list.pk,
        matter_ids=[matter.pk for matter in matters],
        actor=cast.actor(getattr(cast, who)),
        at=NOW,
    )


# --- Problem lists ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_lists_are_numbered_by_the_year(cast: Cast):
    assert [a_list(cast).code, a_list(cast).code] == ["2026-01", "2026-02"]
    with pytest.raises(services.ListCodeTaken):
        a_list(cast, code="2026-02")
    assert a_list(cast, code="急难愁盼").code == "急难愁盼"


@pytest.mark.django_db
def test_each_matter_gets_the_next_number_once(cast: Cast):
    wanted, first, second = a_list(cast), a_matter(cast), a_matter(cast)
    assert [one.number for one in add(cast, wanted, first).problems] == [1]
    again = add(cast, wanted, second, first, second)
    assert [one.number for one in again.problems] == [2]
    assert again.already == (first.pk,)
    listed = Event.objects.filter(name="matters.listed").order_by("id")
    assert [event.facts["number"] for event in listed] == [1, 2]
    assert {event.trace for event in listed} == {first.trace, second.trace}


@pytest.mark.django_db
def test_the_database_refuses_a_number_or_a_matter_twice(cast: Cast):
    wanted, matter, other = a_list(cast), a_matter(cast), a_matter(cast)
    add(cast, wanted, matter)
    for row in ({"number": 1, "matter": other}, {"number": 2, "matter": matter}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Problem.objects.create(problem_list=wanted, added_at=NOW, **row)


@pytest.mark.django_db(transaction=True)
def test_ten_people_who_add_at_once_leave_no_gap_and_no_double():
    cast = make_cast()
    wanted = a_list(cast)
    matters = [a_matter(cast) for _ in range(20)]
    actor, errors = cast.actor(cast.shen), []

    def add_two(index: int) -> None:
        try:
            services.add_problems(
                problem_list_id=wanted.pk,
                matter_ids=[matters[index].pk, matters[index + 10].pk, matters[0].pk],
                actor=actor,
                at=NOW,
            )
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=add_two, args=(index,)) for index in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    numbers = Problem.objects.filter(problem_list=wanted).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, 21))


@pytest.mark.django_db
def test_progress_counts_what_is_closed_with_evidence(cast: Cast):
    wanted = a_list(cast)
    fixed, left, declined = a_matter(cast), a_matter(cast), a_matter(cast)
    add(cast, wanted, fixed, left, declined)
    put_right(cast, fixed)
    services.decline(matter_id=declined.pk, actor=cast.actor(cast.shen), at=NOW, reason="不在本区")
    actor = cast.actor(cast.shen)
    progress = registers.progress_of(actor=actor, problem_list=wanted)
    assert (progress.total, progress.closed, progress.proven) == (3, 1, 1)
    assert not progress.is_done
    asked = {"actor": actor, "problem_list": wanted}
    rows, _key = registers.page_of_problems(**asked, wanted=ProblemFilter())
    assert [row.lacks_evidence for row in rows] == [False, False, True]
    assert rows[0].evidence.resolution == "已更换"
    assert rows[0].evidence.handled_by == "安居物业"
    for part, numbers in (("open", [2]), ("closed", [1]), ("unproven", [3])):
        rows, _key = registers.page_of_problems(**asked, wanted=ProblemFilter(part=part))
        assert [row.problem.number for row in rows] == numbers


@pytest.mark.django_db
def test_a_matter_that_is_merged_is_shown_as_what_it_was_merged_into(cast: Cast):
    wanted, early, late = a_list(cast), a_matter(cast), a_matter(cast)
    add(cast, wanted, early)
    desk = cast.actor(cast.zhou_min)
    services.merge(matter_id=early.pk, into_id=late.pk, actor=desk, at=NOW)
    put_right(cast, late)
    progress = registers.progress_of(actor=desk, problem_list=wanted)
    assert (progress.total, progress.closed, progress.proven) == (1, 1, 1)
    assert add(cast, a_list(cast), early).problems[0].matter == late


@pytest.mark.django_db
def test_pages_follow_each_other_by_number(cast: Cast):
    wanted = a_list(cast)
    add(cast, wanted, *[a_matter(cast) for _ in range(5)])
    asked = {"actor": cast.actor(cast.gu), "problem_list": wanted, "wanted": ProblemFilter()}
    first, key = registers.page_of_problems(**asked, size=3)
    second, end = registers.page_of_problems(**asked, size=3, after=key)
    assert [row.problem.number for row in (*first, *second)] == [1, 2, 3, 4, 5]
    assert end == ""


@pytest.mark.django_db
def test_restricted_and_unknown_matters_are_not_listed(cast: Cast):
    wanted = a_list(cast)
    hidden = a_matter(cast, category_id=cast.referral.pk)
    with pytest.raises(services.RestrictedStaysOffLists):
        add(cast, wanted, a_matter(cast), hidden)
    with pytest.raises(services.MatterUnknown):  # Staff do not even learn that it is there.
        add(cast, wanted, hidden, who="zhou_min")
    with pytest.raises(services.NothingChosen):
        add(cast, wanted)
    assert not Problem.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "refusal"),
    [("outsider", NotFound), ("chen", NotFound), ("gu", NotEntitled), ("li", NotEntitled)],
)
def test_only_those_who_keep_the_desk_add_to_a_list(cast: Cast, who, refusal):
    wanted, matter = a_list(cast), a_matter(cast)
    with pytest.raises(refusal):
        add(cast, wanted, matter, who=who)


# --- Meeting sheets ---------------------------------------------------------------------------


def a_sheet(cast: Cast, *matters: Matter, day: date = TODAY, **given):
    asked = {
        "community_id": cast.community.pk,
        "name": "网格例会",
        "held_on": day,
        "matter_ids": [matter.pk for matter in matters],
        "actor": cast.actor(cast.shen),
        "at": NOW,
    }
    return services.make_sheet(**(asked | given))


def order_of(cast: Cast, sheet) -> list[int]:
    items = registers.items_of_sheet(actor=cast.actor(cast.shen), sheet=sheet)
    return [item.matter_id for item in items]


@pytest.mark.django_db
def test_what_the_meeting_said_becomes_a_note_of_each_matter(cast: Cast):
    first, second = a_matter(cast), a_matter(cast)
    sheet = a_sheet(cast, first, second)
    one, two = SheetItem.objects.order_by("position")
    lines = {one.pk: "物业三日内修好 ", two.pk: ""}
    given = {"sheet_id": sheet.pk, "actor": cast.actor(cast.zhou_min), "at": NOW}
    assert len(services.record_meeting(lines=lines, **given)) == 1
    assert services.record_meeting(lines=lines, **given) == []
    note = Note.objects.get()
    assert (note.kind, note.text, note.matter) == ("MEETING", "物业三日内修好", first)
    services.record_meeting(lines={one.pk: "改为五日内"}, **given)
    assert Note.objects.count() == 2
    assert SheetItem.objects.get(pk=one.pk).note.text == "改为五日内"


@pytest.mark.django_db
def test_one_line_that_is_too_long_leaves_all_unsaved(cast: Cast):
    sheet = a_sheet(cast, a_matter(cast), a_matter(cast))
    one, two = SheetItem.objects.order_by("position")
    with pytest.raises(Several) as refused:
        services.record_meeting(
            sheet_id=sheet.pk,
            lines={one.pk: "好", two.pk: "长" * 401},
            actor=cast.actor(cast.shen),
            at=NOW,
        )
    assert [fault.field for fault in refused.value.faults] == [f"line_{two.pk}"]
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_what_is_unsettled_is_carried_over_first(cast: Cast):
    done, left, new = a_matter(cast), a_matter(cast), a_matter(cast)
    a_sheet(cast, done, left)
    put_right(cast, done)
    following = a_sheet(cast, new, day=date(2026, 3, 11))
    assert order_of(cast, following) == [left.pk, new.pk]
    assert order_of(cast, a_sheet(cast, new, carry_over=False)) == [new.pk]


@pytest.mark.django_db
def test_items_are_added_dropped_and_put_in_order(cast: Cast):
    first, second, third = (a_matter(cast) for _ in range(3))
    sheet = a_sheet(cast, first, second)
    given = {"sheet_id": sheet.pk, "actor": cast.actor(cast.zhou_min), "at": NOW}
    services.add_to_sheet(matter_ids=[first.pk, third.pk], **given)
    assert order_of(cast, sheet) == [first.pk, second.pk, third.pk]
    items = {item.matter_id: item.pk for item in SheetItem.objects.all()}
    services.order_sheet(item_ids=[items[third.pk], items[first.pk]], **given)
    assert order_of(cast, sheet) == [third.pk, first.pk, second.pk]
    services.record_meeting(lines={items[third.pk]: "已议定"}, **given)
    services.drop_from_sheet(item_id=items[first.pk], **given)
    with pytest.raises(services.ItemHasNote):
        services.drop_from_sheet(item_id=items[third.pk], **given)
    assert order_of(cast, sheet) == [third.pk, second.pk]


@pytest.mark.django_db
def test_a_grid_lead_sees_only_the_items_of_the_own_grid(cast: Cast):
    near = a_matter(cast)
    far = a_matter(cast, location=locate(building_id=cast.far_building.pk))
    sheet = a_sheet(cast, near, far)
    items = registers.items_of_sheet(actor=cast.actor(cast.li), sheet=sheet)
    assert [item.matter for item in items] == [near]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["outsider", "chen", "nobody_yet"])
def test_a_sheet_of_another_community_does_not_exist(cast: Cast, who):
    sheet = a_sheet(cast, a_matter(cast))
    actor = cast.actor(getattr(cast, who))
    with pytest.raises(NotFound):
        registers.get_sheet(actor=actor, sheet_id=sheet.pk)
    with pytest.raises(NotFound):
        services.record_meeting(sheet_id=sheet.pk, lines={}, actor=actor, at=NOW)
