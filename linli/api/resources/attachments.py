"""Photos and papers: sent first, then named by the report or the step they belong to."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field

from linli.api.caller import READ, REPORT, WRITE, Bearer, Caller, caller_of
from linli.api.operations import Act, Made, answered_once, digest_of, unknown_parameters
from linli.api.schemas.common import Sent
from linli.api.schemas.matters import Attached, attached_of
from linli.core import attachments
from linli.core.downloads import download
from linli.core.errors import NotFound, Refused
from linli.matters import queries as matters

router = Router(tags=["attachments"])
_PHOTO_PURPOSES = "^(REPORT|RESULT)?$"


class Purpose(Sent):
    """What a photo shows: what was REPORTed, or the RESULT; a field left empty says the first."""

    purpose: str = Field("REPORT", pattern=_PHOTO_PURPOSES)


class Size(Sent):
    """The picture itself, or a small one."""

    size: str = Field("full", pattern="^(full|small)$")


def upload_attachment(
    request: HttpRequest, file: File[UploadedFile], form: Form[Purpose]
) -> HttpResponse:
    """Take in a photo (JPEG, PNG, WebP, GIF, BMP), drawn anew without its metadata.

    It waits two days for the report or step that names its token.
    """
    refusal = unknown_parameters(request, frozenset())
    if refusal is not None:
        return refusal
    caller = caller_of(request)
    content = file.read()

    def prepare() -> Act:
        # Drawing takes long and is done before the transaction, so that nobody waits for it. Who
        # sends the same photo twice at once leaves one that nothing claims; it is dropped later.
        try:
            stored = attachments.store_photo(
                upload=file, purpose=form.purpose or "REPORT", actor=caller.actor, at=caller.at
            )
        except Refused as refusal:
            refusal.field = "file"  # as it is called here; on the pages it is one of the photos
            raise
        answer = attached_of(stored)
        return lambda: Made(answer, status=201, location=answer.href)

    said = form.purpose.encode(), (file.name or "").encode(errors="replace"), content
    return answered_once(request, digest=digest_of(request, *said), act=prepare)


router.post(
    "",
    auth=Bearer(WRITE, REPORT),
    response={201: Attached},
    summary=cast(str, _("Send a photo")),  # said when somebody reads the description
    operation_id="upload_attachment",
    openapi_extra={"x-writes": True},
)(upload_attachment)


def download_attachment(request: HttpRequest, token: UUID, wanted: Query[Size]) -> HttpResponseBase:
    """Send the content of a photo or paper to whoever may see what it hangs on."""
    refusal = unknown_parameters(request, frozenset({"size"}))
    if refusal is not None:
        return refusal
    caller = caller_of(request)
    found = attachments.get_by_token(token=token)
    if not _is_open(caller, found.subject_kind, found.subject_id, found.uploaded_by):
        raise NotFound
    return download(request=request, attachment=found, is_small=wanted.size == "small")


router.get(
    "/{uuid:token}",
    auth=Bearer(READ),
    response={200: None},
    summary=cast(str, _("The content of a photo or paper")),
    operation_id="download_attachment",
    openapi_extra={"x-binary": True},
)(download_attachment)


def _is_open(caller: Caller, kind: str, subject_id: int | None, uploaded_by: str) -> bool:
    if subject_id is None:
        return uploaded_by == caller.actor.key
    is_matter = kind == matters.SUBJECT
    return is_matter and matters.visible_to(actor=caller.actor, matter_id=subject_id).exists()
