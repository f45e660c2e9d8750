"""Opinion maps: the last answer counts, nobody is a group, and anybody can redraw one."""

from datetime import timedelta

import pytest

from linli.core.actor import NOBODY
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import Moderation, OpinionMap, Statement, StatementVote
from linli.deliberation.queries import maps as queries
from linli.deliberation.services import maps
from linli.deliberation.services.errors import StepNotAllowed, WordsTooLong
from linli.deliberation.tests.said import STATEMENTS, opinion_map, topic, two_camps
from linli.deliberation.tests.scenes import forum
from tests.cast import NOW
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(cast):
    return opinion_map(cast, forum(cast))


def first_of(found):
    return found.statements.order_by("number").first()


def vote(found, value, *, key="one", at=NOW, statement=None):
    return maps.vote_statement(
        map_id=found.pk,
        participant_key=key,
        statement_id=(statement or first_of(found)).pk,
        vote=value,
        at=at,
    )


# --- Opening ----------------------------------------------------------------------------------


def test_a_map_opens_with_its_statements_and_its_seed_is_on_record(cast, opened):
    assert [one.text for one in opened.statements.order_by("number")] == STATEMENTS
    assert Event.objects.get(name=events.MAP_OPENED).facts["seed"] == opened.seed == 7


def test_two_maps_get_seeds_of_their_own(cast):
    there = forum(cast)
    seeds = {opinion_map(cast, there, seed=None).seed for _n in range(4)}
    assert len(seeds) > 1


def test_a_map_needs_a_running_forum_and_something_to_say(cast):
    there = forum(cast)
    with pytest.raises(maps.StatementsMissing):
        opinion_map(cast, there, statements=["晾衣架", " ", "晾衣架"])
    with pytest.raises(WordsTooLong):
        opinion_map(cast, there, statements=["好", "长" * 141])
    with pytest.raises(maps.ForumOver):
        opinion_map(cast, there, topic_id=999_999)
    on = topic(cast, there)
    assert opinion_map(cast, there, topic_id=on.pk).trace == on.trace


def test_who_runs_no_forum_opens_and_closes_no_map(cast, opened):
    for name, refusal in (("xu", NotEntitled), ("outsider", NotEntitled), ("chen", NotEntitled)):
        with pytest.raises(refusal):
            maps.close_map(map_id=opened.pk, actor=cast.actor(cast.accounts[name]), at=NOW)
    closed = maps.close_map(map_id=opened.pk, actor=cast.actor(cast.shen), at=NOW)
    assert not closed.is_open
    with pytest.raises(StepNotAllowed):
        maps.close_map(map_id=opened.pk, actor=cast.actor(cast.shen), at=NOW)
    with pytest.raises(maps.MapClosed):
        vote(opened, 1)


# --- Statements -------------------------------------------------------------------------------


def test_a_participants_statement_waits_until_staff_let_it_in(cast, opened):
    waiting = maps.add_statement(
        map_id=opened.pk, text="屋顶也能晾， 请打 13800138000", actor=NOBODY, at=NOW
    )
    assert (waiting.moderated, waiting.by_participant) == (Moderation.WAITING, True)
    assert waiting.text == "屋顶也能晾， 请打 138****8000"
    with pytest.raises(NotFound):
        vote(opened, 1, statement=waiting)

    desk = cast.actor(cast.shen)
    maps.moderate(statement_id=waiting.pk, is_in=True, actor=desk, at=NOW)
    assert vote(opened, 1, statement=waiting).vote == 1
    with pytest.raises(StepNotAllowed):
        maps.moderate(statement_id=waiting.pk, is_in=True, actor=desk, at=NOW)
    maps.moderate(statement_id=waiting.pk, is_in=False, actor=desk, at=NOW)
    with pytest.raises(NotFound):
        vote(opened, 1, statement=waiting)


def test_a_statement_of_staff_stands_at_once(cast, opened):
    made = maps.add_statement(
        map_id=opened.pk, text="屋顶也能晾", actor=cast.actor(cast.shen), at=NOW
    )
    assert (made.moderated, made.number) == (Moderation.IN, len(STATEMENTS) + 1)


def test_a_statement_is_said_once_and_tells_of_no_danger(cast, opened):
    with pytest.raises(maps.StatementTaken):
        maps.add_statement(map_id=opened.pk, text=STATEMENTS[0], actor=NOBODY, at=NOW)
    with pytest.raises(maps.StatementUnfit):
        maps.add_statement(map_id=opened.pk, text="隔壁老公在打老婆", actor=NOBODY, at=NOW)
    OpinionMap.objects.filter(pk=opened.pk).update(takes_statements=False)
    with pytest.raises(maps.EnoughStatements):
        maps.add_statement(map_id=opened.pk, text="屋顶也能晾", actor=NOBODY, at=NOW)


def test_who_added_a_statement_is_on_no_record(cast, opened):
    resident = cast.actor(cast.nobody_yet)
    maps.add_statement(map_id=opened.pk, text="屋顶也能晾", actor=resident, at=NOW)

    told = Event.objects.get(name=events.STATEMENT_ADDED)
    assert told.actor == "system:participant"
    assert "屋顶" not in str(told.facts)


# --- Answers ----------------------------------------------------------------------------------


def test_the_last_answer_counts(opened):
    vote(opened, 1)
    vote(opened, -1, at=NOW + timedelta(minutes=1))
    vote(opened, 0, key="another")

    found = StatementVote.objects.filter(statement=first_of(opened))
    assert sorted(found.values_list("vote", flat=True)) == [-1, 0]


