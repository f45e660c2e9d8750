"""Search finds what one may see, and the index stays true under every step."""

import uuid

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.matters import queries, services
from linli.matters.models import Matter, MatterTerms
from linli.matters.queries import MatterFilter
from linli.matters.services import ReporterInput
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import OPEN, State
from linli.territory.models import Building
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def found(cast: Cast, who: str, query: str, **wanted: object) -> list[int]:
    page = queries.page_of_matters(
        actor=cast.actor(getattr(cast, who)), wanted=MatterFilter(query=query, **wanted)
    )
    return [matter.pk for matter in page.matters]


def held() -> dict[int, frozenset[str]]:
    return dict(MatterTerms.objects.values_list("pk", "terms"))


def test_two_characters_of_text_title_place_or_number_find_a_matter(cast: Cast) -> None:
    matter = reported(
        cast,
        text="门口的路灯不亮，电话 13812348000",
        location=locate(building_id=cast.building.pk, place_text="车库旁"),
    ).matter
    other = reported(
        cast, text="电梯停了", location=locate(building_id=cast.far_building.pk)
    ).matter
    for query in ("路灯", "灯不", "翠园3幢", "翠园 3幢", "车库", f"2026-{matter.pk}", "路灯 车库"):
        assert found(cast, "zhou_min", query) == [matter.pk], query
    assert found(cast, "zhou_min", "电梯") == [other.pk]
    assert found(cast, "zhou_min", "路灯 电梯") == []
    # A number in what they wrote is nobody's to find; their own telephone number is.
    assert "13812348000" not in held()[matter.pk]


def test_a_telephone_number_or_a_code_finds_what_that_person_asked_for(cast: Cast) -> None:
    mine = reported(cast, reporter=ReporterInput(name="张三", phone="13812348000"))
    reported(cast, reporter=ReporterInput(name="李四", phone="13912348000"))
    for query in ("13812348000", "138-1234-8000", mine.tracking_code, "路灯 13812348000"):
        assert found(cast, "zhou_min", query) == [mine.matter.pk], query
    assert found(cast, "outsider", "13812348000") == []


def test_what_asks_for_nothing_finds_nothing_and_says_so(cast: Cast) -> None:
    reported(cast)
    for query in ("灯", "，。", "'"):
        assert MatterFilter(query=query).is_too_short
        assert found(cast, "zhou_min", query) == []
    for query in ("路灯", "3", "13812348000", ""):
        assert not MatterFilter(query=query).is_too_short


@pytest.mark.parametrize(
    "query", ['"', '路灯"*', "a' | b", "路灯 AND 灯", "@community-1", "🙂路灯"]
)
def test_signs_are_no_query_language(cast: Cast, query: str) -> None:
    reported(cast)
    assert isinstance(found(cast, "zhou_min", query), list)


@pytest.mark.parametrize("narrowed", [{}, {"states": tuple(OPEN)}, {"needs_desk": True}])
def test_everybody_finds_exactly_what_they_see(cast: Cast, narrowed: dict[str, object]) -> None:
    stage_at(cast, State.TAKEN)
    reported(cast, location=locate(building_id=cast.far_building.pk))
    reported(cast, category_id=cast.referral.pk)
    reported(
        cast,
        community_id=cast.elsewhere.pk,
        category_id=cast.elsewhere_category.pk,
        location=locate(building_id=cast.elsewhere_building.pk),
    )
    for name in cast.accounts:
        actor = cast.actor(getattr(cast, name))
        wanted = MatterFilter(query="路灯", **narrowed)
        seen = queries.list_matters(actor=actor, wanted=MatterFilter(**narrowed))
        expected = sorted(seen.values_list("pk", flat=True), reverse=True)
        assert found(cast, name, "路灯", **narrowed) == expected, name
        assert sorted(queries.list_matters(actor=actor, wanted=wanted), key=lambda m: -m.pk) == (
            list(Matter.objects.filter(pk__in=expected).order_by("-pk"))
        ), name


def test_restricted_matters_are_found_by_those_in_charge_alone(cast: Cast) -> None:
    hidden = reported(cast, category_id=cast.referral.pk, text="独居老人需要照护").matter
    finders = {name for name in cast.accounts if found(cast, name, "独居老人")}
    assert finders == {"shen", "fang"}
    assert found(cast, "fang", f"2026-{hidden.pk}") == [hidden.pk]


