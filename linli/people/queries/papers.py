"""Papers that expire, for those who are entitled to know of them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people.models import Paper, Resident
from linli.people.queries.entitlements import COMING_DAYS
from linli.people.queries.residents import ResidentRow, row_of
from linli.people.queries.ties import entitled_in

PAPER = "people.paper"
"""How events name one."""

PAPER_NAME_FIELD = "people_paper.name"
"""Under which name it is sealed and digested."""

_DOOR = "resident__household__dwelling__entrance__building__estate"


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper: whose, which, and how many days are left; below zero when it has expired."""

    paper: Paper
    resident: ResidentRow
    name: str
    days_left: int

    @property
    def is_expired(self) -> bool:
        """Tell whether its day is over."""
        return self.days_left < 0


def papers_open_to(*, actor: Actor) -> QuerySet[Paper]:
    """Return the papers that stand and exist for this person: those of who is entitled."""
    rows = Paper.objects.filter(until_date=None)
    return rows if actor.is_system else rows.filter(community__in=entitled_in(actor=actor))


def get_paper(*, actor: Actor, paper_id: int, on: date) -> PaperRow:
    """Return a paper.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = _rows_of(papers_open_to(actor=actor).filter(pk=paper_id), on)
    if not rows:
        raise NotFound
    return rows[0]


def papers_of(*, actor: Actor, resident: Resident, on: date) -> list[PaperRow]:
    """Return the papers of somebody, the soonest first."""
    rows = papers_open_to(actor=actor).filter(resident=resident)
    return _rows_of(rows.order_by("expires_on", "pk"), on)


def list_expiring(
    *, actor: Actor, on: date, grid_id: int | None = None, start: int = 0, most: int = 50
) -> list[PaperRow]:
    """Return what has expired, then what expires within 90 days, by the day."""
    last = on + timedelta(days=COMING_DAYS)
    rows = papers_open_to(actor=actor).filter(expires_on__lte=last)
    if grid_id is not None:
        rows = rows.filter(resident__grid_id=grid_id)
    return _rows_of(rows.order_by("expires_on", "pk")[start : start + most], on)


def paper_digest(*, name: str) -> str:
    """Return what stands for a paper's name beside a resident."""
    return crypto.digest(value=name, field=PAPER_NAME_FIELD)


def events_of_paper(*, paper: Paper) -> list[Event]:
    """Return what happened to a paper, oldest first."""
    return list(Event.objects.filter(trace=paper.row_key).order_by("id"))


def _rows_of(rows: QuerySet[Paper], on: date) -> list[PaperRow]:
    return [
        PaperRow(
            paper=one,
            resident=row_of(resident=one.resident),
            name=crypto.unseal(
                sealed=one.name_sealed, field=PAPER_NAME_FIELD, row=str(one.row_key)
            ),
            days_left=(one.expires_on - on).days,
        )
        for one in rows.select_related(_DOOR)
    ]