@pytest.mark.django_db(transaction=True)
def test_fifty_answers_at_once_leave_one(cast):
    opened = opinion_map(cast, forum(cast))
    statement = first_of(opened)
    outcome = race(
        racers=50, act=lambda number: vote(opened, number % 3 - 1, statement=statement).pk
    )

    assert outcome.refusals == []
    assert StatementVote.objects.filter(statement=statement).count() == 1
    assert opened.participants.count() == 1


def test_a_key_is_another_one_on_each_map(cast, opened):
    other = opinion_map(cast, opened.forum)
    digests = {maps.participant_digest(map_id=one.pk, key="one") for one in (opened, other)}
    assert len(digests) == 2


def test_each_statement_is_asked_once_and_then_nothing(opened):
    digest = maps.participant_digest(map_id=opened.pk, key="one")
    seen = []
    while (way := queries.way_of(map_id=opened.pk, key_digest=digest)).next is not None:
        assert queries.way_of(map_id=opened.pk, key_digest=digest).next == way.next
        assert way.answered == len(seen)
        vote(opened, 1, statement=way.next)
        seen.append(way.next.number)
    assert sorted(seen) == list(range(1, len(STATEMENTS) + 1))


# --- Drawing ----------------------------------------------------------------------------------


def test_a_map_is_drawn_when_answers_came_and_not_again_before(opened):
    two_camps(opened)

    assert maps.draw_due(at=NOW) == 1
    assert maps.draw_due(at=NOW) == 0
    opened.refresh_from_db()
    assert [group["size"] for group in opened.drawn["groups"]] == [12, 9]
    assert (opened.drawn["participants"], opened.drawn["seed"]) == (21, 7)
    vote(opened, 1, at=NOW + timedelta(minutes=2))
    assert maps.draw_due(at=NOW + timedelta(minutes=3)) == 1


def test_an_answer_that_comes_while_it_is_drawn_is_drawn_next_time(opened, monkeypatch):
    two_camps(opened)
    plain = queries.table_of

    def slowly(*, map_id):
        found = plain(map_id=map_id)
        # Its moment is older than that of the drawing: it took long to arrive.
        vote(opened, 1, key="late", at=NOW - timedelta(seconds=5))
        return found

    monkeypatch.setattr(queries, "table_of", slowly)
    maps.draw_map(map_id=opened.pk, at=NOW + timedelta(minutes=1))
    monkeypatch.setattr(queries, "table_of", plain)
    assert maps.draw_due(at=NOW + timedelta(minutes=2)) == 1


def test_what_all_groups_share_and_what_each_holds_is_drawn(opened):
    two_camps(opened)
    drawn = maps.draw_map(map_id=opened.pk, at=NOW).drawn

    texts = {one.pk: one.text for one in opened.statements.all()}
    shared = [texts[one["statement"]] for one in drawn["shared"]]
    assert set(shared) == set(STATEMENTS[5:])
    held = {texts[one["statement"]] for one in drawn["groups"][0]["held"]}
    assert held
    assert held <= set(STATEMENTS[:5])


def test_nobody_is_a_group_of_one(cast, opened):
    two_camps(opened, first=14, second=1)
    drawn = maps.draw_map(map_id=opened.pk, at=NOW).drawn
    assert all(group["size"] >= 2 for group in drawn["groups"])


def test_where_nobody_differs_there_is_no_map(opened):
    for person in range(6):
        vote(opened, 1, key=f"person-{person}")
    drawn = maps.draw_map(map_id=opened.pk, at=NOW).drawn
    assert (drawn["participants"], drawn["groups"]) == (6, [])


def test_a_statement_taken_out_is_nobodys_answer(cast, opened):
    two_camps(opened)
    desk = cast.actor(cast.shen)
    shared = opened.statements.get(text=STATEMENTS[6])
    maps.moderate(statement_id=shared.pk, is_in=False, actor=desk, at=NOW)
    drawn = maps.draw_map(map_id=opened.pk, at=NOW).drawn

    assert drawn["statements"] == len(STATEMENTS) - 1
    assert shared.pk not in [one["statement"] for one in drawn["shared"]]


def test_the_files_hold_no_key_no_hour_and_no_waiting_words(cast, opened):
    two_camps(opened)
    maps.add_statement(map_id=opened.pk, text="屋顶也能晾", actor=NOBODY, at=NOW)
    text = queries.votes_file(actor=NOBODY, map_id=opened.pk)

    lines = text.splitlines()
    assert lines[0] == "participant,statement,vote,time"
    assert len(lines) == 1 + 21 * len(STATEMENTS)
    assert {line.rpartition(",")[2] for line in lines[1:]} == {"2026-03-04"}
    assert "屋顶" not in queries.statements_file(actor=NOBODY, map_id=opened.pk)


def test_of_fewer_than_five_people_no_file_is_given(opened):
    for person in range(4):
        vote(opened, 1, key=f"person-{person}")
    with pytest.raises(NotFound):
        queries.votes_file(actor=NOBODY, map_id=opened.pk)
    vote(opened, 1, key="person-4")
    assert queries.votes_file(actor=NOBODY, map_id=opened.pk).count("\n") == 6


def test_statements_are_numbered_one_after_the_other(cast, opened):
    for number in range(3):
        maps.add_statement(map_id=opened.pk, text=f"第 {number} 条", actor=NOBODY, at=NOW)
    numbers = Statement.objects.filter(map=opened).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, len(STATEMENTS) + 4))
