"""The handlers' face: an inbox of orders that empties, one page for each, and a slip to print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.language.mask import scrub_personal_data
from linli.matters import dossier, queries, services
from linli.matters.dossier import Dossier
from linli.matters.workflow import OrderState
from linli.web.access import DESK_ROLES, HANDLER_ROLES, Request, for_roles
from linli.web.address import whole_address
from linli.web.photos import shown
from linli.web.steps import About, step_context

PAGE_SIZE = 30
LIVE_MOST = 200


@dataclass(slots=True)
class Group:
    """Orders that wait for the same thing."""

    code: str
    name: str | Promise
    icon: str
    orders: list[Any] = field(default_factory=list)


def _groups() -> dict[str, Group]:
    named = (
        Group("rework", _("To be done again"), "rotate"),
        Group("take", _("To take"), "inbox"),
        Group("hand", _("In hand"), "tool"),
        Group("paused", _("Clock standing still"), "player-pause"),
        Group("objected", _("Objection being judged"), "scale"),
        Group("returned", _("Given back, yours until another takes it"), "arrow-back-up"),
    )
    return {group.code: group for group in named}


def _group_of(order: Any) -> str:
    match OrderState(order.state):
        case OrderState.SENT:
            return "rework" if order.round > 1 else "take"
        case OrderState.OBJECTED:
            return "objected"
        case OrderState.RETURNED:
            return "returned"
        case _:
            return "paused" if order.matter.is_paused else "hand"


@for_roles(*HANDLER_ROLES)
@require_safe
def show_orders(request: Request) -> HttpResponse:
    """Show what is to be done, by what it waits for and then by deadline."""
    only_mine = request.GET.get("who") == "me"
    groups = _groups()
    rows = queries.list_orders(actor=request.actor, most=LIVE_MOST, only_taken=only_mine)
    for order in rows:
        groups[_group_of(order)].orders.append(order)
    context = {
        "groups": [group for group in groups.values() if group.orders],
        "total": len(rows),
        "tabs": _tabs("me" if only_mine else "all"),
        "only_mine": only_mine,
    }
    return render(request, "handler/orders.html", context)


@for_roles(*HANDLER_ROLES)
@require_safe
def show_done(request: Request) -> HttpResponse:
    """Show what is done or was taken back, newest first."""
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isdecimal() and len(asked) < 16 else None
    page = queries.page_of_ended_orders(actor=request.actor, after=after, size=PAGE_SIZE)
    context = {
        "orders": page.orders,
        "older": f"?after={page.next_after}" if page.next_after is not None else "",
        "newer": "/orders/done/" if asked else "",
        "tabs": _tabs("done"),
    }
    return render(request, "handler/done.html", context)


def _tabs(here: str) -> list[dict[str, Any]]:
    tabs = (
        ("all", _("The whole unit"), "/orders/"),
        ("me", _("Taken by me"), "/orders/?who=me"),
        ("done", _("Done"), "/orders/done/"),
    )
    return [
        {"label": label, "url": url, "is_here": code == here, "count": None}
        for code, label, url in tabs
    ]


@for_roles(*HANDLER_ROLES)
@require_safe
def show_order(request: Request, matter_id: int) -> HttpResponse:
    """Show one order with what its handler needs, and no more."""
    matter, known, order = _load(request, matter_id)
    about = About(matter=matter, actor=request.actor, at=request.now, known=known)
    steps = step_context(about=about, back=f"/orders/{matter_id}/", opens=False)
    asked = [one for one in known.reporters if one.erased_at is None]
    may_know = services.may_know_reporters(matter=matter, actor=request.actor)
    has_part = order.state != OrderState.RELEASED
    context = steps | {
        "order": order,
        "text": scrub_personal_data(text=matter.text),
        "words": words_for(known, order),
        "said_by_us": _said_by_us(known, request.actor),
        "asked_time": known.asked_time if known.matter.order_id == order.pk else None,
        "refused_time": _refused(known, order),
        "report_photos": shown(known.report_photos),
        "result_photos": shown(known.result_photos),
        "reporters": asked if may_know and has_part else [],
        "is_shut": not may_know,
        "is_current": matter.order_id == order.pk,
        "is_given_back": order.state == OrderState.RETURNED,
        "is_over": order.state in (OrderState.DONE, OrderState.RELEASED),
    }
    return render(request, "handler/order.html", context)


def _load(request: Request, matter_id: int) -> tuple[Any, Dossier, Any]:
    """Return a matter, all about it, and the last order of it that is this person's."""
    matter = queries.get_matter(actor=request.actor, matter_id=matter_id)
    known = dossier.dossier_of(matter=matter)
    mine = [one for one in known.orders if queries.is_handler(actor=request.actor, order=one)]
    if not mine:
        raise NotFound
    return matter, known, mine[-1]


def words_for(known: Dossier, order: Any) -> list[str]:
    """Return what was written with the order: a note, or why it has to be done again."""
    given = [note.text for note in known.notes if note.written_at == order.dispatched_at]
    ratings = (one for many in known.ratings.values() for one in many)
    said = [one.comment for one in ratings if one.rated_at == order.dispatched_at and one.comment]
    return [scrub_personal_data(text=text) for text in (*given, *said)]


def _said_by_us(known: Dossier, actor: Actor) -> Sequence[Any]:
    ours = {one.taken_by_id for one in known.orders if queries.is_handler(actor=actor, order=one)}
    return [note for note in known.notes if note.written_by_id in ours | actor.account_ids]


def _refused(known: Dossier, order: Any) -> Any:
    """Return the last request for time of this order, when it was refused."""
    ours: Iterable[Any] = (one for one in known.time_requests if one.order_id == order.pk)
    last = list(ours)[-1:]
    return last[0] if last and last[0].state == "REFUSED" and last[0].answer else None


# --- On paper ---------------------------------------------------------------------------------


@for_roles(*HANDLER_ROLES, *DESK_ROLES, "GRID_LEAD", "OVERSEER")
@require_safe
def show_slip(request: Request, matter_id: int) -> HttpResponse:
    """Show a work slip to print on A4 or A5, with a QR code that opens the order."""
    matter = queries.get_matter(actor=request.actor, matter_id=matter_id)
    order = matter.order
    if order is None:
        raise NotFound
    address = whole_address(request=request, path=reverse("order", args=[matter_id]))
    known = dossier.dossier_of(matter=matter)
    context = {
        "matter": matter,
        "order": order,
        "text": scrub_personal_data(text=matter.text),
        "words": words_for(known, order),
        "qr": qr_of(text=address) if address else "",
        "has_own_title": not matter.text.startswith(matter.title.rstrip("…")),
        "is_small": request.GET.get("paper") == "a5",
    }
    return render(request, "handler/slip.html", context)


def qr_of(*, text: str) -> SafeString:
    """Draw a QR code as an inline picture that prints sharply at any size."""
    drawn = segno.make(text, error="m").svg_inline(border=1, scale=4, omitsize=True)
    return mark_safe(drawn)  # segno draws it from our own address.


urlpatterns = [
    path("orders/", show_orders, name="orders"),
    path("orders/done/", show_done, name="orders_done"),
    path("orders/<int:matter_id>/", show_order, name="order"),
    path("orders/<int:matter_id>/slip/", show_slip, name="order_slip"),
]
