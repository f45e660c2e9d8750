"""What came of a call is written down, once, and what follows from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import attachments, crypto
from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.core.errors import Invalid, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.visits import events, queries
from linli.visits.forms import definition as forms
from linli.visits.models import Campaign, Finding, Visit
from linli.visits.queries.today import ANSWERS_FIELD
from linli.visits.services.rounds import keep_cause, keep_distance, workdays_at
from linli.visits.workflow import (
    ATTEMPTS_MOST,
    OUTCOMES,
    RECORDABLE,
    CampaignState,
    Outcome,
    VisitState,
    Window,
    next_call,
    window_of,
)


class OutcomeMissing(Invalid):
    """None of the five was chosen."""

    sentence = _("Please choose how it went.")
    field = "outcome"


class AlreadyRecorded(Refused):
    """Somebody else wrote this call down, or it was called off."""

    sentence = _("This visit was recorded already. Please look at what stands there now.")


class CalledTooEarly(Invalid):
    """Who was not at home just now is called on again at other hours, not within the minute."""

    sentence = _(
        "The next call here is due on %(day)s, so that other hours are tried. Until then, please "
        "record a call only if somebody was met or the home turned out to be vacant."
    )
    field = "outcome"


class AnswersWrong(Invalid):
    """Some answers do not fit their questions; `wrong` says which and why."""

    sentence = _("Please correct the answers marked below.")

    def __init__(self, *, wrong: list[forms.Fault]) -> None:
        super().__init__()
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a call. `submission_key` is made by the form: sent again it is the same call.

    `phone_at` is what the phone's clock said; the server's decides. Photos are answered by the
    tokens of uploads.
    """

    submission_key: UUID
    outcome: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    phone_at: datetime | None = None


def record_visit(*, visit_id: int, recorded: Recorded, actor: Actor, at: datetime) -> Visit:
    """Write down what came of a call; who was not at home is called on again by itself.

    The same record sent again returns the visit and writes nothing.

    :raises NotFound: when there is no such visit, or not for this person.
    :raises OutcomeMissing: when the outcome is none.
    :raises CalledTooEarly: when a call again found nobody before its day.
    :raises AnswersWrong: when answers do not fit.
    :raises AlreadyRecorded: when somebody else recorded it, or it was called off.
    """
    visit = queries.get_visit(actor=actor, visit_id=visit_id)
    if visit.submission_key == recorded.submission_key:
        return visit
    if recorded.outcome not in OUTCOMES:
        raise OutcomeMissing
    if recorded.outcome == Outcome.NOT_AT_HOME:
        _refuse_too_early(visit, at)
    answers: dict[str, Any] = {}
    if recorded.outcome == Outcome.MET:
        answers, wrong = forms.check(
            definition=visit.form_version.definition, given=recorded.answers
        )
        if wrong:
            raise AnswersWrong(wrong=wrong)
    with transaction.atomic():
        if recorded.outcome == Outcome.NOT_AT_HOME:
            # Before the visit, as who closes the campaign does: none is called on after its end.
            campaigns = Campaign.objects.select_for_update()
            visit.campaign = campaigns.get(pk=visit.campaign_id)
        if not _write(visit, recorded, answers, actor, at):
            # The same form sent twice at once: the other one was as good as ours.
            visit.refresh_from_db()
            if visit.submission_key == recorded.submission_key:
                return visit
            raise AlreadyRecorded
        visit.refresh_from_db()
        _claim_photos(visit, answers, actor, at)
        _tell(visit, events.VISITED, actor, at, outcome=visit.outcome, attempt=visit.attempt)
        if visit.outcome == Outcome.NOT_AT_HOME:
            _call_again(visit, actor, at)
        elif visit.outcome == Outcome.MET:
            keep_distance(visit=visit, day=at.astimezone(SHANGHAI).date(), at=at)
    return visit


@transaction.atomic
def note_finding(*, visit_id: int, ref: Ref, actor: Actor, at: datetime) -> Finding:
    """Note that what a visit found is now something in another room.

    To be called in the transaction that makes it; see `flows.use_cases.report_finding`.
    """
    visit = queries.get_visit(actor=actor, visit_id=visit_id)
    finding, is_new = Finding.objects.get_or_create(
        ref=str(ref), defaults={"visit": visit, "found_at": at}
    )
    if is_new:
        _tell(visit, events.FINDING_REPORTED, actor, at, ref=str(ref))
    return finding