def test_what_was_erased_is_found_no_more(cast: Cast) -> None:
    taken = reported(cast)
    Matter.objects.filter(pk=taken.matter.pk).update(text="找王五 13812348000 路灯", title="路灯")
    services.rebuild_index(say=lambda _total: None)
    services.erase_reporter(
        matter_id=taken.matter.pk,
        reporter_id=taken.reporter.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    assert "13812348000" not in held()[taken.matter.pk]
    assert found(cast, "shen", "13812348000") == []


def _same_as_rebuilt() -> None:
    before = held()
    assert set(before) == set(Matter.objects.values_list("pk", flat=True))
    assert services.rebuild_index(say=lambda _total: None) == len(before)
    assert held() == before
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO matters_search(matters_search) VALUES('integrity-check')")


@pytest.mark.parametrize("state", [state for state in State if state != State.MERGED])
def test_the_index_is_what_a_rebuild_would_write_whatever_happened(
    cast: Cast, state: State
) -> None:
    stage = stage_at(cast, state)
    _same_as_rebuilt()
    assert stage.id in held()


def test_words_places_and_kinds_that_change_are_found_by_their_new_ones(cast: Cast) -> None:
    desk = cast.actor(cast.shen)
    first, second = reported(cast).matter, reported(cast).matter
    services.accept(matter_id=first.pk, actor=desk, at=NOW, title="北门照明")
    assert found(cast, "xu", "照明") == [first.pk]
    services.merge(matter_id=second.pk, into_id=first.pk, actor=desk, at=NOW)
    services.recategorise(matter_id=first.pk, actor=desk, at=NOW, category_id=cast.referral.pk)
    assert found(cast, "xu", "照明") == []
    assert found(cast, "shen", "照明") == [first.pk]
    _same_as_rebuilt()
    Building.objects.filter(pk=cast.building.pk).update(name="乙幢")
    services.index_at(column="building_id", place_ids=[cast.building.pk])
    assert found(cast, "shen", "园乙") == [second.pk, first.pk]
    _same_as_rebuilt()


@pytest.mark.parametrize("query", ["", "路灯"])
@pytest.mark.parametrize("by_deadline", [False, True])
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(arrivals=st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_pages_show_everything_once_while_more_comes_in(
    cast: Cast, query: str, by_deadline: bool, arrivals: list[int]
) -> None:
    there = {reported(cast, submission_key=uuid.uuid4()).matter.pk for _ in range(7)}
    there |= set(Matter.objects.values_list("pk", flat=True))
    wanted = MatterFilter(query=query, oldest_deadline_first=by_deadline, states=tuple(OPEN))
    shown: list[int] = []
    after: str | None = ""
    coming = iter(arrivals * 50)
    while after is not None:
        page = queries.page_of_matters(
            actor=cast.actor(cast.shen), wanted=wanted, after=after, size=3
        )
        shown += [matter.pk for matter in page.matters]
        after = page.next_after
        for _ in range(next(coming) if len(shown) < 12 else 0):
            reported(cast)
    assert len(shown) == len(set(shown))
    assert there <= set(shown)


def test_figures_of_the_queues_are_those_of_their_lists(cast: Cast) -> None:
    for state in (State.REPORTED, State.REPORTED, State.TAKEN, State.RESOLVED, State.REWORK):
        stage_at(cast, state)
    reported(cast, category_id=cast.referral.pk)
    for who in ("shen", "zhou_min", "li", "gu", "fang", "outsider", "chen"):
        actor = cast.actor(getattr(cast, who))
        counts = queries.count_queues(actor=actor, at=NOW)
        seen = queries.list_matters(actor=actor, wanted=MatterFilter(states=tuple(OPEN)))
        assert counts["open"] == seen.count(), who
        assert counts["accept"] == seen.filter(state=State.REPORTED).count(), who
        assert counts["rework"] == seen.filter(round__gt=1).count(), who
        assert counts["restricted"] == seen.filter(is_restricted=True).count(), who
        todo = queries.list_matters(actor=actor, wanted=MatterFilter(needs_desk=True))
        assert counts["todo"] == todo.count(), who
