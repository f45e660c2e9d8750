"""What the desk's list shows: the views one switches between, the filter, and its query string."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.matters import queries
from linli.matters.labels import CHANNELS, KINDS, STATES
from linli.matters.queries import MatterFilter
from linli.matters.workflow import OPEN, State
from linli.people import queries as people
from linli.territory import queries as territory


@dataclass(frozen=True, slots=True)
class View:
    """One standing question to the list: which matters wait for this."""

    code: str
    name: str | Promise
    icon: str
    wanted: MatterFilter
    for_those_in_charge: bool = False
    is_counted: bool = True


_OPEN_STATES = tuple(sorted(OPEN))
_DUE_FIRST = MatterFilter(oldest_deadline_first=True)
VIEWS: Mapping[str, View] = {
    view.code: view
    for view in (
        View("todo", _("For the desk to do"), "inbox", replace(_DUE_FIRST, needs_desk=True)),
        View(
            "accept",
            _("To accept"),
            "circle-plus",
            replace(_DUE_FIRST, states=(State.REPORTED,)),
        ),
        View("dispatch", _("To dispatch"), "send", replace(_DUE_FIRST, states=(State.ACCEPTED,))),
        View(
            "judge",
            _("Objections to judge"),
            "scale",
            replace(_DUE_FIRST, states=(State.OBJECTED,)),
        ),
        View(
            "returned",
            _("Given back"),
            "arrow-back-up",
            replace(_DUE_FIRST, states=(State.RETURNED,)),
        ),
        View("time", _("Time asked for"), "hourglass", replace(_DUE_FIRST, time_asked_only=True)),
        View(
            "verify",
            _("To verify"),
            "clipboard-check",
            replace(_DUE_FIRST, states=(State.RESOLVED,)),
        ),
        View("overdue", _("Overdue"), "clock-exclamation", _DUE_FIRST),
        View(
            "rework",
            _("Being done again"),
            "rotate",
            replace(_DUE_FIRST, rework_only=True, states=_OPEN_STATES),
        ),
        View(
            "restricted",
            _("Restricted"),
            "shield-lock",
            replace(_DUE_FIRST, restricted_only=True, states=_OPEN_STATES),
            for_those_in_charge=True,
        ),
        View("open", _("All that is open"), "list", replace(_DUE_FIRST, states=_OPEN_STATES)),
        View("all", _("Everything, closed too"), "archive", MatterFilter(), is_counted=False),
    )
}
FIRST_VIEW = "todo"
_ANY = ("", _("All"))


def _one_of(label: Any) -> forms.IntegerField:
    """Return a menu of rows by key. A key that is not ours finds nothing, so it is not checked."""
    return forms.IntegerField(label=label, required=False, max_value=2**53, widget=forms.Select)


class QueueFilter(forms.Form):
    """What one may narrow a list by. Choices are those of the community that is shown."""

    q = forms.CharField(label=_("Search"), required=False, max_length=80)
    community = _one_of(_("Community"))
    state = forms.ChoiceField(label=_("State"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    category = _one_of(_("Category"))
    grid = _one_of(_("Grid"))
    estate = _one_of(_("Estate"))
    building = _one_of(_("Building"))
    organisation = _one_of(_("Handling unit"))
    level = _one_of(_("Settlement level"))
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    since = forms.DateField(
        label=_("Reported from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Reported until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    overdue = forms.BooleanField(label=_("Only what is overdue"), required=False)
    rework = forms.BooleanField(label=_("Only what is done again"), required=False)

    def __init__(self, *args: Any, choices: Mapping[str, list[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offered in (_CODES | dict(choices)).items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [_ANY, *offered]
            elif isinstance(field.widget, forms.Select):
                field.widget.choices = [_ANY, *offered]

    @property
    def shown(self) -> list[forms.BoundField]:
        """Return the fields of the filter's panel: those with something to choose from."""
        return [bound for bound in self if bound.name != "q" and _has_choices(bound.field)]


def _has_choices(field: forms.Field) -> bool:
    return not isinstance(field.widget, forms.Select) or len(list(field.widget.choices)) > 1


_CODES: dict[str, list[Any]] = {
    "state": list(STATES.items()),
    "kind": list(KINDS.items()),
    "channel": list(CHANNELS.items()),
}


