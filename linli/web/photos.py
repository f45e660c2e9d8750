"""Photos of a form: taken in at once, so that nobody has to choose them again after an error."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from linli.core import attachments
from linli.core.actor import NOBODY
from linli.core.errors import NotFound, Refused
from linli.web.access import Request


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo as pages show it."""

    token: UUID
    name: str

    @property
    def url(self) -> str:
        """Return where it is shown."""
        return f"/files/{self.token}/"


@dataclass(frozen=True, slots=True)
class Photos:
    """What a form brought: photos that wait for their subject, and why others were refused."""

    kept: Sequence[Photo] = ()
    errors: Sequence[str] = ()

    @property
    def tokens(self) -> tuple[UUID, ...]:
        """Return what the subject claims."""
        return tuple(photo.token for photo in self.kept)


def shown(attachments: Iterable[Any]) -> list[Photo]:
    """Return attachments as pages show them."""
    return [Photo(token=one.token, name=one.name) for one in attachments]


def take_photos(*, request: Request, purpose: str) -> Photos:
    """Keep the photos of a posted form, those of an earlier try among them.

    The form's names are those of components/_photo_picker.html.
    """
    removed = set(request.POST.getlist("photo_remove"))
    tokens = [token for token in request.POST.getlist("photo_token") if token not in removed]
    kept = [photo for token in tokens if (photo := _still_waiting(token, request)) is not None]
    errors = []
    for upload in request.FILES.getlist("photos"):
        if len(kept) >= settings.PHOTOS_PER_FORM_MAX:
            break
        assert isinstance(upload, UploadedFile)
        try:
            stored = attachments.store_photo(
                upload=upload, purpose=purpose, actor=request.actor, at=request.now
            )
        except Refused as refusal:
            errors.append(f"{upload.name}: {refusal}" if upload.name else str(refusal))
        else:
            kept.append(Photo(token=stored.token, name=stored.name))
            _remember(request, stored.token)
    return Photos(kept=kept[: settings.PHOTOS_PER_FORM_MAX], errors=errors)


def _still_waiting(text: str, request: Request) -> Photo | None:
    try:
        found = attachments.get_by_token(token=UUID(text))
    except (ValueError, NotFound):
        return None
    is_ours = found.uploaded_by in {request.actor.key, NOBODY.key}
    if found.subject_id is not None or not is_ours:
        return None
    return Photo(token=found.token, name=found.name)


_UPLOADS = "uploads"
_UPLOADS_MAX = 40


def is_own_upload(*, request: Request, attachment: Any) -> bool:
    """Tell whether this person, or this browser, sent an upload that nothing has claimed yet."""
    if attachment.uploaded_by != NOBODY.key:
        return bool(attachment.uploaded_by == request.actor.key)
    return str(attachment.token) in request.session.get(_UPLOADS, ())


def _remember(request: Request, token: UUID) -> None:
    """Let a browser without an account see its own uploads again; others are known by theirs."""
    if request.actor == NOBODY:
        before = request.session.get(_UPLOADS, [])
        request.session[_UPLOADS] = [*before, str(token)][-_UPLOADS_MAX:]
