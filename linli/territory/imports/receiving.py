"""From an upload to a source: take the file in, keep it, read it again for every step."""

from datetime import datetime
from typing import TYPE_CHECKING

from linli.core import attachments
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Attachment
from linli.territory.imports.geojson import read_geojson
from linli.territory.imports.source import NotAWorkbook, OldWorkbook, Source, TextTable
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
