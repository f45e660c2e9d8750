"""Whose orders are shown, in which order, and what that costs."""

import pytest

from linli.core.errors import NotFound
from linli.matters import queries
from linli.matters.models import Order
from linli.matters.tests.plans import plan_of
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.workflow import OrderState, State
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def sent_to_chen_himself(cast: Cast, state: State = State.DISPATCHED) -> Stage:
    stage = stage_at(cast, state)
    Order.objects.filter(matter_id=stage.id).update(organisation=None, account=cast.chen)
    return stage


def of_everybody(cast: Cast) -> list[Stage]:
    """Return matters in many states; some orders are 陈's own, most are his unit's."""
    states = (State.RESOLVED, State.RETURNED, State.TAKEN, State.DISPATCHED, State.REWORK)
    stages = [stage_at(cast, state) for state in states]
    own = sent_to_chen_himself(cast)
    done = sent_to_chen_himself(cast, State.RESOLVED)
    return [*stages, own, done, stage_at(cast, State.CLOSED)]


def test_a_unit_and_its_worker_answer_for_what_either_has_by_deadline(cast: Cast) -> None:
    of_everybody(cast)
    actor = cast.actor(cast.chen)
    live = [OrderState.SENT, OrderState.OBJECTED, OrderState.TAKEN, OrderState.RETURNED]
    wanted = list(Order.objects.filter(state__in=live).order_by("matter__due_at", "pk"))
    assert {order.account_id for order in wanted} == {None, cast.chen.pk}
    assert queries.list_orders(actor=actor, most=50) == wanted
    assert queries.list_orders(actor=actor, most=2) == wanted[:2]
    taken = [order for order in wanted if order.taken_by_id == cast.chen.pk]
    assert taken
    assert queries.list_orders(actor=actor, most=50, only_taken=True) == taken


def test_what_ended_is_paged_newest_first(cast: Cast) -> None:
    of_everybody(cast)
    actor = cast.actor(cast.chen)
    over = [OrderState.DONE, OrderState.RELEASED]
    wanted = list(Order.objects.filter(state__in=over).order_by("-pk"))
    assert len(wanted) > 3
    found, after = [], None
    for _ in range(len(wanted)):
        page = queries.page_of_ended_orders(actor=actor, after=after, size=2)
        found += page.orders
        after = page.next_after
        if after is None:
            break
    assert found == wanted


@pytest.mark.parametrize("who", ["ma", "outside_handler", "gu"])
def test_others_have_none_of_them(cast: Cast, who: str) -> None:
    stage = of_everybody(cast)[0]
    actor = cast.actor(getattr(cast, who))
    assert queries.list_orders(actor=actor, most=50) == []
    assert queries.page_of_ended_orders(actor=actor).orders == []
    if who != "gu":  # Who walks the grid sees the matter all the same.
        with pytest.raises(NotFound):
            queries.get_matter(actor=actor, matter_id=stage.id)


def test_an_order_opens_its_matter_and_no_other(cast: Cast) -> None:
    mine, own = stage_at(cast, State.DISPATCHED), sent_to_chen_himself(cast)
    other = stage_at(cast, State.ACCEPTED)
    actor = cast.actor(cast.chen)
    for stage in (mine, own):
        assert queries.get_matter(actor=actor, matter_id=stage.id).pk == stage.id
    with pytest.raises(NotFound):
        queries.get_matter(actor=actor, matter_id=other.id)


def test_a_page_of_what_ended_is_read_from_the_index_and_not_sorted(cast: Cast) -> None:
    stage_at(cast, State.RESOLVED)
    actor = cast.actor(cast.chen)
    plan = plan_of(lambda: queries.page_of_ended_orders(actor=actor, after=10**6, size=30))
    assert "order_organisation" in plan
    assert "order_account" in plan


def test_only_what_is_in_hand_counts_as_a_load(cast: Cast) -> None:
    of_everybody(cast)
    given = {"community_id": cast.community.pk}
    load = queries.count_workload(**given, account_ids=[cast.chen.pk, cast.zhou_min.pk])
    assert load.organisations == {cast.property_company.pk: 3}  # Taken, sent, to be done again.
    assert load.accounts == {cast.chen.pk: 1}
    assert queries.count_workload(**given, account_ids=[]).accounts == {}
    elsewhere = cast.outside_company.community_id
    assert queries.count_workload(community_id=elsewhere, account_ids=[cast.chen.pk]) == (
        queries.Workload(organisations={}, accounts={})
    )


def test_a_load_is_counted_without_a_look_at_what_is_over(cast: Cast) -> None:
    of_everybody(cast)
    given = {"community_id": cast.community.pk, "account_ids": [cast.chen.pk]}
    plan = plan_of(lambda: queries.count_workload(**given))
    assert "order_organisation" in plan
    assert "order_account" in plan
