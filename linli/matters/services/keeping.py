"""What somebody keeps or takes out of a list: saved views, and exports that leave a trace."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.language.normal import is_blank_text, tidy
from linli.matters import events
from linli.matters.models import SavedView

VIEW_NAME_LENGTH_MAX = 40
VIEW_QUERY_LENGTH_MAX = 400
VIEWS_MAX = 30


class ViewNameMissing(Invalid):
    """A view is kept under a name."""

    sentence = _("Please give this view a name.")
    field = "name"


class TooManyViews(Invalid):
    """Somebody keeps more views than anybody can look through."""

    sentence = _("You keep %(most)s views already. Please delete one first.")
    field = "name"


@transaction.atomic
def save_view(*, actor: Actor, at: datetime, name: str, query: str) -> SavedView:
    """Keep a filter under a name; the same name again takes the new filter.

    :raises ViewNameMissing: when the name says nothing.
    :raises TooManyViews: when this person keeps too many.
    """
    if actor.account_id is None:
        raise NotEntitled
    said = tidy(text=name)[:VIEW_NAME_LENGTH_MAX]
    if is_blank_text(text=said):
        raise ViewNameMissing
    mine = SavedView.objects.filter(account_id=actor.account_id)
    if mine.exclude(name=said).count() >= VIEWS_MAX:
        raise TooManyViews(most=VIEWS_MAX)
    view, _made = SavedView.objects.update_or_create(
        account_id=actor.account_id,
        name=said,
        defaults={"query": query[:VIEW_QUERY_LENGTH_MAX], "saved_at": at},
    )
    return view


@transaction.atomic
def delete_view(*, actor: Actor, view_id: int) -> None:
    """Keep a view no longer.

    :raises NotFound: when it is not this person's.
    """
    gone, _tables = SavedView.objects.filter(pk=view_id, account_id__in=[actor.account_id]).delete()
    if not gone:
        raise NotFound


@transaction.atomic
def record_export(
    *,
    actor: Actor,
    at: datetime,
    community_id: int,
    wanted: Mapping[str, Any],
    matters_total: int,
) -> Event:
    """Write down that somebody took a list out: which filter, and how many matters it held.

    `wanted` holds keys and codes; the words somebody searched for are left out, for they may be a
    telephone number.
    """
    facts = {name: value for name, value in wanted.items() if value and name != "q"}
    return record(
        name=events.EXPORTED,
        subject=Ref("territory.area", community_id),
        trace=uuid.uuid4(),
        actor=actor,
        at=at,
        community_id=community_id,
        facts={"filter": facts, "matters": matters_total, "searched": bool(wanted.get("q"))},
    )
