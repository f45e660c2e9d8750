"""`linli demo`: the demonstration community, server and worker, and a way in for each face."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli import serving
from linli.core.actor import system
from linli.core.errors import Refused
from linli.people.models import Role, RoleName
from linli.people.queries import actor_of
from linli.people.services import issue_token, make_sign_in_link
from linli.territory import queries as territory
from linli.territory.models import Poster

PACK = settings.PACKAGE.parent / "packs" / "fudong"
ACTOR = system(name="demo")
_TOKEN_LIFE = timedelta(days=1)


class PackMissing(Refused):
    """The demonstration community lies beside the package, in the source folder."""

    sentence = gettext_lazy(
        "The demonstration community is not here (%(path)s). "
        "Run “make demo” in the folder that you downloaded."
    )


@dataclass(frozen=True)
class Entrance:
    """A way in: which face, as whom, and the address to open."""

    face: str
    person: str
    url: str


def run(*, address: serving.Address, say: Callable[[str], None]) -> None:
    """Start everything, say where it is, and go on until somebody asks to stop."""
    with serving.listen(address=address) as listening:
        serving.prepare(say=say)
        if not territory.communities():
            say(_("Loading the demonstration community …"))
            _load(at=timezone.now())

        def welcome() -> None:
            for line in _welcome(base=settings.PUBLIC_URL or address.url, at=timezone.now()):
                say(line)
            connection.close()

        serving.serve(doors=[serving.Door(listening, address)], on_ready=welcome)


def _load(*, at: datetime) -> None:
    if not PACK.is_dir():
        raise PackMissing(path=PACK)
    from linli.flows.packs.load import load_pack  # Read once in the life of a demonstration.

    load_pack(path=PACK, at=at)


def _welcome(*, base: str, at: datetime) -> Iterator[str]:
    yield ""
    yield _("Linli is running at %(url)s — press Ctrl-C to stop.") % {"url": base}
    yield _("The data lies in %(home)s.") % {"home": settings.HOME}
    yield ""
    yield _("One-use sign-in links, each good for a day:")
    for entrance in _entrances(base=base, at=at):
        yield f"  {entrance.face} · {entrance.person}"
        yield f"    {entrance.url}"
    yield from _tokens(base=base, at=at)
    yield ""
    yield _("Another link: .venv/bin/linli sign-in-link USERNAME")


def _tokens(*, base: str, at: datetime) -> Iterator[str]:
    """Make a token for the public and one of a community worker: only their digests are kept."""
    held = Role.objects.filter(name=RoleName.STAFF, account__is_active=True).order_by("id")
    staff = held.select_related("account").first()
    if staff is None or staff.area_id is None:
        return
    until = at + _TOKEN_LIFE
    public = issue_token(
        name="演示：居民上报小程序",
        scopes=("REPORT",),
        expires_at=until,
        community_id=staff.area_id,
        actor=ACTOR,
        at=at,
    )
    own = issue_token(
        name="演示：社区台账系统",
        scopes=("READ", "WRITE"),
        expires_at=until,
        actor=actor_of(account=staff.account, at=at),
        at=at,
    )
    yield ""
    yield _("Keys for programs, each good for a day:")
    yield "  " + _("Open311 api_key, and reports by the REST API")
    yield f"    {public.secret}"
    yield f"    {base}{reverse('open311_discovery', kwargs={'extension': '.xml'})}"
    yield "  " + _("REST API, reading and writing as %(person)s") % {"person": staff.account.name}
    yield f"    {own.secret}"
    yield f"    {base}{reverse('api_guide')}"


def _entrances(*, base: str, at: datetime) -> Iterator[Entrance]:
    yield Entrance(face=_("Resident"), person=_("anyone, without an account"), url=f"{base}/")
    poster = Poster.objects.filter(withdrawn_at__isnull=True).order_by("id").first()
    if poster is not None:
        yield Entrance(
            face=_("Resident"), person=_("a poster's QR code"), url=f"{base}/q/{poster.token}/"
        )
    for face, label, role in (
        ("field", _("Field"), RoleName.GRID_WORKER),
        ("handler", _("Handler"), RoleName.HANDLER),
        ("desk", _("Desk"), RoleName.STAFF),
        ("overview", _("Overview"), RoleName.SECRETARY),
    ):
        held = Role.objects.filter(name=role, account__is_active=True).order_by("id")
        first = held.select_related("account").first()
        if first is not None:
            token = make_sign_in_link(account_id=first.account_id, face=face, actor=ACTOR, at=at)
            path = reverse("sign_in_link", kwargs={"token": token})
            yield Entrance(face=label, person=first.account.name, url=f"{base}{path}")
