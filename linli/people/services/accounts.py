"""Accounts: given, helped, closed; and what signing in leaves in the log."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import NOBODY, Actor, ActorKind
from linli.core.codes import InvalidCode, normalise_phone
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.normal import tidy
from linli.people import events, queries
from linli.people.models import Account, Duty, Handover, Role
from linli.people.queries import PHONE_FIELD
from linli.people.services._recording import record_of_account, thread_of
from linli.people.services.roles import RoleNotYoursToGive, give_role, must_leave_a_secretary
from linli.people.workflow import stands_above

NAME_LENGTH_MAX = 40

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,29}")
# Without characters that are taken for one another when somebody reads them out.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class UsernameInvalid(Invalid):
    """It could not be typed the same way twice."""

    sentence = _(
        "A user name has 2 to 30 characters: small letters first, then letters, digits, dots, "
        "hyphens or underscores."
    )
    field = "username"


class UsernameTaken(Refused):
    """Somebody has it already."""

    sentence = _("This user name is taken. Please choose another one.")
    field = "username"


class NameMissing(Invalid):
    """Nobody could tell who it is."""

    sentence = _("Please enter the person's name, in at most 40 characters.")
    field = "name"


class PhoneInvalid(Invalid):
    """No phone has this number."""

    sentence = _("This is not a phone number. A mobile number has 11 digits.")
    field = "phone"


class NotAbove(NotEntitled):
    """Helping with a password takes a role above all roles of that person."""

    sentence = _("Only whoever holds the role above this person's may do this.")


class NotYourself(Refused):
    """What needs a second person."""

    sentence = _("You cannot do this for yourself. Please ask whoever holds the role above yours.")


class AccountNotSignedInto(Refused):
    """The account is closed."""

    sentence = _("This account is closed.")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account with its temporary password, which is shown once and kept nowhere."""

    account: Account
    password: str


@transaction.atomic
def create_account(
    *,
    username: str,
    name: str,
    actor: Actor,
    at: datetime,
    phone: str = "",
    role: str = "",
    area_id: int | None = None,
    building_id: int | None = None,
    organisation_id: int | None = None,
    from_date: date | None = None,
    until_date: date | None = None,
    with_password: bool = True,
) -> NewAccount:
    """Give somebody an account with their first role, and a temporary password to change.

    People give an account only together with a role that is theirs to give; rules may leave the
    role out. Without a password (an account that nobody waits for, brought in with others) its
    owner gets one from whoever holds the role above.

    :raises UsernameInvalid, UsernameTaken, NameMissing, PhoneInvalid: for what was typed.
    :raises RoleNotYoursToGive: when no role is given, or not one of the actor's to give.
    """
    plain = unicodedata.normalize("NFKC", username).strip().lower()
    if not _USERNAME.fullmatch(plain):
        raise UsernameInvalid
    if not role and not actor.is_system:
        raise RoleNotYoursToGive
    account = Account(username=plain, name=_name(name), created_at=at, must_change_password=True)
    _set_phone(account, phone)
    password = temporary_password() if with_password else ""
    account.set_password(password or None)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise UsernameTaken from error
    record_of_account(account=account, name=events.ACCOUNT_CREATED, actor=actor, at=at)
    if role:
        give_role(
            account_id=account.pk,
            role=role,
            actor=actor,
            at=at,
            area_id=area_id,
            building_id=building_id,
            organisation_id=organisation_id,
            from_date=from_date,
            until_date=until_date,
        )
    return NewAccount(account=account, password=password)


@transaction.atomic
def edit_account(
    *, account_id: int, actor: Actor, at: datetime, name: str, phone: str | None = None
) -> Account:
    """Correct a name, and the phone unless it is None.

    :raises NotAbove: when it is neither the actor's own account nor below them.
    :raises NameMissing, PhoneInvalid: for what was typed.
    """
    account = _locked(account_id)
    if account_id != actor.account_id:
        _must_stand_above(account_id=account_id, actor=actor, at=at)
    account.name = _name(name)
    if phone is not None:
        _set_phone(account, phone)
    account.save(update_fields=["name", "phone_sealed", "phone_digest"])
    record_of_account(
        account=account,
        name=events.ACCOUNT_CHANGED,
        actor=actor,
        at=at,
        facts={"phone_changed": phone is not None},
    )
    return account


