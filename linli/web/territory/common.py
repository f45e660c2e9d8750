"""What every page of the register begins with."""

from typing import Any

from django import forms

from linli.core.errors import NotFound, Refused
from linli.territory import queries, services
from linli.territory.scope import READERS, may_write, require_writer
from linli.web.access import Request, for_roles

for_readers = for_roles(*READERS)
"""Lets in whoever works for a community; which one is asked by the query."""


def community_of(request: Request) -> Any:
    """Return the community this page is about: the one asked for, else the person's first.

    :raises NotFound: when it is none of theirs.
    """
    asked = number(request, "community")
    if asked is not None:
        return queries.get_community(actor=request.actor, community_id=asked)
    found = queries.list_communities(actor=request.actor)
    if not found:
        raise NotFound
    return queries.get_community(actor=request.actor, community_id=found[0].pk)


def kept_community_of(request: Request) -> Any:
    """Return the community this page is about, if this person keeps its register.

    :raises NotFound: when it is none of theirs.
    :raises NotEntitled: when they may only read it.
    """
    community = community_of(request)
    require_writer(actor=request.actor, community=community)
    return community


def number(request: Request, name: str) -> int | None:
    """Return a key from the query string or the form; anything else counts as not given."""
    said = request.POST.get(name) or request.GET.get(name) or ""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else None


def frame(request: Request, community: Any) -> dict[str, Any]:
    """Return what every page of the register shows: which community, and who may write."""
    return {
        "community": community,
        "communities": queries.list_communities(actor=request.actor),
        "can_write": may_write(actor=request.actor, community=community),
    }


def standing(request: Request, row: Any) -> None:
    """Offer no form about something that has ended. What is sent is judged by its service.

    :raises NoLongerInUse: when it has ended.
    """
    if request.method != "POST" and row.ended_at is not None:
        raise services.NoLongerInUse(name=row.name)


def refuse(form: forms.Form, refused: Refused) -> None:
    """Show a refusal beside its field, or above the form."""
    for one in getattr(refused, "faults", [refused]):
        form.add_error(one.field if one.field in form.fields else None, str(one))
