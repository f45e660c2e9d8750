"""Ties: named to hold links, a link made on a free place, ended with a reason."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.people import events, queries
from linli.people.models import (
    Account,
    Household,
    Resident,
    Tie,
    TieCapacity,
    TieEnding,
    TieHolder,
    TieKind,
)
from linli.people.services._recording import thread_of
from linli.people.services.households import ChangedMeanwhile
from linli.people.services.tie_records import (
    end_all,
    end_holder,
    last_day,
    tell_of_holder,
    tell_of_tie,
)

NOTE_LENGTH_MAX = 200
PLACES_MOST = 99


class TiesNotYours(NotEntitled):
    """Somebody else makes these links."""

    sentence = _("Links are made and ended by the secretary, the office and the social workers.")


class TieKindUnknown(Invalid):
    """Not one of the kinds, or not one that goes from or to there."""

    sentence = _("Please choose a kind of link that goes there.")
    field = "kind"


class HoldsAlready(Refused):
    """They are named for this kind."""

    sentence = _("They hold links of this kind already.")


class PlacesInvalid(Invalid):
    """A number of places nobody can have."""

    sentence = _("Between 1 and 99 links, please; a pairing is always one to one.")
    field = "places"


class HasMoreLinks(Refused):
    """More links stand than places would be left."""

    sentence = _("%(total)s links stand. Please end some first, or leave at least so many places.")
    field = "places"


class NoPlaceLeft(Refused):
    """Every place of the holder is taken."""

    sentence = _("All %(places)s places of %(name)s are taken. Please choose somebody else.")
    field = "holder"


class TiedAlready(Refused):
    """Somebody holds a link of this kind to them."""

    sentence = _("Somebody holds a link of this kind there already. Please end that one first.")


class NotToOneself(Refused):
    """A link leads to somebody else."""

    sentence = _("A link leads to somebody else, not to oneself.")


class NotToOwnHousehold(Refused):
    """Nobody is linked to the household they live in."""

    sentence = _("They live in this household themselves. A link leads to another one.")


class EndingUnknown(Invalid):
    """A link ends for a reason."""

    sentence = _("Please choose why the link ends.")
    field = "ending"


class EndingUnsaid(Invalid):
    """Another reason has to be said."""

    sentence = _("Please say in a few words why the link ends.")
    field = "note"


@transaction.atomic
def set_tie_capacity(
    *, community_id: int, kind: str, places: int, actor: Actor, at: datetime
) -> TieCapacity:
    """Say how many links of a kind somebody newly named can hold in a community.

    :raises PlacesInvalid: for less than one, too many, or a pairing that is not one to one.
    """
    must_manage_ties(actor=actor, community_id=community_id, kind=kind)
    _must_be_possible(kind, places)
    row, _is_new = TieCapacity.objects.update_or_create(
        community_id=community_id, kind=kind, defaults={"places": places}
    )
    subject = Ref(kind="territory.area", id=community_id)
    record(
        name=events.TIE_CAPACITY_SET,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=community_id,
        facts={"kind": kind, "places": places},
    )
    return row


@transaction.atomic
def name_tie_holder(
    *,
    community_id: int,
    kind: str,
    actor: Actor,
    at: datetime,
    account_id: int | None = None,
    resident_id: int | None = None,
    household_id: int | None = None,
    places: int | None = None,
) -> TieHolder:
    """Name who holds links of a kind; without `places` as many as the community's data say.

    :raises TieKindUnknown: when such a link is not held by such a holder.
    :raises HoldsAlready: when they are named already.
    :raises NotFound: when there is nobody like that in the community.
    """
    must_manage_ties(actor=actor, community_id=community_id, kind=kind)
    who = somebody_here(
        community_id=community_id,
        account_id=account_id,
        resident_id=resident_id,
        household_id=household_id,
    )
    if ("account" in who) if kind == TieKind.PIONEER else ("household" in who):
        raise TieKindUnknown
    known = queries.places_for(community_id=community_id, kind=kind) if places is None else places
    _must_be_possible(kind, known)
    holder = TieHolder(
        community_id=community_id,
        kind=kind,
        places=known,
        from_date=queries.local_day(at=at),
        **who,
    )
    try:
        with transaction.atomic():
            holder.save(force_insert=True)
    except IntegrityError as error:
        raise HoldsAlready from error
    tell_of_holder(holder=holder, name=events.TIE_HOLDER_NAMED, actor=actor, at=at, places=known)
    return holder


@transaction.atomic
def name_party_members(*, community_id: int, kind: str, actor: Actor, at: datetime) -> int:
    """Name every member of the party on the roster to hold links; return how many are new.

    :raises TieKindUnknown: for a pairing, to which everybody agrees for themselves.
    :raises TiesNotYours: when this person does not keep the party's units, which say who it is.
    """
    must_manage_ties(actor=actor, community_id=community_id, kind=kind)
    if kind == TieKind.PAIRING:
        raise TieKindUnknown
    if not queries.may_keep_party(actor=actor, community_id=community_id):
        raise TiesNotYours
    named = TieHolder.objects.filter(
        community_id=community_id, kind=kind, until_date=None, resident__isnull=False
    )
    members = Resident.objects.filter(
        memberships__until_date=None,
        memberships__community_id=community_id,
        community_id=community_id,
        until_date=None,
    ).exclude(pk__in=named.values("resident_id"))
    keys = list(members.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        name_tie_holder(community_id=community_id, kind=kind, resident_id=key, actor=actor, at=at)
    return len(keys)


@transaction.atomic
def set_places(*, holder_id: int, places: int, actor: Actor, at: datetime) -> TieHolder:
    """Give one holder more or fewer places than others have.

    :raises HasMoreLinks: when more links stand than that.
    """
    holder = _managed_holder(holder_id, actor)
    _must_be_possible(holder.kind, places)
    standing = Tie.objects.filter(holder=holder, until_date=None)
    if (highest := standing.filter(place__gt=places).count()) > 0:
        if standing.count() > places:
            raise HasMoreLinks(total=standing.count())
        _close_ranks(holder, highest, places)
    standing.update(places=places)
    TieHolder.objects.filter(pk=holder.pk).update(places=places, version=F("version") + 1)
    holder.refresh_from_db()
    tell_of_holder(holder=holder, name=events.TIE_HOLDER_NAMED, actor=actor, at=at, places=places)
    return holder


@transaction.atomic
def end_tie_holder(*, holder_id: int, actor: Actor, at: datetime) -> TieHolder:
    """Let somebody hold links no longer; those that stand end, and wait to be assigned anew."""
    holder = _managed_holder(holder_id, actor)
    event = end_holder(holder=holder, actor=actor, at=at)
    if event is None:
        raise ChangedMeanwhile
    ties = Tie.objects.filter(holder=holder, until_date=None)
    end_all(ties=ties, ending=TieEnding.HOLDER_GONE, actor=actor, at=at, cause=event)
    holder.refresh_from_db()
    return holder


@transaction.atomic
def make_tie(
    *,
    holder_id: int,
    actor: Actor,
    at: datetime,
    household_id: int | None = None,
    resident_id: int | None = None,
) -> Tie:
    """Let a holder's link lead to a household or a resident, on the first place that is free.

    :raises NoPlaceLeft: when every place is taken: an eleventh.
    :raises TiedAlready: when somebody holds a link of this kind there.
    :raises TieKindUnknown: when a link of this kind does not lead there.
    """
    holder = _managed_holder(holder_id, actor)
    target = _target(holder, household_id, resident_id)
    for _attempt in range(holder.places + 1):
        if Tie.objects.filter(kind=holder.kind, until_date=None, **target).exists():
            raise TiedAlready
        taken = set(
            Tie.objects.filter(holder=holder, until_date=None).values_list("place", flat=True)
        )
        place = next((one for one in range(1, holder.places + 1) if one not in taken), None)
        if place is None:
            raise NoPlaceLeft(places=holder.places, name=queries.holder_name(holder=holder))
        tie = new_tie(holder=holder, place=place, actor=actor, at=at, **target)
        try:
            with transaction.atomic():
                tie.save(force_insert=True)
        except IntegrityError:
            continue  # Somebody took the place, or the other, at the same moment.
        tell_of_tie(tie=tie, name=events.TIE_MADE, actor=actor, at=at)
        return tie
    raise ChangedMeanwhile


@transaction.atomic
def end_tie(*, tie_id: int, ending: str, actor: Actor, at: datetime, note: str = "") -> Tie:
    """End a link for a reason; it stays on record, and its place is free.

    :raises EndingUnknown: when the reason is none.
    :raises EndingUnsaid: when it is another one and is not said.
    :raises ChangedMeanwhile: when somebody ended it at the same moment.
    """
    tie = managed_tie(tie_id=tie_id, actor=actor, at=at)
    if ending not in TieEnding.values or ending == TieEnding.REASSIGNED:
        raise EndingUnknown
    said = scrub_personal_data(text=tidy(text=note)[:NOTE_LENGTH_MAX])
    if ending == TieEnding.OTHER and not said:
        raise EndingUnsaid
    sealed = crypto.seal(value=said, field=queries.NOTE_FIELD, row=str(tie.trace)) if said else b""
    if not Tie.objects.filter(pk=tie.pk, until_date=None).update(
        until_date=last_day(tie=tie, at=at),
        ending=ending,
        note_sealed=sealed,
        version=F("version") + 1,
    ):
        raise ChangedMeanwhile
    tie.refresh_from_db()
    tell_of_tie(tie=tie, name=events.TIE_ENDED, actor=actor, at=at, ending=ending)
    return tie


def new_tie(*, holder: TieHolder, place: int, actor: Actor, at: datetime, **more: Any) -> Tie:
    """Return a link on a holder's place, not yet saved."""
    return Tie(
        holder=holder,
        community_id=holder.community_id,
        kind=holder.kind,
        places=holder.places,
        place=place,
        from_date=queries.local_day(at=at),
        made_by=actor.key,
        **more,
    )


