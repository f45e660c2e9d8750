"""Show an attachment to those who may see its subject, and to nobody else."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import FileResponse, HttpResponseBase, HttpResponseNotModified
from django.urls import path
from django.views.decorators.http import require_safe

from linli.core import attachments
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.matters import queries as matters
from linli.web.access import Request
from linli.web.photos import is_own_upload

_SHOWN_IN_PAGE = frozenset({"image/jpeg", "image/png"})


def _may_see_matter(actor: Actor, matter_id: int) -> bool:
    return matters.visible_to(actor=actor).filter(pk=matter_id).exists()


MAY_SEE: Mapping[str, Callable[[Actor, int], bool]] = {matters.SUBJECT: _may_see_matter}
"""Who may see what hangs on a subject, by its kind; a kind not named is seen by nobody."""


@require_safe
def show(request: Request, token: UUID) -> HttpResponseBase:
    """Send an attachment; with ``?w=`` a small picture of it.

    A browser may keep it, but asks each time whether this person may still see it.
    """
    found = attachments.get_by_token(token=token)
    if found.subject_id is None:
        is_open = is_own_upload(request=request, attachment=found)
    else:
        may_see = MAY_SEE.get(found.subject_kind)
        is_open = may_see is not None and may_see(request.actor, found.subject_id)
    if not is_open:
        raise NotFound
    is_small = "w" in request.GET
    tag = f'"{found.sha256[:32]}{"-small" if is_small else ""}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    elif is_small:
        small = attachments.thumbnail_of(attachment=found)
        response = FileResponse(small, content_type="image/jpeg")
    else:
        try:
            file = found.file.open("rb")
        except FileNotFoundError as error:
            raise NotFound from error
        response = FileResponse(
            file,
            content_type=found.media_type,
            filename=found.name,
            as_attachment=found.media_type not in _SHOWN_IN_PAGE,
        )
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Should a browser be talked into showing it as a page, it may do nothing there.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


urlpatterns = [
    path("files/<uuid:token>/", show, name="file"),
]
