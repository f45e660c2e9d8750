"""What was given up after many tries: tried again, or let be with a reason."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from linli.core.errors import NotFound
from linli.flows import dead_letters
from linli.flows.dead_letters import DeadLetter, Kind
from linli.web.access import Request, for_roles
from linli.web.people.shared import show
from linli.web.telling import kind_of_event

ROLES = dead_letters.ROLES

_KINDS: dict[Kind, Any] = {
    Kind.REACTION: _("What follows from an event"),
    Kind.MESSAGE: _("Message to a person"),
    Kind.WEBHOOK: _("Event for another program"),
}


@require_safe
@for_roles(*ROLES)
def list_page(request: Request) -> HttpResponse:
    """Show what was given up: what, since when, how often tried, and the kind of error."""
    found = dead_letters.list_dead(actor=request.actor)
    facts = {"rows": [_row(letter) for letter in found.letters], "total": found.total}
    return show(request, "people/undelivered.html", "undelivered", facts)


@require_POST
@for_roles(*ROLES)
def revive(request: Request, kind: str, letter_id: int) -> HttpResponse:
    """Try one thing again."""
    dead_letters.revive(
        kind=_kind_of(kind), letter_id=letter_id, actor=request.actor, at=request.now
    )
    messages.success(request, _("It is tried again now."))
    return redirect("undelivered")


@require_POST
@for_roles(*ROLES)
def revive_all(request: Request) -> HttpResponse:
    """Try everything again."""
    count = dead_letters.revive_all(actor=request.actor, at=request.now)
    said = ngettext("%(n)s is tried again now.", "%(n)s are tried again now.", count)
    messages.success(request, said % {"n": count})
    return redirect("undelivered")


@require_POST
@for_roles(*ROLES)
def let_be(request: Request, kind: str, letter_id: int) -> HttpResponse:
    """Leave one thing undone, with a reason."""
    try:
        dead_letters.let_be(
            kind=_kind_of(kind),
            letter_id=letter_id,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=request.now,
        )
    except dead_letters.ReasonMissing as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is left undone."))
    return redirect("undelivered")


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "letter": letter,
        "kind": _KINDS[letter.kind],
        "event": kind_of_event(name=letter.event.name),
        "dialog": f"let-be-{letter.kind.lower()}-{letter.id}",
        "code": letter.kind.lower(),
    }


def _kind_of(code: str) -> Kind:
    try:
        return Kind(code.upper())
    except ValueError as error:
        raise NotFound from error
