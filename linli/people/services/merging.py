"""An edit of a household that was made without a network meets what others did meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.language.normal import tidy
from linli.people import events, queries
from linli.people.models import Household, HouseholdDispute, HouseholdEdit
from linli.people.models.edits import DisputeField, DisputeState
from linli.people.personal import LABEL_LENGTH_MAX
from linli.people.services.households import set_household, tell_of_household

_COLUMNS = {DisputeField.STATUS: "status", DisputeField.EMPLOYER: "employer"}


class DecidedAlready(Refused):
    """Somebody else chose."""

    sentence = _("Somebody else has chosen already. Please look at what stands there now.")


@dataclass(frozen=True, slots=True)
class HouseholdValues:
    """What can be changed of a household at its door."""

    status: str
    employer: str = ""


@dataclass(frozen=True, slots=True)
class LateEdit:
    """What somebody entered (`wanted`), what they saw when they did (`base`), and when.

    `submission_key` is made by the phone: sent again it is the same edit. `phone_at` is what the
    phone's clock said; the server's decides.
    """

    submission_key: UUID
    base: HouseholdValues
    wanted: HouseholdValues
    phone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a late edit: the household, and what waits for the office to choose."""

    household: Household
    disputes: tuple[HouseholdDispute, ...] = ()


@transaction.atomic
def merge_household(*, household_id: int, edit: LateEdit, actor: Actor, at: datetime) -> Merged:
    """Write what only this edit changed; keep both values of the rest for the office.

    The same edit sent again changes nothing.

    :raises NotFound: when there is no such household, or not for this person.
    :raises ResidentsNotYours: when they only read it.
    :raises StatusUnknown: when the status is none.
    :raises SomebodyLivesThere: when it is to be vacant and is not.
    """
    queries.get_household(actor=actor, household_id=household_id)
    # One at a time: what stands is compared with what comes.
    household = Household.objects.select_for_update().get(pk=household_id)
    assert actor.account_id is not None, "phones belong to people with an account"
    kept, is_new = HouseholdEdit.objects.get_or_create(
        submission_key=edit.submission_key,
        defaults={
            "household": household,
            "account_id": actor.account_id,
            "sent_at": at,
            "phone_at": edit.phone_at,
        },
    )
    if not is_new:
        return Merged(household=household, disputes=tuple(kept.disputes.order_by("id")))
    taken = {"status": household.status, "employer": household.employer}
    met = []
    for field, column in _COLUMNS.items():
        standing = taken[column]
        base, wanted = _label(getattr(edit.base, column)), _label(getattr(edit.wanted, column))
        if wanted in (base, standing):
            continue
        if standing == base:
            taken[column] = wanted
        else:
            met.append((field, base, standing, wanted))
    household = set_household(
        household_id=household_id,
        status=taken["status"],
        employer=taken["employer"],
        actor=actor,
        at=at,
    )
    disputes = tuple(
        HouseholdDispute.objects.create(
            edit=kept,
            household=household,
            field=field,
            base=base,
            standing=standing,
            offered=wanted,
            found_at=at,
        )
        for field, base, standing, wanted in met
    )
    if disputes:
        tell_of_household(
            household=household,
            name=events.HOUSEHOLD_DISPUTED,
            actor=actor,
            at=at,
            fields=[_COLUMNS[DisputeField(one.field)] for one in disputes],
        )
    return Merged(household=household, disputes=disputes)


@transaction.atomic
def decide_dispute(
    *, dispute_id: int, takes: bool, version: int, actor: Actor, at: datetime
) -> HouseholdDispute:
    """Keep what stands (`takes` false), or take what the late edit brought.

    `version` is the household's that whoever chooses has before them.

    :raises NotFound: when there is none, or not for this person.
    :raises DecidedAlready: when somebody else chose.
    :raises ChangedMeanwhile: when the household is no longer the one they saw.
    :raises SomebodyLivesThere: when it is to be vacant and is not.
    """
    dispute = queries.get_dispute(actor=actor, dispute_id=dispute_id)
    waiting = HouseholdDispute.objects.filter(pk=dispute.pk, state=DisputeState.WAITING)
    state = DisputeState.TAKEN if takes else DisputeState.KEPT
    if not waiting.update(state=state, decided_at=at, decided_by_id=actor.account_id):
        raise DecidedAlready
    household = dispute.household
    if takes:
        values = {"status": household.status, "employer": household.employer}
        values[_COLUMNS[DisputeField(dispute.field)]] = dispute.offered
        set_household(
            household_id=household.pk,
            status=values["status"],
            employer=values["employer"],
            version=version,
            actor=actor,
            at=at,
        )
    tell_of_household(
        household=household,
        name=events.DISPUTE_DECIDED,
        actor=actor,
        at=at,
        fields=[_COLUMNS[DisputeField(dispute.field)]],
        state=str(state),
    )
    dispute.refresh_from_db()
    return dispute


def _label(text: str) -> str:
    return tidy(text=text)[:LABEL_LENGTH_MAX]
