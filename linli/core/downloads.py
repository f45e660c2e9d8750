"""Send an attachment over HTTP; whoever calls has looked whether it may be seen."""

from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseNotModified

from linli.core import attachments
from linli.core.errors import NotFound
from linli.core.models import Attachment

_SHOWN_IN_PAGE = frozenset({"image/jpeg", "image/png"})


def download(*, request: HttpRequest, attachment: Attachment, is_small: bool) -> HttpResponseBase:
    """Return the content, or a small picture of it.

    A browser may keep it, but asks each time whether this person may still see it.

    :raises NotFound: when the file is gone.
    """
    tag = f'"{attachment.sha256[:32]}{"-small" if is_small else ""}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    elif is_small:
        small = attachments.thumbnail_of(attachment=attachment)
        response = FileResponse(small, content_type="image/jpeg")
    else:
        try:
            file = attachment.file.open("rb")
        except FileNotFoundError as error:
            raise NotFound from error
        response = FileResponse(
            file,
            content_type=attachment.media_type,
            filename=attachment.name,
            as_attachment=attachment.media_type not in _SHOWN_IN_PAGE,
        )
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Should a browser be talked into showing it as a page, it may do nothing there.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
