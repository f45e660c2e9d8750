"""`linli setup`, and what else is done from the server's shell: a way in, a new password."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli import serving
from linli.core import certificates
from linli.core.actor import Actor, ActorKind, system
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.core.trouble import patiently
from linli.matters import reference
from linli.people import queries
from linli.people import services as people
from linli.people.services import UpperArea
from linli.territory import queries as territory
from linli.territory.models import Level

ACTOR = system(name="shell")

Say = Callable[[str], None]


class NoSuchAccount(Refused):
    """Nobody has this user name, or the account is closed."""

    sentence = gettext_lazy("There is no open account with the user name “%(username)s”.")


class NoSuchCommunity(Refused):
    """No community has this code."""

    sentence = gettext_lazy("There is no community with the code “%(code)s”.")


@dataclass(frozen=True)
class Wanted:
    """What `linli setup` was told."""

    code: str
    name: str
    city: str
    district: str
    subdistrict: str
    username: str
    secretary: str
    phone: str = ""
    office_phone: str = ""
    office_address: str = ""
    privacy_contact: str = ""


def set_up(*, wanted: Wanted, say: Say) -> None:
    """Bring the database into being, start the community in it, and say what to do next."""
    serving.prepare(say=say)
    levels = (
        (Level.CITY, wanted.city),
        (Level.DISTRICT, wanted.district),
        (Level.SUBDISTRICT, wanted.subdistrict),
    )
    at = timezone.now()
    made = people.set_up_community(
        code=wanted.code,
        name=wanted.name,
        upper=[UpperArea(level=level, name=name) for level, name in levels if name],
        secretary_username=wanted.username,
        secretary_name=wanted.secretary,
        secretary_phone=wanted.phone,
        office_phone=wanted.office_phone,
        office_address=wanted.office_address,
        privacy_contact=wanted.privacy_contact,
        actor=ACTOR,
        at=at,
        with_defaults=lambda community: reference.default_method(
            community_id=community.pk, actor=ACTOR, at=at
        ),
    )
    say("")
    say(_("%(name)s is set up.") % {"name": made.community.name})
    say("")
    say(_("First secretary: %(name)s") % {"name": made.secretary.name})
    say(_("  User name: %(username)s") % {"username": made.secretary.username})
    say(_("  Temporary password: %(password)s") % {"password": made.password})
    say(_("  It is shown this once. The first sign-in asks for a new one and a second factor."))
    say("")
    _say_next_steps(say)


def _say_next_steps(say: Say) -> None:
    say(_("Next:"))
    say(_("  1. Start Linli: linli serve --bind 0.0.0.0:8000"))
    if settings.PUBLIC_URL:
        say(_("  2. It is reached at %(url)s.") % {"url": settings.PUBLIC_URL})
    else:
        say(
            _(
                "  2. So that a poster's QR code opens on a phone over mobile data, set "
                "LINLI_PUBLIC_URL to the public address, such as https://linli.example.cn. "
                "Without one posters carry the office's phone number."
            )
        )
    say(_("  3. Sign in, and bring in grids, estates and buildings from a workbook."))
    say(
        _(
            "  4. Back up each night: linli backup --keep 14. Print the keys once (linli keys "
            "print) and lock them away: without them, names and phone numbers stay closed."
        )
    )


def sign_in_link(*, username: str, face: str, base_url: str, say: Say) -> None:
    """Say a link that signs its bearer in once."""
    token = patiently(
        lambda: people.make_sign_in_link(
            account_id=_account_id(username), face=face, actor=ACTOR, at=timezone.now()
        )
    )
    base = (base_url or settings.PUBLIC_URL or "http://127.0.0.1:8000").rstrip("/")
    say(base + reverse("sign_in_link", kwargs={"token": token}))


def reset_password(*, username: str, second_factor: bool, say: Say) -> None:
    """Say a temporary password for somebody above whom nobody is."""
    reset = people.reset_second_factor if second_factor else people.reset_password
    password = patiently(
        lambda: reset(account_id=_account_id(username), actor=ACTOR, at=timezone.now())
    )
    say(_("Temporary password: %(password)s") % {"password": password})


def issue_token(*, username: str, name: str, writes: bool, days: int, say: Say) -> None:
    """Make a token with which a program acts as somebody, and say it this once."""
    at = timezone.now()
    account_id = _account_id(username)
    account = queries.get_account(
        actor=Actor(kind=ActorKind.ACCOUNT, id=account_id), account_id=account_id
    )
    issued = people.issue_token(
        name=name,
        scopes=("READ", "WRITE") if writes else ("READ",),
        expires_at=at + timedelta(days=days),
        actor=queries.actor_of(account=account, at=at),
        at=at,
    )
    say(issued.secret)


def issue_public_token(*, community_code: str, name: str, days: int, say: Say) -> None:
    """Make a token with which an app brings in reports of a community's residents."""
    at = timezone.now()
    community = territory.find_area(code=community_code)
    if community is None or community.level != Level.COMMUNITY:
        raise NoSuchCommunity(code=community_code)
    issued = people.issue_token(
        name=name,
        scopes=("REPORT",),
        expires_at=at + timedelta(days=days),
        community_id=community.pk,
        actor=ACTOR,
        at=at,
    )
    say(issued.secret)


def make_certificate(*, hosts: Sequence[str], say: Say) -> None:
    """Make a certificate for this machine and say what comes next.

    :raises HostInvalid: when a host is none of the office's own network.
    """
    made = certificates.make(hosts=hosts, at=timezone.now())
    _say_certificate(made, say)
    say(_("Phones show this fingerprint (SHA-256) of its authority before they trust it:"))
    say(f"  {certificates.authority_fingerprint()}")
    say(_("Start with: linli serve --bind 0.0.0.0:8000 --https 8443"))
    say(_("and set LINLI_PUBLIC_URL=%(url)s") % {"url": f"https://{made.names[0]}:8443"})


def use_certificate(*, certificate: Path, key: Path, say: Say) -> None:
    """Take a public authority's certificate into use.

    :raises CertificateUnusable: when the files do not belong together.
    """
    _say_certificate(certificates.use(certificate=certificate, key=key), say)


def _say_certificate(one: certificates.Certificate, say: Say) -> None:
    told = {"names": ", ".join(one.names), "until": f"{one.until:%Y-%m-%d}"}
    say(_("The certificate is for %(names)s, until %(until)s.") % told)


def list_tokens(*, say: Say) -> None:
    """Say every token that is valid: its key, how it begins, whose it is and until when."""
    at = timezone.now()
    for token in queries.list_tokens(actor=ACTOR).filter(revoked_at=None, expires_at__gt=at):
        whose = token.account.username if token.account is not None else str(token.community)
        until = token.expires_at.astimezone(SHANGHAI).date().isoformat()
        say("\t".join([str(token.pk), f"{token.hint}…", whose, *token.scopes, until, token.name]))


def revoke_token(*, token_id: int, say: Say) -> None:
    """End a token at once."""
    people.revoke_token(token_id=token_id, actor=ACTOR, at=timezone.now())
    say(_("The token was ended. The program can do nothing any more."))


def _account_id(username: str) -> int:
    account_id = queries.account_id_of(username=username)
    if account_id is None:
        raise NoSuchAccount(username=username)
    return account_id
