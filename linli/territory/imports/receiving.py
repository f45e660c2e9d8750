"""From an upload to a source: take the file in, keep it, read it again for every step."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from linli.core import attachments
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Attachment
from linli.core.ref import Ref
from linli.core.sheets import NotAWorkbook, OldWorkbook, TextTable
from linli.territory.geometry import Datum
from linli.territory.imports.applying import bring_in
from linli.territory.imports.geojson import read_geojson
from linli.territory.imports.plan import Plan
from linli.territory.imports.source import Source
from linli.territory.imports.workbook import read_workbook

if TYPE_CHECKING:
    from uuid import UUID

    from django.core.files.base import File

_MAPS = (".geojson", ".json")


def receive(*, upload: "File[bytes]", actor: Actor, at: datetime) -> Attachment:
    """Keep an uploaded workbook or GeoJSON file until the import is decided.

    :raises ImportRefused: when it is plainly of another kind, with what to do instead.
    :raises FileRefused: when it is empty, too large or not what it says.
    """
    name = (upload.name or "").lower()
    head = upload.read(4096)
    upload.seek(0)
    if head and not name.endswith(_MAPS):
        if name.endswith((".xls", ".et")) or head.startswith(b"\xd0\xcf\x11\xe0"):
            raise OldWorkbook
        if name.endswith((".csv", ".txt", ".tsv")):
            raise TextTable
        if not name.endswith(".xlsx"):
            raise NotAWorkbook
    return attachments.store_file(
        upload=upload, purpose=Attachment.Purpose.IMPORT, actor=actor, at=at
    )


def get_upload(*, token: "UUID", actor: Actor) -> Attachment:
    """Return a file that this person uploaded for an import.

    :raises NotFound: when there is none, or somebody else brought it.
    """
    attachment = attachments.get_by_token(token=token)
    if attachment.purpose != Attachment.Purpose.IMPORT or attachment.uploaded_by != actor.key:
        raise NotFound
    return attachment


def read_upload(*, attachment: Attachment) -> Source:
    """Return the rows of an uploaded file.

    :raises ImportRefused: when it cannot be read.
    """
    with attachment.file.open("rb") as stream:
        data = stream.read()
    if attachment.name.lower().endswith(_MAPS):
        return read_geojson(data=data)
    return read_workbook(data=data)


@transaction.atomic
def carry_out(
    *,
    attachment: Attachment,
    community_id: int,
    source: Source,
    datum: Datum,
    actor: Actor,
    at: datetime,
    only_good: bool = False,
    expected: str = "",
) -> Plan:
    """Bring an uploaded file in, and keep the file with the community it changed.

    :raises PlanHasFaults: when rows are bad and `only_good` is not set.
    :raises PlanOutdated: when the file would now do something else than what was shown.
    """
    plan = bring_in(
        community_id=community_id,
        source=source,
        datum=datum,
        actor=actor,
        at=at,
        only_good=only_good,
        expected=expected,
    )
    subject = Ref("territory.area", community_id)
    attachments.claim(tokens=[attachment.token], subject=subject, actor=actor, at=at)
    return plan
