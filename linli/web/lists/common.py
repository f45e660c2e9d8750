"""What the registers share: which community one looks at, and picking matters by a filter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.core.actor import Actor
from linli.core.errors import NotFound, Refused, Several
from linli.matters import queries
from linli.matters.labels import KINDS
from linli.matters.queries import MatterFilter
from linli.matters.workflow import OPEN, RESTRICTED_KINDS, Kind, State
from linli.territory import queries as territory
from linli.territory.scope import may_write
from linli.web.access import DESK_ROLES, Request

OFFICE_ROLES = (*DESK_ROLES, "GRID_LEAD", "OVERSEER")
"""Who opens the registers. Who may write in them is asked by the services."""

PICK_MAX = 200
_NUMBER = re.compile(r"\d+(?:-\d+)?")


@dataclass(frozen=True)
class Office:
    """The community whose registers are open, and whether this person keeps them."""

    community: Any
    communities: Sequence[Any]
    may_write: bool


def office_of(*, request: Request, community_id: int | None = None) -> Office:
    """Return the community asked for, or the first one open to this person.

    :raises NotFound: when there is none.
    """
    communities = territory.list_communities(actor=request.actor)
    if community_id is None:
        community_id = key_of(request.GET.get("community") or request.POST.get("community") or "")
    chosen = [one for one in communities if community_id in (None, one.pk)]
    if not chosen:
        raise NotFound
    return office(actor=request.actor, community=chosen[0], communities=communities)


def office(*, actor: Actor, community: Any, communities: Sequence[Any] = ()) -> Office:
    """Return a community's office as this person has it."""
    return Office(
        community=community,
        communities=communities,
        may_write=may_write(actor=actor, community=community),
    )


def key_of(text: str) -> int | None:
    """Return a key from an address; None for what is none."""
    return int(text) if text.isdecimal() and len(text) < 16 else None


def keys_of(texts: Sequence[str]) -> list[int]:
    """Return the keys among the values of a form."""
    return [key for text in texts if (key := key_of(text)) is not None]


def numbers_in(text: str) -> list[int]:
    """Return the matters that somebody named by number: “2026-12、2026-15 18”."""
    found = [part.rpartition("-")[2] for part in _NUMBER.findall(text)]
    return keys_of(found)


def blame(*, form: forms.Form, refused: Refused) -> None:
    """Say a refusal beside the field it is about, or above the form."""
    for fault in refused.faults if isinstance(refused, Several) else [refused]:
        form.add_error(fault.field if fault.field in form.fields else None, str(fault))


# --- Picking matters --------------------------------------------------------------------------


_WHAT: dict[str, tuple[Any, MatterFilter]] = {
    "open": (gettext_lazy("All that is open"), MatterFilter(states=tuple(OPEN))),
    "overdue": (gettext_lazy("Overdue"), MatterFilter(states=tuple(OPEN))),
    "disputes": (
        gettext_lazy("Disputes"),
        MatterFilter(states=tuple(OPEN), kinds=(Kind.DISPUTE,)),
    ),
    "returned": (gettext_lazy("Given back"), MatterFilter(states=(State.RETURNED,))),
    "top": (gettext_lazy("Needs the highest level"), MatterFilter(states=tuple(OPEN))),
    "rework": (
        gettext_lazy("Being done again"),
        MatterFilter(states=tuple(OPEN), rework_only=True),
    ),
    "paused": (gettext_lazy("Paused"), MatterFilter(states=(State.PAUSED,))),
    "all": (gettext_lazy("Everything, closed too"), MatterFilter()),
}


class PickFilter(forms.Form):
    """Which matters are offered to be picked."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=80)
    what = forms.ChoiceField(
        label=gettext_lazy("Which"),
        required=False,
        choices=[(code, name) for code, (name, _wanted) in _WHAT.items()],
    )
    grid = forms.IntegerField(
        label=gettext_lazy("Grid"), required=False, max_value=2**53, widget=forms.Select
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            *((code, name) for code, name in KINDS.items() if code not in RESTRICTED_KINDS),
        ],
    )

    def __init__(self, data: QueryDict, *, community_id: int) -> None:
        given = data.copy()
        given.setdefault("what", "open")
        super().__init__(given)
        grids = territory.list_areas(community_id=community_id, level="GRID")
        choices = [("", _("All")), *((str(one.pk), one.name) for one in grids)]
        self.fields["grid"].widget.choices = choices
        self.is_valid()

    def rows(self, *, actor: Actor, community_id: int, at: datetime) -> QuerySet[Any]:
        """Return the matters offered, the nearest deadline first; never restricted ones."""
        given = self.cleaned_data
        what = given.get("what") or "open"
        base = _WHAT[what][1]
        levels = queries.list_levels(community_id=community_id) if what == "top" else []
        wanted = MatterFilter(
            community_id=community_id,
            states=base.states,
            kinds=(given["kind"],) if given.get("kind") else base.kinds,
            grid_id=given.get("grid"),
            level_id=levels[-1].pk if levels else None,
            overdue_at=at if what == "overdue" else None,
            rework_only=base.rework_only,
            query=given.get("q", ""),
        )
        rows = queries.list_matters(actor=actor, wanted=wanted).filter(is_restricted=False)
        return rows.exclude(state=State.MERGED).order_by("due_at", "pk")


def where_of(*, matter: Any) -> str:
    """Return in words where a matter is, for papers and workbooks."""
    parts = (matter.estate, matter.building, matter.entrance, matter.place, matter.place_text)
    said = " ".join(str(part) for part in parts if part)
    return said or (str(matter.grid) if matter.grid else "")


def handler_of(*, matter: Any) -> str:
    """Return who has the matter in hand, for papers and workbooks."""
    order = matter.order
    return str(order.organisation or order.account) if order is not None else ""