def must_manage_ties(*, actor: Actor, community_id: int, kind: str) -> None:
    """Refuse whoever does not make and end links of this kind there.

    :raises TiesNotYours: when they belong to the community.
    :raises NotFound: when they do not.
    """
    if kind not in TieKind.values:
        raise TieKindUnknown
    if queries.manages_ties(actor=actor, community_id=community_id, kind=kind):
        return
    if community_id in actor.community_ids:
        raise TiesNotYours
    raise NotFound


def _must_be_possible(kind: str, places: int) -> None:
    most = 1 if kind == TieKind.PAIRING else PLACES_MOST
    if not 1 <= places <= most:
        raise PlacesInvalid


def _managed_holder(holder_id: int, actor: Actor) -> TieHolder:
    holder = queries.get_tie_holder(actor=actor, holder_id=holder_id)
    if holder.until_date is not None:
        raise NotFound
    return holder


def managed_tie(*, tie_id: int, actor: Actor, at: datetime) -> Tie:
    """Return a standing link that somebody manages.

    :raises NotFound: when there is none, it has ended, or is not theirs to see.
    :raises TiesNotYours: when they only see it.
    """
    tie = queries.get_tie(actor=actor, tie_id=tie_id, on=queries.local_day(at=at))
    if tie.until_date is not None:
        raise NotFound
    if not queries.manages_ties(actor=actor, community_id=tie.community_id, kind=tie.kind):
        raise TiesNotYours
    return tie


