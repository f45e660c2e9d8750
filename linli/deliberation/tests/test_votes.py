"""Votes from draft to count: who may, what is frozen, what counts, and what is refused."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import translation

from linli import auditing
from linli.core.actor import system
from linli.core.errors import NotEntitled, NotFound, Refused
from linli.core.models import Event
from linli.deliberation import events, queries
from linli.deliberation.models import (
    CountedBallot,
    Envelope,
    OpenBallot,
    Participation,
    Teller,
    Vote,
)
from linli.deliberation.queries.votes import (
    ballots_document,
    box_left,
    comments_of,
    published_of,
    turnout_of,
    withheld,
)
from linli.deliberation.services import casting, counting, opening, owners_shares, votes
from linli.deliberation.services._elections import ElectionElsewhere
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.owners_shares import ShareInput
from linli.deliberation.services.votes import OptionInput
from linli.deliberation.tally import Kind
from linli.deliberation.tests.votes_scene import END, OVER, RACKS, code_of, scene
from linli.deliberation.workflow import (
    VOTE_MOVES,
    BallotChannel,
    JudgementRules,
    RollUnit,
    TopicLevel,
    VotePurpose,
    VoteState,
    VoteStep,
)
from linli.people.models import Resident
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def here(cast):
    return scene(cast)


# --- Drafting and opening -----------------------------------------------------------------------


def test_grown_up_residents_of_the_place_are_on_the_roll(here):
    vote = here.opened()
    assert vote.roll_count == 12  # no child
    assert [one.number for one in vote.roll.order_by("number")] == list(range(1, 13))
    assert {one.resident_id for one in vote.roll.all()} == {one.pk for one in here.residents}
    assert vote.rules["roll"] == 12
    opened = Event.objects.get(name=events.VOTE_OPENED)
    assert opened.facts == {"roll": 12, "digest": vote.roll_digest}


def test_a_household_has_one_vote_where_households_vote(here):
    vote = here.opened(unit=RollUnit.HOUSEHOLD)
    assert {one.household_id for one in vote.roll.all()} == {one.pk for one in here.homes}


def test_whoever_comes_of_age_that_day_may_vote(here):
    young = Resident.objects.filter(pk=here.residents[0].pk)
    young.update(birth_date=NOW.date().replace(year=NOW.year - 18))
    assert here.opened().roll_count == 12
    young.update(birth_date=NOW.date().replace(year=NOW.year - 18) + timedelta(days=1))
    assert here.opened().roll_count == 11
    assert here.opened(age_least=16).roll_count == 12


def test_the_roll_is_frozen_when_the_vote_opens(here):
    vote = here.opened()
    Resident.objects.filter(pk=here.residents[0].pk).update(birth_date=None)
    assert vote.roll.count() == 12
    with pytest.raises(StepNotAllowed):
        votes.change_vote(vote_id=vote.pk, wanted=here.wanted(), actor=here.desk, at=NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "业委会换届投票"},
        {"question": "同意张三任居委会主任吗？请选举"},
        {"kind": Kind.APPROVAL, "options": [OptionInput("候选人甲"), OptionInput("候选人乙")]},
    ],
)
def test_elections_are_refused_with_where_they_belong(here, changed):
    with pytest.raises(ElectionElsewhere, match="not held here"):
        here.drafted(**changed)
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"closes_at": NOW}, votes.TimesInvalid),
        ({"kind": Kind.APPROVAL, "options": RACKS[:1]}, votes.OptionsMissing),
        ({"kind": Kind.APPROVAL, "options": RACKS, "places": 3}, votes.PlacesInvalid),
        ({"kind": Kind.BUDGET, "options": RACKS}, votes.MoneyMissing),
        ({"kind": Kind.BUDGET, "options": RACKS, "money_yuan": 3_500}, votes.CostInvalid),
        ({"quorum_percent": 101}, votes.NumberInvalid),
        ({"level": TopicLevel.GRID, "place_ids": ()}, votes.ScopeInvalid),
        ({"is_secret": True}, votes.TellersMissing),
    ],
)
def test_a_draft_that_could_not_be_voted_on_is_refused(here, changed, why):
    with pytest.raises(why):
        here.drafted(**changed)


def test_secret_ballots_and_equal_shares_are_off_until_the_forum_turns_them_on(cast):
    here = scene(cast, allows_secret=False, allows_equal_shares=False)
    tellers = [cast.zhou_min.pk, cast.li.pk]
    with pytest.raises(votes.SecretNotAllowed):
        here.drafted(is_secret=True, teller_ids=tellers)
    budget = {"kind": Kind.BUDGET, "options": RACKS, "money_yuan": 5_000}
    with pytest.raises(votes.EqualSharesNotAllowed):
        here.drafted(**budget, rule="equal-shares")
    assert here.drafted(**budget).rules["rule"] == "greedy"


def test_only_whoever_runs_the_forum_drafts_and_opens(here, cast):
    draft = here.drafted()
    for account, why in ((cast.xu, NotEntitled), (cast.outsider, NotFound)):
        with pytest.raises(why):
            votes.draft_vote(
                forum_id=here.forum.pk, wanted=here.wanted(), actor=cast.actor(account), at=NOW
            )
    with pytest.raises(NotFound):  # A draft is nobody else's to see.
        opening.open_vote(vote_id=draft.pk, actor=cast.actor(cast.outsider), at=NOW)


# --- Open votes ---------------------------------------------------------------------------------


def test_the_last_open_ballot_counts_and_those_before_stay_as_history(here):
    vote = here.opened()
    first = casting.cast(code=code_of(vote, 1), choice="YES", at=NOW)
    later = casting.enter_ballot(
        vote_id=vote.pk,
        number=1,
        channel=BallotChannel.ASSISTED,
        choice="NO",
        helper="王阿姨",
        why="本人改投",
        actor=here.desk,
        at=NOW,
    )
    assert (first.is_again, later.is_again) == (False, True)
    assert list(OpenBallot.objects.order_by("number").values_list("choice", "stands")) == [
        ("YES", False),
        ("NO", True),
    ]
    assert Participation.objects.get().helper == "王阿姨"
    result = here.closed(vote).result
    assert (result["turnout"], result["outcome"]) == (1, "REJECTED")


def test_paper_and_assisted_ballots_count_as_any_other(here):
    vote = here.opened()
    casting.cast(code=code_of(vote, 1), choice="YES", at=NOW)
    by_paper = {"vote_id": vote.pk, "actor": here.desk, "at": NOW}
    casting.enter_ballot(number=2, channel=BallotChannel.PAPER, choice="YES", **by_paper)
    with pytest.raises(Refused) as refused:
        casting.enter_ballot(number=3, channel=BallotChannel.ASSISTED, choice="NO", **by_paper)
    assert refused.value.field == "helper"
    with pytest.raises(casting.NumberUnknown):
        casting.enter_ballot(number=99, channel=BallotChannel.PAPER, choice="NO", **by_paper)
    assert here.closed(vote).result["figures"] == {"YES": 2, "NO": 0, "ABSTAIN": 0}


def test_a_ballot_comes_neither_before_the_vote_opens_nor_after_its_end(here):
    vote = here.opened()
    code = code_of(vote, 1)
    for at in (NOW - timedelta(seconds=1), END):
        with pytest.raises(casting.VoteNotOpen):
            casting.cast(code=code, choice="YES", at=at)
    casting.cast(code=code, choice="YES", at=END - timedelta(seconds=1))
    here.closed(vote)
    with pytest.raises(casting.VoteNotOpen):
        casting.cast(code=code, choice="NO", at=NOW)


def test_a_choice_that_is_not_on_the_paper_is_refused(here):
    vote = here.opened()
    for choice in ("MAYBE", ["1"], None):
        with pytest.raises(casting.NotOnPaper):
            casting.cast(code=code_of(vote, 1), choice=choice, at=NOW)
    assert not Participation.objects.exists()


def test_a_vote_closes_at_its_end_and_not_before(here):
    vote = here.opened()
    with pytest.raises(opening.NotOverYet):
        here.closed(vote, at=NOW)
    assert counting.close_due_votes(at=END - timedelta(seconds=1)) == 0
    assert counting.close_due_votes(at=END) == 1
    vote.refresh_from_db()
    assert vote.state == VoteState.COUNTED
    assert vote.result["outcome"] == "NO_DECISION"  # nobody voted


def test_it_closes_earlier_when_everybody_has_voted(here):
    vote = here.opened(unit=RollUnit.HOUSEHOLD)
    here.cast_all(vote, ["YES"] * 4)
    assert here.closed(vote, at=NOW).result["outcome"] == "ADOPTED"


def test_a_vote_is_extended_while_it_runs_and_never_shortened(here):
    vote = here.opened()
    longer = {"vote_id": vote.pk, "actor": here.desk}
    with pytest.raises(votes.TimesInvalid):
        opening.extend_vote(until=END - timedelta(days=1), at=NOW, **longer)
    opening.extend_vote(until=END + timedelta(days=2), at=NOW, **longer)
    assert counting.close_due_votes(at=OVER) == 0
    with pytest.raises(StepNotAllowed):
        opening.extend_vote(until=END + timedelta(days=9), at=END + timedelta(days=3), **longer)


def test_a_missed_quorum_is_no_decision_and_never_a_refusal(here):
    vote = here.opened(quorum_percent=50)
    here.cast_all(vote, ["NO"] * 5)
    assert here.closed(vote).result["outcome"] == "NO_DECISION"
    enough = here.opened(quorum_percent=50)
    here.cast_all(enough, ["NO"] * 6)
    assert here.closed(enough).result["outcome"] == "REJECTED"


@pytest.mark.parametrize(
    ("more", "choices", "outcome", "chosen"),
    [
        ({"kind": Kind.APPROVAL, "options": RACKS}, [["1"], ["1", "2"], []], "CHOSEN", ["1"]),
        ({"kind": Kind.RATING, "options": RACKS}, [{"2": 5}, {"1": 2}], "CHOSEN", ["2"]),
        ({"kind": Kind.RANKING, "options": RACKS}, [["3", "1"], ["3"]], "CHOSEN", ["3"]),
        (
            {"kind": Kind.BUDGET, "options": RACKS, "money_yuan": 5_000, "rule": "equal-shares"},
            [["1", "3"], ["1"], ["2"]],
            "CHOSEN",
            ["1"],
        ),
    ],
)
def test_each_kind_is_counted(here, more, choices, outcome, chosen):
    vote = here.opened(**more)
    here.cast_all(vote, choices)
    result = here.closed(vote).result
    assert (result["outcome"], sorted(result["chosen"])) == (outcome, chosen)


def test_a_judgement_is_a_vote_of_a_rule(here):
    judgement = here.wanted(
        purpose=VotePurpose.JUDGEMENT,
        kind=Kind.SATISFACTION,
        judgement=JudgementRules(answers_least=3),
    )
    rule = system(name="judgement")
    vote = votes.draft_vote(forum_id=here.forum.pk, wanted=judgement, actor=rule, at=NOW)
    opening.open_vote(vote_id=vote.pk, actor=rule, at=NOW)
    here.cast_all(vote, ["SATISFIED", "SATISFIED", "UNKNOWN"])
    casting.cast(code=code_of(vote, 4), choice="DISSATISFIED", at=NOW, comment="太低了")
    assert comments_of(vote=vote) == []
    closed = counting.close_vote(vote_id=vote.pk, actor=rule, at=OVER)
    assert closed.result["outcome"] == "NOT_SATISFIED"
    assert closed.result["figures"]["UNKNOWN"] == 1
    assert comments_of(vote=closed) == ["太低了"]


def test_too_few_answers_to_a_judgement_are_no_decision(here):
    vote = here.opened(
        purpose=VotePurpose.JUDGEMENT,
        kind=Kind.SATISFACTION,
        judgement=JudgementRules(answers_least=3),
    )
    here.cast_all(vote, ["SATISFIED"] * 2)
    assert here.closed(vote).result["outcome"] == "NO_DECISION"


# --- Owners -------------------------------------------------------------------------------------


def test_owners_without_areas_cannot_decide_and_are_told_how_many(here, cast):
    wanted = {"purpose": VotePurpose.OWNERS, "kind": Kind.OWNERS, "unit": RollUnit.HOUSEHOLD}
    with pytest.raises(opening.AreasMissing, match="4 doors"):
        here.opened(**wanted)
    owners_shares.set_owners_shares(
        building_id=cast.building.pk,
        shares={here.homes[0].dwelling_id: ShareInput(area_hundredths=8_952)},
        actor=here.desk,
        at=NOW,
    )
    with pytest.raises(opening.AreasMissing, match="3 doors"):
        here.opened(**wanted)


@pytest.mark.parametrize(
    ("choices", "is_weighty", "outcome"),
    [
        (["YES", "YES"], False, "NO_DECISION"),  # two of four heads took part
        (["YES", "YES", "NO"], False, "ADOPTED"),
        (["YES", "YES", "NO"], True, "REJECTED"),  # two of three heads are no three quarters
        (["YES", "YES", "YES", "NO"], True, "ADOPTED"),
        (["NO", "NO", "YES"], False, "REJECTED"),
    ],
)
def test_owners_decide_by_heads_and_by_area(here, choices, is_weighty, outcome):
    vote = here.owners([100, 100, 100, 100], is_weighty=is_weighty)
    here.cast_all(vote, choices)
    closed = here.closed(vote)
    assert closed.result["outcome"] == outcome
    assert closed.result["roll"] == {"heads": 4, "area_hundredths": 40_000}
    _vote, published = published_of(actor=here.desk, vote_id=vote.pk)
    with pytest.raises(NotFound):  # A list with areas would tell whose ballot is whose.
        ballots_document(vote=closed, published=published)


def test_a_large_area_does_not_decide_against_the_heads(here):
    vote = here.owners([1_000, 100, 100, 100])
    here.cast_all(vote, ["YES", "NO", "NO", "NO"])
    assert here.closed(vote).result["outcome"] == "REJECTED"


def test_owners_never_decide_secretly(here, cast):
    with pytest.raises(votes.OwnersVoteOpenly):
        here.drafted(
            purpose=VotePurpose.OWNERS,
            kind=Kind.OWNERS,
            unit=RollUnit.HOUSEHOLD,
            is_secret=True,
            teller_ids=[cast.zhou_min.pk, cast.li.pk],
        )


# --- Secret ballots -----------------------------------------------------------------------------


def test_a_secret_ballot_is_counted_by_both_tellers_together(here, cast):
    vote, keys = here.secret()
    receipts = here.cast_all(vote, ["YES"] * 4 + ["NO"] * 2)
    assert here.closed(vote).state == VoteState.CLOSED
    teller = cast.actor(cast.li)
    count = {"vote_id": vote.pk, "actor": teller, "at": OVER}
    for wrong in (keys[:1], [keys[0], keys[0]], [keys[0], "AAAA"], ["", ""]):
        with pytest.raises(counting.KeyWrong), transaction.atomic():
            counting.count_vote(keys=wrong, **count)
    with pytest.raises(NotEntitled):
        counting.count_vote(vote_id=vote.pk, keys=keys, actor=here.desk, at=OVER)
    counted = counting.count_vote(keys=[keys[1].lower(), keys[0]], **count)
    assert counted.result["figures"] == {"YES": 4, "NO": 2, "ABSTAIN": 0}
    assert set(CountedBallot.objects.values_list("receipt", flat=True)) == set(receipts)
    assert not Envelope.objects.exists()
    assert bytes(counted.public_key) == b""
    assert {bytes(one.public_key) for one in Teller.objects.all()} == {b""}


def test_a_secret_ballot_is_cast_once(here):
    vote, _keys = here.secret()
    casting.cast(code=code_of(vote, 1), choice="YES", at=NOW)
    with pytest.raises(casting.AlreadyVoted), transaction.atomic():
        casting.cast(code=code_of(vote, 1), choice="NO", at=NOW)
    with pytest.raises(casting.AlreadyVoted), transaction.atomic():
        casting.enter_ballot(
            vote_id=vote.pk, number=1, channel=BallotChannel.PAPER, actor=here.desk, at=NOW
        )
    assert (Participation.objects.count(), Envelope.objects.count()) == (1, 1)


def test_a_secret_vote_does_not_open_before_both_tellers_have_keys(here, cast):
    draft = here.drafted(is_secret=True, teller_ids=[cast.zhou_min.pk, cast.li.pk])
    with pytest.raises(NotEntitled):
        votes.make_teller_key(vote_id=draft.pk, actor=here.desk, at=NOW)
    votes.make_teller_key(vote_id=draft.pk, actor=cast.actor(cast.li), at=NOW)
    with pytest.raises(opening.TellerKeysMissing):
        opening.open_vote(vote_id=draft.pk, actor=here.desk, at=NOW)


def test_a_teller_is_somebody_of_the_community(here, cast):
    for ids in ([cast.li.pk, cast.li.pk], [cast.li.pk, cast.outsider.pk], [cast.li.pk]):
        with pytest.raises(votes.TellersMissing):
            here.drafted(is_secret=True, teller_ids=ids)


def test_no_key_is_made_for_a_vote_that_is_open(here, cast):
    vote, _keys = here.secret()
    with pytest.raises(StepNotAllowed):
        votes.make_teller_key(vote_id=vote.pk, actor=cast.actor(cast.li), at=NOW)


def test_papers_of_a_secret_vote_come_out_of_the_box_without_a_number(here, cast):
    vote, keys = here.secret()
    here.cast_all(vote, ["YES"] * 4)
    paper = {"vote_id": vote.pk, "channel": BallotChannel.PAPER, "actor": here.desk, "at": NOW}
    with pytest.raises(casting.PaperGoesIntoBox):
        casting.enter_ballot(number=5, choice="NO", **paper)
    with pytest.raises(casting.BoxEmpty):
        casting.put_in_box(vote_id=vote.pk, choice="NO", actor=here.desk)
    for number in (5, 6):
        casting.enter_ballot(number=number, **paper)
    casting.put_in_box(vote_id=vote.pk, choice="NO", actor=here.desk)
    assert box_left(vote=vote) == 1
    with pytest.raises(counting.PapersLeftInBox):
        here.counted(vote, keys)
    casting.put_in_box(vote_id=vote.pk, choice="ABSTAIN", actor=here.desk)
    teller = cast.actor(cast.zhou_min)
    done = counting.count_vote(vote_id=vote.pk, keys=keys, actor=teller, at=OVER)
    assert done.result["figures"] == {"YES": 4, "NO": 1, "ABSTAIN": 1}


def test_a_damaged_envelope_stops_the_count_and_loses_nothing(here, cast):
    vote, keys = here.secret()
    here.cast_all(vote, ["YES"] * 5)
    one = Envelope.objects.first()
    Envelope.objects.filter(pk=one.pk).update(content=bytes(one.content)[:-1] + b"\0")
    with pytest.raises(counting.EnvelopeDamaged), transaction.atomic():
        here.counted(vote, keys)
    assert Envelope.objects.count() == 5


def test_a_secret_vote_of_four_is_none(cast):
    here = scene(cast, people_total=4)
    with pytest.raises(opening.RollTooSmall):
        here.secret()


def test_figures_of_a_secret_vote_in_which_four_took_part_are_withheld(here):
    vote, keys = here.secret()
    here.cast_all(vote, ["YES"] * 4)
    counted = here.counted(vote, keys)
    assert counted.result["outcome"] == "ADOPTED"
    assert counted.result["figures"] == {}
    with pytest.raises(NotFound):
        published_of(actor=here.desk, vote_id=vote.pk)


def test_a_cancelled_secret_vote_leaves_no_envelope(here):
    vote, _keys = here.secret()
    here.cast_all(vote, ["YES"] * 5)
    opening.cancel_vote(vote_id=vote.pk, reason="题目写错了", actor=here.desk, at=NOW)
    assert not Envelope.objects.exists()
    assert Participation.objects.count() == 5


# --- What is read -------------------------------------------------------------------------------


def test_before_the_count_there_is_turnout_and_nothing_else(here):
    vote = here.opened()
    here.cast_all(vote, ["YES"] * 6)
    turnout = turnout_of(vote=vote)
    assert (turnout.took_part, turnout.roll, turnout.percent) == (6, 12, 50)
    vote.refresh_from_db()
    assert vote.result is None
    with pytest.raises(NotFound):
        published_of(actor=here.desk, vote_id=vote.pk)


def test_groups_under_five_are_withheld_and_never_one_alone():
    assert withheld({"A": 20, "B": 3, "C": 0}) == {"A": None, "B": None, "C": 0}
    assert withheld({"A": 20, "B": 3, "C": 2}) == {"A": 20, "B": None, "C": None}
    assert withheld({"A": 20, "B": 5}) == {"A": 20, "B": 5}
    # Of two that come to two, each would be known to be one.
    assert withheld({"A": 20, "B": 1, "C": 1}) == {"A": None, "B": None, "C": None}
    assert withheld({"A": 20, "B": 4, "C": 1}) == {"A": 20, "B": None, "C": None}
    assert withheld({"A": 2, "B": 0}) == {"A": None, "B": 0}


def test_the_published_list_recounts(here, tmp_path):
    from linli import checking

    vote = here.opened(kind=Kind.APPROVAL, options=RACKS)
    receipts = here.cast_all(vote, [["1"], ["1", "2"], ["3"]])
    closed = here.closed(vote)
    _vote, published = published_of(actor=here.desk, vote_id=vote.pk)
    text = ballots_document(vote=closed, published=published)
    assert json.loads(text)["checksum"] == closed.result["checksum"]
    assert [one["receipt"] for one in json.loads(text)["ballots"]] == sorted(receipts)
    file = tmp_path / "vote.json"
    file.write_text(text, encoding="utf-8")
    assert checking.recount(file=file, say=lambda _line: None)


# --- Nobody changes it unseen -------------------------------------------------------------------


def altered():
    """Return what the audit says of votes."""
    said = []
    auditing.verify(say=said.append)
    return [line for line in said if "vote" in line]


def test_whoever_changes_a_roll_a_ballot_or_a_result_is_named(here):
    vote = here.opened()
    here.cast_all(vote, ["YES"] * 6)
    here.closed(vote)
    secret, keys = here.secret()
    here.cast_all(secret, ["NO"] * 6)
    here.counted(secret, keys)
    assert altered() == []
    tampering = [
        (OpenBallot.objects.filter(vote=vote), {"choice": "NO"}, "A ballot", vote),
        (CountedBallot.objects.filter(vote=secret), {"choice": "YES"}, "A ballot", secret),
        (Vote.objects.filter(pk=vote.pk), {"result": {"outcome": "REJECTED"}}, "The result", vote),
        (vote.roll.filter(number=1), {"heads": 3}, "The roll", vote),
    ]
    for rows, values, what, of in tampering:
        with transaction.atomic():
            rows.update(**values)
            named = altered()
            transaction.set_rollback(True)
        assert {line.split(" of vote ")[0] for line in named} == {what}
        assert all(line.startswith(f"{what} of vote {of.pk}") for line in named)
    assert altered() == []


# --- Every state and every step -----------------------------------------------------------------


def at_state(here, state):
    """Return a vote that stands there."""
    vote = here.drafted()
    if state == VoteState.DRAFT:
        return vote
    if state == VoteState.CANCELLED:
        return opening.cancel_vote(vote_id=vote.pk, reason="不办了", actor=here.desk, at=NOW)
    secret, keys = here.secret()
    here.cast_all(secret, ["YES"] * 5)
    here.keys = keys
    if state == VoteState.CLOSED:
        return here.closed(secret)
    return here.counted(secret, keys) if state == VoteState.COUNTED else secret


def take(here, step, vote):
    said = {"vote_id": vote.pk, "actor": here.desk}
    teller = here.cast.actor(here.cast.zhou_min)
    match step:
        case VoteStep.CHANGE:
            return votes.change_vote(wanted=here.wanted(), at=NOW, **said)
        case VoteStep.OPEN:
            return opening.open_vote(at=NOW, **said)
        case VoteStep.EXTEND:
            return opening.extend_vote(until=END + timedelta(days=1), at=NOW, **said)
        case VoteStep.CLOSE:
            return counting.close_vote(at=OVER, **said)
        case VoteStep.COUNT:
            keys = getattr(here, "keys", ["", ""])
            return counting.count_vote(vote_id=vote.pk, keys=keys, actor=teller, at=OVER)
        case VoteStep.CANCEL:
            return opening.cancel_vote(reason="不办了", at=NOW, **said)


@pytest.mark.parametrize("step", VoteStep)
@pytest.mark.parametrize("state", VoteState)
def test_a_step_is_taken_from_its_states_only(here, state, step):
    vote = at_state(here, state)
    move = VOTE_MOVES[step]
    if state in move.sources:
        moved = take(here, step, vote)
        assert moved.state == move.target
        return
    # Whoever is no teller of a vote without one is told that it is not theirs.
    with pytest.raises((StepNotAllowed, NotEntitled)):
        take(here, step, vote)
    vote.refresh_from_db()
    assert vote.state == state


def test_nothing_of_a_vote_goes_into_the_log_while_it_runs(here):
    vote = here.opened()
    before = Event.objects.count()
    here.cast_all(vote, ["YES"] * 3)
    assert Event.objects.count() == before
    assert queries.get_vote(actor=here.desk, vote_id=vote.pk).result is None
