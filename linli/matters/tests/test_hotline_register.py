"""The register of 12345 orders: which stand where, and that nothing else is read for it."""

import pytest
from django.db.models import QuerySet

from linli.matters import queries, registers
from linli.matters.models import Matter
from linli.matters.tests.plans import plan_of
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import Channel, State
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def at(cast: Cast, state: State, number: str, **changes: object) -> int:
    stage = stage_at(cast, state, channel=Channel.HOTLINE_12345, hotline_number=number)
    Matter.objects.filter(pk=stage.id).update(**changes)
    return stage.id


def asked(cast: Cast, who: str) -> dict[str, object]:
    return {"actor": cast.actor(getattr(cast, who)), "community_id": cast.community.pk}


def keys(rows: QuerySet[Matter]) -> list[int]:
    return [matter.pk for matter in rows]


@pytest.mark.parametrize("who", ["shen", "zhou_min", "gu"])
def test_each_order_stands_where_it_is(cast: Cast, who: str) -> None:
    reported(cast)
    reported(cast, channel=Channel.HOTLINE_12345)  # By telephone, and nobody knows the number.
    under_way = at(cast, State.TAKEN, "1")
    done, declined = at(cast, State.VERIFIED, "2"), at(cast, State.DECLINED, "3")
    merged = at(cast, State.MERGED, "4")
    into_done = at(cast, State.MERGED, "5", merged_into_id=done)
    replied = at(cast, State.CLOSED, "6", hotline_replied_at=NOW)
    given = asked(cast, who)
    assert keys(registers.hotline_to_reply(**given)) == [into_done, declined, done]
    assert keys(registers.hotline_under_way(**given)) == [merged, under_way]
    assert keys(registers.hotline_replied(**given)) == [replied]
    every = sorted([under_way, done, declined, merged, into_done, replied], reverse=True)
    assert keys(registers.list_hotline(**given)) == every
    assert queries.how_many(rows=registers.hotline_to_reply(**given)) == 3
    known = registers.known_hotline_numbers(
        community_id=cast.community.pk, numbers=["", "2", "6", "7"]
    )
    assert known == {"2": done, "6": replied}


def test_nobody_counts_beyond_a_thousand(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("1", "2", "3", "4"):
        at(cast, State.TAKEN, number)
    monkeypatch.setattr("linli.matters.queries.paging.COUNT_MOST", 2)
    assert queries.how_many(rows=registers.hotline_under_way(**asked(cast, "shen"))) == 3


@pytest.mark.parametrize(
    "read", [registers.hotline_to_reply, registers.hotline_under_way, registers.list_hotline]
)
def test_other_matters_are_not_read(cast: Cast, read) -> None:
    at(cast, State.TAKEN, "1")
    given = asked(cast, "zhou_min")
    assert "matter_hotline" in plan_of(lambda: list(read(**given)[:51]))
    assert "matter_hotline" in plan_of(lambda: queries.how_many(rows=read(**given)))


def test_numbers_are_looked_up_among_12345_orders(cast: Cast) -> None:
    at(cast, State.TAKEN, "1")
    given = {"community_id": cast.community.pk, "numbers": ["1", "2"]}
    plan = plan_of(lambda: registers.known_hotline_numbers(**given))
    assert "matter_hotline" in plan