@transaction.atomic
def set_preferences(
    *, actor: Actor, at: datetime, language: str | None = None, large_type: bool | None = None
) -> None:
    """Keep how this person wants to see pages; what is None stays as it is.

    :raises NotFound: when nobody is signed in, or there is no such language.
    """
    if actor.account_id is None or language not in (None, "", *dict(settings.LANGUAGES)):
        raise NotFound
    account = _locked(actor.account_id)
    if language is not None:
        account.language = language
    if large_type is not None:
        account.large_type = large_type
    account.save(update_fields=["language", "large_type"])
    facts = {"language": account.language, "large_type": account.large_type}
    record_of_account(
        account=account, name=events.PREFERENCES_CHANGED, actor=actor, at=at, facts=facts
    )


@transaction.atomic
def change_password(*, account_id: int, password: str, at: datetime) -> None:
    """Set the password that its owner chose; the outer room has checked the old one."""
    account = _locked(account_id)
    account.set_password(password)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    record_of_account(account=account, name=events.PASSWORD_CHANGED, actor=_oneself(account), at=at)


@transaction.atomic
def reset_password(*, account_id: int, actor: Actor, at: datetime) -> str:
    """Return a temporary password for somebody who forgot theirs; all their sessions end.

    :raises NotYourself: when it is the actor's own.
    :raises NotAbove: when the actor does not hold the role above every role of that account.
    """
    account = _help(account_id=account_id, actor=actor, at=at)
    password = _give_temporary_password(account)
    record_of_account(account=account, name=events.PASSWORD_RESET, actor=actor, at=at)
    return password


@transaction.atomic
def reset_second_factor(*, account_id: int, actor: Actor, at: datetime) -> str:
    """Take away a lost second factor and return a temporary password; all sessions end.

    The password goes too: until a new second factor is set up it would be all that protects the
    account, and whoever found the phone may know it.

    :raises NotYourself, NotAbove: as `reset_password`.
    """
    account = _help(account_id=account_id, actor=actor, at=at)
    Authenticator.objects.filter(user=account).delete()
    password = _give_temporary_password(account)
    record_of_account(account=account, name=events.SECOND_FACTOR_RESET, actor=actor, at=at)
    return password


@transaction.atomic
def deactivate(*, account_id: int, actor: Actor, at: datetime) -> None:
    """Close an account at once: nobody signs in with it, and it holds nothing any more.

    Its sessions end by themselves, as a closed account is never loaded for one. Roles end, and so
    do leave and duty that involve it; what it did stays under its name.

    :raises NotYourself, NotAbove: as `reset_password`.
    :raises LastSecretary: when it is a community's only secretary.
    """
    account = _help(account_id=account_id, actor=actor, at=at)
    today = queries.local_day(at=at)
    yesterday = today - timedelta(days=1)
    for role in Role.objects.filter(account=account, from_date__lte=today):
        if role.until_date is None or role.until_date >= today:
            must_leave_a_secretary(role=role, after=yesterday)
    open_roles = Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today), account=account
    )
    open_roles.filter(from_date__gte=today).delete()
    open_roles.update(until_date=yesterday)
    Handover.objects.filter(
        Q(absent=account) | Q(stand_in=account), ended_at__isnull=True, until_date__gte=today
    ).update(ended_at=at)
    Duty.objects.filter(account=account, starts_at__gte=at).delete()
    Duty.objects.filter(account=account, ends_at__gt=at).update(ends_at=at)
    account.is_active = False
    account.save(update_fields=["is_active"])
    record_of_account(account=account, name=events.ACCOUNT_CLOSED, actor=actor, at=at)


@transaction.atomic
def reactivate(*, account_id: int, actor: Actor, at: datetime) -> str:
    """Open a closed account again, without any role, and return a temporary password.

    :raises NotFound: when it is not closed.
    :raises NotAbove: when the actor does not stand above everything it ever held.
    """
    account = _locked(account_id, active=False)
    if not stands_above(actor=actor, holdings=queries.past_holdings_of(account_id=account_id)):
        raise NotAbove
    Authenticator.objects.filter(user=account).delete()
    account.is_active = True
    account.save(update_fields=["is_active"])
    password = _give_temporary_password(account)
    record_of_account(account=account, name=events.ACCOUNT_REOPENED, actor=actor, at=at)
    return password