def somebody_here(
    *,
    community_id: int,
    account_id: int | None = None,
    resident_id: int | None = None,
    household_id: int | None = None,
) -> dict[str, Any]:
    """Return the one column and row of whoever was named.

    :raises NotFound: when it is none or several, or somebody who is not of the community.
    """
    given = [one for one in (account_id, resident_id, household_id) if one is not None]
    found: dict[str, Any] = {}
    here = {"community_id": community_id, "until_date": None}
    if len(given) == 1 and account_id is not None:
        of_here = Q(roles__area_id=community_id) | Q(roles__area__community_id=community_id)
        of_here |= Q(roles__building__estate__community_id=community_id)
        accounts = Account.objects.filter(of_here, is_active=True, pk=account_id)
        found = {"account": accounts.distinct().first()}
    elif len(given) == 1 and resident_id is not None:
        found = {"resident": Resident.objects.filter(pk=resident_id, **here).first()}
    elif len(given) == 1:
        found = {"household": Household.objects.filter(pk=given[0], **here).first()}
    if not found or None in found.values():
        raise NotFound
    return found


def _target(holder: TieHolder, household_id: int | None, resident_id: int | None) -> dict[str, Any]:
    """Return the one column and row that a holder's link shall lead to."""
    to_resident = holder.kind == TieKind.PAIRING or holder.household_id is not None
    if (resident_id is not None) != to_resident or (household_id is not None) == to_resident:
        raise TieKindUnknown
    found = somebody_here(
        community_id=holder.community_id, resident_id=resident_id, household_id=household_id
    )
    if holder.resident_id is not None and holder.resident_id == resident_id:
        raise NotToOneself
    lives_in = None if holder.resident is None else holder.resident.household_id
    led_to = found.get("resident")
    homes = (lives_in, household_id), (holder.household_id, led_to and led_to.household_id)
    if any(one is not None and one == other for one, other in homes):
        raise NotToOwnHousehold
    return found


def _close_ranks(holder: TieHolder, highest: int, places: int) -> None:
    """Move the links on places that are to go onto free ones below."""
    standing = Tie.objects.filter(holder=holder, until_date=None)
    taken = set(standing.values_list("place", flat=True))
    free = [one for one in range(1, places + 1) if one not in taken][:highest]
    for tie, place in zip(standing.filter(place__gt=places).order_by("place"), free, strict=True):
        Tie.objects.filter(pk=tie.pk).update(place=place)
