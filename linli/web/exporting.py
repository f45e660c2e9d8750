"""Lists leave as workbooks: one way for all of them, and each is written down before it goes.

A list's own module says what its rows are; here is what all lists share: the button, the reason for
which numbers leave in full, the record of it, and the file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotEntitled, NotFound
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request
from linli.web.workbooks import Sheet, download, workbook

P = ParamSpec("P")

TITLES: Mapping[str, str | Promise] = {
    "residents": _("Residents on the roster"),
    "households": _("Households"),
    "needs": _("Help needed"),
    "talents": _("Local talents"),
    "teams": _("Grid teams"),
    "patches": _("Patches"),
    "party": _("Party units"),
    "coming": _("Soon entitled"),
    "organisations": _("Organisations"),
    "visits": pgettext_lazy("list", "Households of a visit campaign"),
    "opinions": _("Opinions"),
    "form": pgettext_lazy("list", "An upper office’s form"),
    "wrong_rows": pgettext_lazy("list", "Wrong rows of a workbook"),
}
"""What the lists are called that can leave, by the code that their event keeps."""

_PAGING = ("page", "after", "full")


class FullListNotYours(NotEntitled):
    """Whoever reads a list one by one does not take it out in full."""

    sentence = _(
        "Only those who keep the registers of the community may export this list in full. Please "
        "export it with the numbers masked."
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """The buttons that export what a page shows."""

    action: str
    in_full: str = ""  # where the form with the reason goes; empty where that is not offered
    form: str = ""  # where an upper office's form is filled with it
    names: bool = False  # in full is with names, not with numbers


def offer(
    request: Request, name: str, *, in_full: bool = False, form: str = "", **keys: Any
) -> Offer:
    """Return the buttons for the list on this page: exactly what its filter shows."""
    asked = request.GET.copy()
    for one in _PAGING:
        asked.pop(one, None)
    address = reverse(name, kwargs=keys)
    action = f"{address}?{asked.urlencode()}" if asked else address
    form = form and f"{reverse('fill_form', kwargs={'listing': form})}?{asked.urlencode()}"
    asked["full"] = "1"
    full = f"{address}?{asked.urlencode()}" if in_full else ""
    return Offer(action=action, in_full=full, form=form, names=name == "export_needs")


def begin(
    request: Request, listing: str, *, wanted: Mapping[str, Any], in_full: bool = False
) -> people.Leaving:
    """Begin an export, masked unless it is asked for in full with a reason.

    :raises FullListNotYours: when it is asked for in full and is not theirs to take so.
    :raises ExportReasonMissing: when there is no reason.
    """
    if "full" not in request.GET and request.POST.get("full") != "1":
        return people.Leaving(listing=listing, wanted=wanted)
    if not in_full:
        raise FullListNotYours
    reason = people.reason_to_open(reason=request.POST.get("reason", ""))
    return people.Leaving(listing=listing, wanted=wanted, reason=reason)


def hand_out(
    request: Request,
    leaving: people.Leaving,
    sheets: Sequence[Sheet],
    *,
    community_id: int | None = None,
) -> HttpResponse:
    """Make the workbook, write down that it leaves, and hand it out."""
    content = workbook(sheets=sheets)
    record(request, leaving, community_id=community_id)
    return download(content=content, name=f"{file_stem(request, leaving.listing)}.xlsx")


def record(request: Request, leaving: people.Leaving, *, community_id: int | None = None) -> None:
    """Write down what leaves. An empty list belongs to the community named, or to the first."""
    people.record_export(
        leaving=leaving,
        community_id=first_community(request) if community_id is None else community_id,
        actor=request.actor,
        at=request.now,
    )


def file_stem(request: Request, listing: str) -> str:
    """Return under which name a list is kept: what it is, and of which moment."""
    return f"{TITLES[listing]} {request.now.astimezone(SHANGHAI):%Y%m%d-%H%M}"


def first_community(request: Request) -> int:
    """Return the first community that this person works for or oversees.

    :raises NotFound: when there is none.
    """
    own = sorted(request.actor.community_ids)
    if own:
        return own[0]
    for community in queries.scope_of(actor=request.actor).communities:
        return int(community.pk)
    raise NotFound


def kept_communities(request: Request) -> frozenset[int]:
    """Return the communities whose registers this person keeps, so that they may open lists."""
    found = {one.community_id for one in request.actor.grants if one.community_id is not None}
    return frozenset(one for one in found if queries.keeps(actor=request.actor, community_id=one))


def back_to(
    name: str,
) -> Callable[
    [Callable[Concatenate[Request, P], HttpResponse]],
    Callable[Concatenate[Request, P], HttpResponse],
]:
    """Lead back to the list, with its filter and a sentence, where nothing could be exported."""

    def decorate(
        view: Callable[Concatenate[Request, P], HttpResponse],
    ) -> Callable[Concatenate[Request, P], HttpResponse]:
        @wraps(view)
        def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except (people.ExportReasonMissing, people.TooManyToExport) as refused:
                messages.error(request, str(refused))
            asked = request.GET.copy()
            asked.pop("full", None)
            return redirect(f"{reverse(name, kwargs=kwargs)}?{asked.urlencode()}")

        return guarded

    return decorate