def _write(
    visit: Visit, recorded: Recorded, answers: Mapping[str, Any], actor: Actor, at: datetime
) -> bool:
    """Move a call to done by one conditional update; tell whether it was still open."""
    if Visit.objects.filter(submission_key=recorded.submission_key).exists():
        return False  # This form was sent for another door before.
    text = json.dumps(answers, ensure_ascii=False) if answers else ""
    row = Visit.objects.filter(pk=visit.pk, state__in=RECORDABLE, stands=True)
    return bool(
        row.update(
            state=VisitState.DONE,
            outcome=recorded.outcome,
            answers_sealed=crypto.seal(value=text, field=ANSWERS_FIELD, row=str(visit.row_key)),
            happened_at=at,
            phone_at=recorded.phone_at,
            recorded_by_id=actor.account_id,
            submission_key=recorded.submission_key,
        )
    )


def _refuse_too_early(visit: Visit, at: datetime) -> None:
    """Refuse a call again before its day that found nobody: its hours would count as tried.

    The server's clock decides, as it does for the hours; a phone that was without a network tells
    of a call later than it was, never earlier.
    """
    is_open = visit.state in RECORDABLE and visit.stands
    if is_open and visit.attempt > 1 and at.astimezone(SHANGHAI).date() < visit.due_date:
        raise CalledTooEarly(day=f"{visit.due_date:%-m-%-d}")


def _claim_photos(visit: Visit, answers: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Give the photos that answer a question to the visit; whoever sees it sees them."""
    question = forms.photo_question(definition=visit.form_version.definition)
    tokens = answers.get(question["name"], ()) if question is not None else ()
    if tokens:
        attachments.claim(
            tokens=[UUID(one) for one in tokens],
            subject=Ref(kind=queries.VISIT, id=visit.pk),
            actor=actor,
            at=at,
        )


def _call_again(visit: Visit, actor: Actor, at: datetime) -> None:
    """Let the next call fall due, while the campaign runs and there are hours not tried yet."""
    if visit.attempt >= ATTEMPTS_MOST or visit.campaign.state != CampaignState.RUNNING:
        return
    following = _when_again(visit, at)
    if following is None:
        return
    Visit.objects.filter(pk=visit.pk).update(stands=False)
    day, window = following
    again = Visit.objects.create(
        campaign_id=visit.campaign_id,
        household_id=visit.household_id,
        form_version_id=visit.form_version_id,
        account_id=visit.account_id,
        due_date=day,
        due_by=visit.due_by,
        window=window,
        position=visit.position,
        round=visit.round,
        attempt=visit.attempt + 1,
        state=VisitState.DUE,
        trace=visit.trace,
    )
    if visit.cause_sealed:
        keep_cause(visit=again, cause=queries.cause_of(visit=visit))
    facts = {"due_date": day.isoformat(), "window": str(window), "attempt": again.attempt}
    _tell(again, events.CALLED_AGAIN, actor, at, **facts)


def _when_again(visit: Visit, at: datetime) -> tuple[date, Window | Literal[""]] | None:
    """Return on which day to call again, and at which hours; None when all were tried."""
    today = at.astimezone(SHANGHAI).date()
    if visit.due_by is not None and at < visit.due_by:
        return today, ""  # It cannot wait for other hours.
    is_workday = workdays_at(at=at)
    calls = [*queries.earlier_calls(visit=visit), visit]
    tried = {
        str(window_of(local=one.happened_at.astimezone(SHANGHAI), is_workday=is_workday))
        for one in calls
        if one.happened_at is not None
    }
    return next_call(after=today, tried=tried, is_workday=is_workday)


def _tell(visit: Visit, name: str, actor: Actor, at: datetime, **facts: object) -> None:
    record(
        name=name,
        subject=Ref(kind=queries.VISIT, id=visit.pk),
        trace=visit.trace,
        actor=actor,
        at=at,
        community_id=visit.campaign.community_id,
        facts={"campaign_id": visit.campaign_id, **facts},
    )
