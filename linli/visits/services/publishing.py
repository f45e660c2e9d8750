"""Publish what is asked at the door. A version is never changed; a new wording is a new one."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotEntitled
from linli.core.events import record
from linli.core.ref import Ref
from linli.language import never_kept
from linli.language.normal import tidy
from linli.people.services import ListNeverKept
from linli.visits import events, queries
from linli.visits.forms.definition import digest_of, never_kept_in
from linli.visits.forms.xlsform import RowFault, XlsFormRefused, read
from linli.visits.models import VisitForm, VisitFormVersion

NAME_LENGTH_MAX = 60
_FIRST = Path(__file__).resolve().parent.parent / "data" / "door_to_door.json"
_THREADS = UUID("0e5a6b6c-30d3-4f0f-8f0a-6a0a4e3f2b11")  # Any constant: it names our threads.


class FormNotYours(NotEntitled):
    """Forms are the office's."""

    sentence = _("Forms are published by the secretary and the community workers.")


class FormNameMissing(Invalid):
    """A form is chosen by its name."""

    sentence = _("Please give the form a name.")
    field = "name"


class FormUnusable(Invalid):
    """A definition without a question."""

    sentence = _("This form asks nothing.")
    field = "file"


class WorkbookRefused(Invalid):
    """A workbook that holds more than is understood; `rows` says what and where."""

    sentence = _("This workbook was not published. What is wrong stands below, row by row.")
    field = "file"

    def __init__(self, *, rows: Sequence[RowFault]) -> None:
        super().__init__()
        self.rows = rows


def publish_workbook(
    *, community_id: int, name: str, data: bytes, actor: Actor, at: datetime
) -> VisitFormVersion:
    """Publish the form that an XLSForm workbook holds, under its own title where no name is given.

    :raises WorkbookRefused: when it is no XLSForm, or more than is understood.
    :raises FormNameMissing: when neither a name nor a title is given.
    """
    if not queries.may_run(actor=actor, community_id=community_id):
        raise FormNotYours
    try:
        definition = read(data)
    except XlsFormRefused as refused:
        raise WorkbookRefused(rows=refused.faults) from refused
    called = name.strip() or definition["name"].get("zh", "")
    return publish_form(
        community_id=community_id, name=called, definition=definition, actor=actor, at=at
    )


def publish_form(
    *, community_id: int, name: str, definition: Mapping[str, Any], actor: Actor, at: datetime
) -> VisitFormVersion:
    """Publish a form, or the next version of the one with this name.

    The same wording published again is the version that stands.

    :raises FormNotYours: when somebody else runs the community's campaigns.
    :raises FormNameMissing: when it has no name.
    :raises FormUnusable: when it asks nothing.
    :raises ListNeverKept: when it would make a list, or ask for a diagnosis, that is never kept.
    """
    if not queries.may_run(actor=actor, community_id=community_id):
        raise FormNotYours
    called = tidy(text=name)[:NAME_LENGTH_MAX]
    if not called:
        raise FormNameMissing
    if not definition.get("questions"):
        raise FormUnusable
    word = never_kept.name_never_kept_in(name=name) or never_kept_in(definition=definition)
    if word:
        raise ListNeverKept(word=word)
    return _publish(community_id, called, definition, actor, at)


def first_form(*, community_id: int, at: datetime) -> VisitFormVersion:
    """Return the form that comes with Linli, published for a community at its first use."""
    definition = json.loads(_FIRST.read_text("utf-8"))
    rule = system(name="first-form")
    return _publish(community_id, definition["name"]["zh"], definition, rule, at)


@transaction.atomic
def _publish(
    community_id: int, name: str, definition: Mapping[str, Any], actor: Actor, at: datetime
) -> VisitFormVersion:
    form, _made = VisitForm.objects.get_or_create(community_id=community_id, name=name)
    # Two wordings published at once take their numbers one after the other.
    VisitForm.objects.select_for_update().get(pk=form.pk)
    digest = digest_of(definition=definition)
    known = VisitFormVersion.objects.filter(form=form, digest=digest).first()
    if known is not None:
        return known
    last = form.versions.aggregate(last=Max("number"))["last"] or 0
    version = VisitFormVersion.objects.create(
        form=form,
        number=last + 1,
        definition=dict(definition),
        digest=digest,
        published_at=at,
        published_by=actor.key,
    )
    record(
        name=events.FORM_PUBLISHED,
        subject=Ref(kind=queries.FORM, id=form.pk),
        trace=uuid5(_THREADS, str(form.pk)),
        actor=actor,
        at=at,
        community_id=community_id,
        facts={"number": version.number, "digest": digest},
    )
    return version
