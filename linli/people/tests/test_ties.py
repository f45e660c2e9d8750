"""Ties: no link too many, nothing lost when somebody leaves, and pairings known to few."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Tie, TieHolder
from linli.people.personal import Person
from linli.people.queries import PlanQuestion
from linli.territory.models import Building, Dwelling
from tests.cast import NOW, RoleName, give
from tests.racing import race

TODAY = NOW.date()


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


def home(cast, room, *, entrance=None):
    door = Dwelling.objects.create(entrance=entrance or cast.entrance, room=str(room))
    return services.open_household(
        dwelling_id=door.pk, status="LIVES_HERE", actor=cast.actor(cast.shen), at=NOW
    )


def somebody(cast, household, name="王桂英", **more):
    return services.add_resident(
        household_id=household.pk,
        person=Person(name=name, **more),
        actor=cast.actor(cast.shen),
        at=NOW,
    )


def named(cast, kind="CONTACT", *, places=None, **who):
    return services.name_tie_holder(
        community_id=cast.community.pk,
        kind=kind,
        places=places,
        actor=cast.actor(cast.shen),
        at=NOW,
        **(who or {"account_id": cast.wang.pk}),
    )


def tied(cast, holder, **to):
    return services.make_tie(holder_id=holder.pk, actor=cast.actor(cast.shen), at=NOW, **to)


# --- Places -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_eleventh_is_refused_by_the_service_and_by_the_database(cast):
    holder = named(cast)
    for number in range(10):
        tied(cast, holder, household_id=home(cast, 100 + number).pk)
    eleventh = home(cast, 110)
    with pytest.raises(services.NoPlaceLeft) as refused:
        tied(cast, holder, household_id=eleventh.pk)
    assert "10" in str(refused.value)
    assert "王阿姨" in str(refused.value)
    for place in (10, 11, 0):
        copy = Tie.objects.filter(holder=holder).latest("place")
        copy.pk, copy.trace, copy.place = None, None, place
        copy.trace = holder.trace
        copy.household = eleventh
        with pytest.raises(IntegrityError), transaction.atomic():
            copy.save(force_insert=True)


@pytest.mark.django_db
def test_how_many_there_are_is_the_communitys_own_data(cast, secretary):
    given = {"community_id": cast.community.pk, "actor": secretary, "at": NOW}
    services.set_tie_capacity(kind="CONTACT", places=2, **given)
    assert named(cast).places == 2
    for kind, places in (("CONTACT", 0), ("CONTACT", 100), ("PAIRING", 2)):
        with pytest.raises(services.PlacesInvalid):
            services.set_tie_capacity(kind=kind, places=places, **given)
    holder = TieHolder.objects.get()
    first, second = (tied(cast, holder, household_id=home(cast, room).pk) for room in (1, 2))
    change = {"holder_id": holder.pk, "actor": secretary, "at": NOW}
    with pytest.raises(services.HasMoreLinks):
        services.set_places(places=1, **change)
    services.end_tie(tie_id=first.pk, ending="DONE", actor=secretary, at=NOW)
    services.set_places(places=1, **change)
    second.refresh_from_db()
    assert (second.place, second.places) == (1, 1)


@pytest.mark.django_db
def test_one_link_of_a_kind_leads_to_a_household(cast):
    first, second = named(cast), named(cast, account_id=cast.xu.pk)
    door = home(cast, 101)
    tied(cast, first, household_id=door.pk)
    with pytest.raises(services.TiedAlready):
        tied(cast, second, household_id=door.pk)
    with pytest.raises(services.HoldsAlready):
        named(cast)


@pytest.mark.django_db
def test_links_lead_where_their_kind_does(cast):
    door, other = home(cast, 101), home(cast, 102)
    member, elder = somebody(cast, door), somebody(cast, other, "李奶奶")
    contact = named(cast, resident_id=member.pk)
    pioneer = named(cast, "PIONEER", household_id=door.pk)
    below = named(cast, "PIONEER", resident_id=member.pk)
    pairing = named(cast, "PAIRING", resident_id=member.pk)
    for holder, wrong in (
        (contact, {"resident_id": elder.pk}),
        (pioneer, {"household_id": other.pk}),
        (below, {"resident_id": elder.pk}),
        (pairing, {"household_id": other.pk}),
    ):
        with pytest.raises(services.TieKindUnknown):
            tied(cast, holder, **wrong)
    for kind, who in (
        ("PIONEER", {"account_id": cast.wang.pk}),
        ("CONTACT", {"household_id": door.pk}),
        ("FRIEND", {"resident_id": member.pk}),
    ):
        with pytest.raises(services.TieKindUnknown):
            named(cast, kind, **who)
    with pytest.raises(services.NotToOneself):
        tied(cast, pairing, resident_id=member.pk)
    with pytest.raises(services.NotToOwnHousehold):
        tied(cast, pioneer, resident_id=member.pk)
    with pytest.raises(services.NotToOwnHousehold):
        tied(cast, below, household_id=door.pk)
    with pytest.raises(services.NotToOwnHousehold):
        tied(cast, contact, household_id=door.pk)
    assert tied(cast, pioneer, resident_id=elder.pk).place == 1
    assert tied(cast, below, household_id=other.pk).place == 1
    tied(cast, pairing, resident_id=elder.pk)
    with pytest.raises(NotFound):
        named(cast, account_id=cast.outsider.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_place_one_has_it(cast):
    holder = named(cast, places=1)
    homes = [home(cast, 100 + number) for number in range(4)]
    outcome = race(
        racers=4, act=lambda number: tied(cast, holder, household_id=homes[number].pk).pk
    )
    assert len(outcome.results) == 1
    assert {type(one) for one in outcome.refusals} == {services.NoPlaceLeft}
    assert Tie.objects.count() == Event.objects.filter(name="people.tie_made").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_tie_the_same_household_one_does(cast):
    holders = [named(cast, account_id=one.pk) for one in (cast.wang, cast.xu, cast.li)]
    door = home(cast, 101)
    outcome = race(
        racers=3, act=lambda number: tied(cast, holders[number], household_id=door.pk).pk
    )
    assert len(outcome.results) == 1
    assert {type(one) for one in outcome.refusals} == {services.TiedAlready}


# --- Endings ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_link_ends_for_a_reason_and_frees_its_place(cast, secretary):
    holder = named(cast, places=1)
    door = home(cast, 101)
    tie = tied(cast, holder, household_id=door.pk)
    given = {"tie_id": tie.pk, "actor": secretary, "at": NOW}
    for ending in ("", "REASSIGNED", "X"):
        with pytest.raises(services.EndingUnknown):
            services.end_tie(ending=ending, **given)
    with pytest.raises(services.EndingUnsaid):
        services.end_tie(ending="OTHER", **given)
    ended = services.end_tie(ending="OTHER", note="王阿姨照顾孙子，13800138000", **given)
    assert queries.note_of(tie=ended) == "王阿姨照顾孙子，138****8000"
    assert "王阿姨".encode() not in bytes(ended.note_sealed)
    with pytest.raises(NotFound):
        services.end_tie(ending="DONE", **given)
    assert tied(cast, holder, household_id=door.pk).place == 1
    event = Event.objects.get(name="people.tie_ended")
    assert event.facts == {"kind": "CONTACT", "ending": "OTHER"}


@pytest.mark.django_db
def test_who_leaves_leaves_no_link_behind(cast, secretary):
    near, far = home(cast, 101), home(cast, 102)
    member, elder = somebody(cast, near), somebody(cast, far, "李奶奶")
    holder = named(cast, resident_id=member.pk)
    tied(cast, holder, household_id=far.pk)
    pairing = named(cast, "PAIRING", account_id=cast.xu.pk)
    tied(cast, pairing, resident_id=elder.pk)
    given = {"departure": "DIED", "on": TODAY, "actor": secretary, "at": NOW}
    services.depart(resident_id=elder.pk, **given)
    services.depart(resident_id=member.pk, **given)
    assert dict(Tie.objects.values_list("kind", "ending")) == {
        "PAIRING": "OTHER_GONE",
        "CONTACT": "HOLDER_GONE",
    }
    assert list(TieHolder.objects.filter(until_date=None)) == [pairing]


# --- A year of a pairing ------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_pairing_over_a_year_is_handed_to_a_stand_in_in_between(cast, secretary):
    elder = somebody(cast, home(cast, 101), "李奶奶")
    holder = named(cast, "PAIRING", account_id=cast.xu.pk)
    tie = tied(cast, holder, resident_id=elder.pk)
    given = {"tie_id": tie.pk, "actor": secretary, "at": NOW}
    begins, ends = date(2026, 7, 1), date(2026, 8, 31)
    lent = services.hand_tie_over(
        from_date=begins, until_date=ends, account_id=cast.sun.pk, **given
    )

    def holds(account, on):
        return [row.tie.pk for row in queries.my_ties(actor=cast.actor(account), on=on)]

    for on in (TODAY, begins - timedelta(1), begins, ends, ends + timedelta(1)):
        assert holds(cast.xu, on) == [tie.pk]
        assert holds(cast.sun, on) == ([tie.pk] if begins <= on <= ends else [])
    row = queries.row_of_tie(tie=tie, on=begins)
    assert (row.holder, row.other, row.stand_in) == ("许中杰", "李奶奶", "孙丽")
    for days in ((ends, ends + timedelta(9)), (begins - timedelta(9), begins)):
        with pytest.raises(services.StandInThere):
            services.hand_tie_over(
                from_date=days[0], until_date=days[1], account_id=cast.li.pk, **given
            )
    for last in (ends + timedelta(2 + 366), date.max):
        with pytest.raises(services.StandInTooLong):
            services.hand_tie_over(
                from_date=ends + timedelta(2), until_date=last, account_id=cast.li.pk, **given
            )
    for days in ((TODAY - timedelta(1), TODAY), (ends + timedelta(2), ends + timedelta(1))):
        with pytest.raises(services.StandInDatesInvalid):
            services.hand_tie_over(
                from_date=days[0], until_date=days[1], account_id=cast.li.pk, **given
            )
    for nobody in ({"account_id": cast.xu.pk}, {"resident_id": elder.pk}, {}):
        with pytest.raises(services.StandInUnknown):
            services.hand_tie_over(
                from_date=date(2026, 9, 5), until_date=date(2026, 9, 6), **nobody, **given
            )
    services.end_tie_stand_in(stand_in_id=lent.pk, actor=secretary, at=NOW)
    assert holds(cast.sun, begins) == []
    services.end_tie(ending="DONE", **given)
    assert [name for _one, name in queries.stand_ins_of(tie=tie)] == ["孙丽"]
    told = Event.objects.filter(trace=tie.trace).order_by("id").values_list("name", flat=True)
    assert list(told) == [
        f"people.{one}"
        for one in ("tie_made", "tie_handed_over", "tie_stand_in_ended", "tie_ended")
    ]


# --- Who knows ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "contact", "pairing"),
    [
        ("shen", True, True), ("zhou_min", True, False), ("li", True, False),
        ("xu", True, True), ("wang", True, False), ("sun", False, False),
        ("gu", False, False), ("fang", False, False), ("chen", False, False),
        ("outsider", False, False), ("nobody_yet", False, False),
    ],
)  # fmt: skip
def test_who_knows_of_a_link(cast, who, contact, pairing):
    door = home(cast, 101)
    elder = somebody(cast, door)
    link = tied(cast, named(cast), household_id=door.pk)
    pair = tied(cast, named(cast, "PAIRING", account_id=cast.xu.pk), resident_id=elder.pk)
    actor = cast.actor(getattr(cast, who))
    open_to = set(queries.ties_open_to(actor=actor, on=TODAY).values_list("pk", flat=True))
    assert (link.pk in open_to, pair.pk in open_to) == (contact, pairing)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("zhou_min", services.TiesNotYours), ("xu", services.TiesNotYours),
        ("gu", NotFound), ("outsider", NotFound), ("nobody_yet", NotFound),
    ],
)  # fmt: skip
def test_who_may_not_pair(cast, who, refusal):
    given = {"actor": cast.actor(getattr(cast, who)), "at": NOW}
    with pytest.raises(refusal):
        services.name_tie_holder(
            community_id=cast.community.pk, kind="PAIRING", account_id=cast.xu.pk, **given
        )
    pairing = named(cast, "PAIRING", account_id=cast.xu.pk)
    elder = somebody(cast, home(cast, 101))
    with pytest.raises(NotFound):
        services.make_tie(holder_id=pairing.pk, resident_id=elder.pk, **given)


# --- Plans --------------------------------------------------------------------------------------


@pytest.fixture
def street(cast):
    """Three houses in a row; a member of the party and homes in each of the outer two."""
    Building.objects.filter(pk=cast.building.pk).update(longitude=118.8010)
    Building.objects.filter(pk=cast.next_building.pk).update(longitude=118.8020)
    far = cast.next_building.entrances.create(code="1", name="1单元")
    west = [home(cast, room) for room in (101, 102, 103)]
    east = [home(cast, room, entrance=far) for room in (101, 102)]
    members = [somebody(cast, west[0], "党员西"), somebody(cast, east[0], "党员东")]
    return west, east, members


def question(cast, **more):
    return PlanQuestion(community_id=cast.community.pk, kind="CONTACT", **more)


def accept(cast, plan, actor):
    return services.accept_tie_plan(question=plan.question, digest=plan.digest, actor=actor, at=NOW)


@pytest.mark.django_db
def test_a_plan_is_shown_then_accepted_all_or_nothing(cast, desk, street):
    west, east, members = street
    first, second = (named(cast, resident_id=one.pk, places=3) for one in members)
    plan = queries.plan_ties(question=question(cast), on=TODAY)
    assert (plan.new, plan.moved, plan.kept, plan.missing) == (5, 0, 0, 0)
    # Nobody is linked to their own household: two go to the other house, 94 m away.
    assert (plan.total_m, plan.longest_m) == (188, 94)
    assert {key: plan.found[key] for key in plan.found} == {
        **{one.pk: first.pk for one in (*west[1:], east[0])},
        **{one.pk: second.pk for one in (*east[1:], west[0])},
    }
    assert not Tie.objects.exists()
    accept(cast, plan, desk)
    assert Tie.objects.filter(until_date=None).count() == 5
    caused = Event.objects.get(name="people.ties_assigned")
    assert Event.objects.filter(name="people.tie_made", cause=caused).count() == 5
    with pytest.raises(services.ChangedMeanwhile):
        accept(cast, plan, desk)
    again = queries.plan_ties(question=question(cast), on=TODAY)
    assert (again.changes, again.kept) == ((), 5)


@pytest.mark.django_db
def test_too_few_places_say_how_many_are_missing(cast, desk, street):
    named(cast, resident_id=street[2][0].pk, places=3)
    plan = queries.plan_ties(question=question(cast), on=TODAY)
    assert (plan.missing, plan.changes) == (2, ())
    with pytest.raises(services.ChangedMeanwhile):
        accept(cast, plan, desk)


@pytest.mark.django_db
def test_when_somebody_moves_only_what_must_change_changes(cast, desk, street):
    _west, east, members = street
    first, second = (named(cast, resident_id=one.pk, places=5) for one in members)
    accept(cast, queries.plan_ties(question=question(cast), on=TODAY), desk)
    new = home(cast, 104)
    plan = queries.plan_ties(question=question(cast), on=TODAY)
    assert [(one.taker_id, one.holder_id) for one in plan.changes] == [(new.pk, first.pk)]
    services.move(
        resident_ids=[members[0].pk], household_id=east[1].pk, on=TODAY, actor=desk, at=NOW
    )
    moved = queries.plan_ties(question=question(cast), on=TODAY)
    # Both are far from the west now; nobody there is nearer to the other, so only the new is new.
    assert [one.taker_id for one in moved.changes] == [new.pk]
    services.depart(resident_id=members[1].pk, departure="MOVED_OUT", on=TODAY, actor=desk, at=NOW)
    left = queries.plan_ties(question=question(cast), on=TODAY)
    assert left.missing == 1
    assert not Tie.objects.filter(holder=second, until_date=None).exists()


@pytest.mark.django_db
def test_a_plan_weighs_everything_anew_when_asked(cast, desk, street):
    west, _east, members = street
    first, second = (named(cast, resident_id=one.pk, places=5) for one in members)
    far = tied(cast, second, household_id=west[1].pk)
    kept = queries.plan_ties(question=question(cast), on=TODAY)
    assert (kept.moved, kept.found[west[1].pk]) == (0, second.pk)
    assert kept.total_m == 283  # Two more, for nobody is linked to their own household.
    plan = queries.plan_ties(question=question(cast, anew=True), on=TODAY)
    assert (plan.moved, plan.new, plan.total_m) == (1, 4, 2 * 94)
    accept(cast, plan, desk)
    far.refresh_from_db()
    assert (far.ending, far.until_date) == ("REASSIGNED", TODAY)
    assert Tie.objects.filter(holder=first, until_date=None).count() == 3


@pytest.mark.django_db
def test_the_pioneers_have_two_halves(cast, desk, street):
    west, _east, members = street
    named(cast, "PIONEER", household_id=west[1].pk)
    for one in members:
        named(cast, "PIONEER", resident_id=one.pk)
    for half, total in (("members", 2), ("homes", 5)):
        asked = PlanQuestion(community_id=cast.community.pk, kind="PIONEER", half=half)
        plan = queries.plan_ties(question=asked, on=TODAY)
        assert plan.new == total
        accept(cast, plan, desk)
    assert Tie.objects.filter(kind="PIONEER").count() == 7
    for tie in Tie.objects.filter(resident__isnull=True).select_related("holder__resident"):
        assert tie.household_id != tie.holder.resident.household_id


@pytest.mark.django_db
def test_an_account_is_reckoned_from_the_building_it_leads(cast, desk, street):
    give(cast.sun, RoleName.BUILDING_LEAD, cast.next_building)
    lead, other = named(cast), named(cast, account_id=cast.sun.pk)
    plan = queries.plan_ties(question=question(cast), on=TODAY)
    assert plan.total_m == 0
    assert {plan.found[one.pk] for one in street[1]} == {other.pk}
    assert {plan.found[one.pk] for one in street[0]} == {lead.pk}
    rows = queries.plan_rows(plan=plan, start=0, most=10)
    assert [row.holder.name for row in rows] == ["王阿姨", "孙丽"]
    assert rows[1].takers[0] == ("翠园 5幢 1单元 101", 0, True)


@pytest.mark.django_db
def test_somebody_else_accepts_no_plan(cast, street):
    plan = queries.plan_ties(question=question(cast), on=TODAY)
    for who, refusal in (("xu", services.TiesNotYours), ("outsider", NotFound)):
        with pytest.raises(refusal):
            accept(cast, plan, cast.actor(getattr(cast, who)))


@pytest.mark.django_db
def test_two_rows_of_one_person_keep_the_links_of_both(cast, secretary):
    near, far = home(cast, 101), home(cast, 102)
    keep, double = somebody(cast, near, "李奶奶"), somebody(cast, far, "李阿婆")
    pairing = named(cast, "PAIRING", account_id=cast.xu.pk)
    led = tied(cast, pairing, resident_id=double.pk)
    held = tied(cast, named(cast, resident_id=double.pk), household_id=near.pk)
    services.merge(keep_id=keep.pk, double_id=double.pk, actor=secretary, at=NOW)
    for tie in (led, held):
        tie.refresh_from_db()
        assert tie.until_date is None
    assert led.resident == keep
    assert TieHolder.objects.get(pk=held.holder_id).resident == keep
    assert Event.objects.get(name="people.residents_merged").facts["links"] == 2
