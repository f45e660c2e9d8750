"""What people are told about their own accounts: reactions of the table in reactions.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from linli.core.models import Event
from linli.flows import audience
from linli.notify import services as notify
from linli.notify.models import Topic
from linli.people import queries as people

_ACCOUNT_PATH = "/account/"


def tell_account_password_reset(event: Event, at: datetime) -> None:
    """Tell somebody that their password was reset."""
    _tell_account(event, at, event.subject_id, code="password_reset", urgent=True)


def tell_account_second_factor_reset(event: Event, at: datetime) -> None:
    """Tell somebody that their second factor was taken away."""
    _tell_account(event, at, event.subject_id, code="second_factor_reset", urgent=True)


def tell_account_role_given(event: Event, at: datetime) -> None:
    """Tell somebody that they were given a role."""
    facts = {"from": event.facts.get("from")}
    _tell_account(event, at, event.subject_id, code="role_given", facts=facts)


def tell_account_role_ended(event: Event, at: datetime) -> None:
    """Tell somebody that a role of theirs ended."""
    facts = {"until": event.facts.get("until")}
    _tell_account(event, at, event.subject_id, code="role_ended", facts=facts)


def tell_both_of_handover(event: Event, at: datetime) -> None:
    """Tell whoever goes on leave and whoever stands in, each about the other."""
    days = {"from": event.facts["from"], "until": event.facts["until"]}
    absent_id, stand_in_id = event.facts["absent_id"], event.facts["stand_in_id"]
    names = people.names_of(account_ids=[absent_id, stand_in_id])
    for account_id, code, other_id in (
        (stand_in_id, "stands_in", absent_id),
        (absent_id, "stood_in_for", stand_in_id),
    ):
        facts = {**days, "name": names.get(other_id, "")}
        _tell_account(event, at, account_id, code=code, facts=facts)


def tell_both_handover_ended(event: Event, at: datetime) -> None:
    """Tell both that everything is its owner's again."""
    for account_id in (event.facts["absent_id"], event.facts["stand_in_id"]):
        _tell_account(event, at, account_id, code="stand_in_over")


def tell_account_on_duty(event: Event, at: datetime) -> None:
    """Tell somebody when they are on duty."""
    facts = {"from": event.facts["starts_at"], "until": event.facts["ends_at"]}
    _tell_account(event, at, event.facts["account_id"], code="on_duty", facts=facts)


def _tell_account(
    event: Event,
    at: datetime,
    account_id: int,
    *,
    code: str,
    facts: Mapping[str, Any] | None = None,
    urgent: bool = False,
) -> None:
    if account_id != audience.account_of_actor(event):
        notify.tell(
            account_ids=[account_id],
            event=event,
            topic=Topic.ACCOUNT,
            code=code,
            facts=facts or {},
            path=_ACCOUNT_PATH,
            at=at,
            urgent=urgent,
        )