# --- What signing in leaves in the log ------------------------------------------------------


@transaction.atomic
def record_signed_in(*, account_id: int, by: str, at: datetime) -> None:
    """Record a sign-in; `by` is PASSWORD, SECOND_FACTOR, TRUSTED_BROWSER or LINK."""
    account = Account.objects.get(pk=account_id)
    record_of_account(
        account=account, name=events.SIGNED_IN, actor=_oneself(account), at=at, facts={"by": by}
    )


@transaction.atomic
def record_signed_out(*, account_id: int, at: datetime) -> None:
    """Record a sign-out."""
    account = Account.objects.get(pk=account_id)
    record_of_account(account=account, name=events.SIGNED_OUT, actor=_oneself(account), at=at)


def record_sign_in_failed(*, username: str, at: datetime) -> None:
    """Record a failed sign-in, for a user name that does not exist just as for one that does."""
    _record_about_username(username=username, name=events.SIGN_IN_FAILED, at=at)


def record_locked_out(*, username: str, at: datetime) -> None:
    """Record that a user name was locked after too many failures."""
    _record_about_username(username=username, name=events.LOCKED_OUT, at=at)


@transaction.atomic
def record_second_factor(*, account_id: int, is_set: bool, at: datetime) -> None:
    """Record that somebody set up a second factor, or took it away to set up another."""
    account = Account.objects.get(pk=account_id)
    name = events.SECOND_FACTOR_SET if is_set else events.SECOND_FACTOR_REMOVED
    record_of_account(account=account, name=name, actor=_oneself(account), at=at)


@transaction.atomic
def _record_about_username(*, username: str, name: str, at: datetime) -> None:
    # The same query and the same write in both cases, so that time tells nothing. A name that
    # nobody has may be a password typed into the wrong field: it is not kept.
    account = Account.objects.filter(username=username).first()
    subject = Ref(kind="people.account", id=account.pk if account else 0)
    record(
        name=name,
        subject=subject,
        trace=account.row_key if account else thread_of(subject=subject),
        actor=NOBODY,
        at=at,
        community_id=None,
    )


# --- Parts ----------------------------------------------------------------------------------


def temporary_password() -> str:
    """Return a password to be read out or written on a slip: three groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def _locked(account_id: int, *, active: bool = True) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id, is_active=active).first()
    if account is None:
        raise NotFound
    return account


def _help(*, account_id: int, actor: Actor, at: datetime) -> Account:
    """Return the account of somebody this person may help."""
    if account_id == actor.account_id:
        raise NotYourself
    account = _locked(account_id)
    _must_stand_above(account_id=account_id, actor=actor, at=at)
    return account


def _must_stand_above(*, account_id: int, actor: Actor, at: datetime) -> None:
    today = queries.local_day(at=at)
    # Whoever holds nothing now is helped by those above what they held before.
    holdings = queries.holdings_of(account_id=account_id, on=today) or queries.past_holdings_of(
        account_id=account_id
    )
    if not stands_above(actor=actor, holdings=holdings):
        raise NotAbove


def _give_temporary_password(account: Account) -> str:
    password = temporary_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    # Sessions end with the password they were opened under: Django ties them to its hash. The
    # lock after failures goes too, else the new password would be refused for a while.
    AccessAttempt.objects.filter(username=account.username).delete()
    return password


def _set_phone(account: Account, phone: str) -> None:
    plain = ""
    if phone.strip():
        try:
            plain = normalise_phone(text=phone)
        except InvalidCode as error:
            raise PhoneInvalid from error
    account.phone_sealed = crypto.seal(value=plain, field=PHONE_FIELD, row=str(account.row_key))
    account.phone_digest = crypto.digest(value=plain, field=PHONE_FIELD)


def _name(name: str) -> str:
    plain = tidy(text=name)
    if not plain or len(plain) > NAME_LENGTH_MAX:
        raise NameMissing
    return plain


def _oneself(account: Account) -> Actor:
    return Actor(kind=ActorKind.ACCOUNT, id=account.pk, name=account.name)