@dataclass(frozen=True)
class Asked:
    """What a request asks of the list: a view, a filter on top of it, and both as plain values."""

    view: View
    wanted: MatterFilter
    values: Mapping[str, str]
    form: QueueFilter

    @property
    def narrowed(self) -> dict[str, str]:
        """Return what was narrowed by hand, without the view."""
        return {name: value for name, value in self.values.items() if name != "view"}

    @property
    def query(self) -> str:
        """Return the query string that shows the same list again."""
        return urlencode(self.values)

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Return each narrowing: what it is called, its value, and the list without it."""
        shown = []
        for name, value in self.narrowed.items():
            if name == "q":
                continue
            field = self.form.fields[name]
            words = value
            if isinstance(field.widget, forms.Select):
                words = dict(_flat(field.widget.choices)).get(value, value)
            elif isinstance(field, forms.BooleanField):
                words = ""
            without = {key: one for key, one in self.values.items() if key != name}
            shown.append((str(field.label), words, urlencode(without)))
        return shown


def _flat(choices: Any) -> list[tuple[str, str]]:
    return [(str(key), str(name)) for key, name in choices]


def views_for(*, actor: Actor) -> list[View]:
    """Return the views this person has."""
    in_charge = bool(actor.roles & queries.IN_CHARGE_ROLES)
    return [view for view in VIEWS.values() if in_charge or not view.for_those_in_charge]


def asked(*, data: QueryDict, actor: Actor, at: datetime, with_choices: bool = True) -> Asked:
    """Read what a request asks for; what makes no sense is passed over.

    Without choices the filter can be applied but not shown, and costs no query.
    """
    offered = {view.code: view for view in views_for(actor=actor)}
    narrowed = any(value for name, value in data.items() if name not in ("view", "after"))
    view = offered.get(data.get("view", ""), offered["all" if narrowed else FIRST_VIEW])
    choices = _choices(data=data, actor=actor) if with_choices else {}
    form = QueueFilter(data, choices=choices)
    form.is_valid()
    given = {name: value for name, value in form.cleaned_data.items() if value}
    values = {"view": view.code} | {
        name: value.isoformat() if hasattr(value, "isoformat") else _plain(value)
        for name, value in given.items()
    }
    return Asked(view=view, wanted=_wanted(view, given, at), values=values, form=form)


def _plain(value: Any) -> str:
    return "1" if value is True else str(value)


def _wanted(view: View, given: Mapping[str, Any], at: datetime) -> MatterFilter:
    wanted = view.wanted
    changes: dict[str, Any] = {
        "query": given.get("q", ""),
        "community_id": given.get("community"),
        "category_id": given.get("category"),
        "grid_id": given.get("grid"),
        "estate_id": given.get("estate"),
        "building_id": given.get("building"),
        "organisation_id": given.get("organisation"),
        "level_id": given.get("level"),
        "channel": given.get("channel", ""),
    }
    if "state" in given:
        changes["states"] = (given["state"],)
    if "kind" in given:
        changes["kinds"] = (given["kind"],)
    if "since" in given:
        changes["reported_from"] = datetime.combine(given["since"], time(), tzinfo=SHANGHAI)
    if "until" in given:
        day_after = given["until"] + timedelta(days=1)
        changes["reported_until"] = datetime.combine(day_after, time(), tzinfo=SHANGHAI)
    if "overdue" in given or view.code == "overdue":
        changes["overdue_at"] = at
    if "rework" in given:
        changes["rework_only"] = True
    return replace(wanted, **changes)


def _choices(*, data: QueryDict, actor: Actor) -> dict[str, list[Any]]:
    """Return what may be chosen: of one community, or first of all which one."""
    community_id, communities = _community(data=data, actor=actor)
    if community_id is None:
        return {"community": communities}
    categories = queries.list_categories(community_id=community_id).prefetch_related(None)
    estate = data.get("estate", "")
    houses = (
        territory.list_buildings(estate_id=int(estate), with_ended=True) if _is_key(estate) else []
    )
    grids = territory.list_areas(community_id=community_id, level="GRID")
    return {
        "community": communities,
        "category": _named(categories),
        "grid": _named(grids),
        "estate": _named(territory.list_estates(community_id=community_id, with_ended=True)),
        "building": _named(one for one in houses if one.estate.community_id == community_id),
        "organisation": _named(people.organisations_of(community_id=community_id)),
        "level": _named(queries.list_levels(community_id=community_id)),
    }


def _named(rows: Iterable[Any]) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in rows]


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 16


def _community(*, data: QueryDict, actor: Actor) -> tuple[int | None, list[Any]]:
    own = sorted(actor.community_ids)
    is_above = any(grant.community_id is None for grant in actor.grants)
    if len(own) == 1 and not is_above:
        return own[0], []
    known = [(one.pk, one.name) for one in territory.list_communities(actor=actor)]
    chosen = data.get("community", "")
    if _is_key(chosen) and int(chosen) in dict(known):
        return int(chosen), known
    return (known[0][0], []) if len(known) == 1 else (None, known)
