"""Posters on paper: what stands on them, their QR code, and a PDF of A4 pages."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import segno
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused
from linli.core.typesetting import pdf
from linli.territory.models import Poster
from linli.territory.queries import hangs_at

PATH = "/q/{token}/"
"""Where a poster leads, below the public address."""

_TEMPLATE = Path(__file__).with_name("poster.typ")


class NothingToCall(Refused):
    """Neither an address to scan nor a number to call would stand on the poster."""

    sentence = _(
        "A poster needs a public address (LINLI_PUBLIC_URL) or the office's phone number. Enter "
        "the number in the community's details first."
    )


@dataclass(frozen=True, slots=True)
class PosterFace:
    """What one poster says. `address` is empty where the office has no public address."""

    id: int
    token: str
    community: str
    place: str
    address: str
    phone: str
    title: str
    lead: str
    steps: tuple[str, ...]
    note: str

    @property
    def qr_svg(self) -> SafeString:
        """Return the code as an SVG drawing without size, black on nothing."""
        return qr_svg(text=self.address) if self.address else SafeString()


def faces_of(*, posters: Iterable[Poster], public_url: str, office_phone: str) -> list[PosterFace]:
    """Return what each poster says, in the reader's language.

    `office_phone` stands in for a community that has entered none.

    :raises NothingToCall: when one would carry neither an address nor a number.
    """
    faces = [
        _face(poster, public_url.rstrip("/"), _phone_of(poster) or office_phone)
        for poster in posters
    ]
    if any(not (face.address or face.phone) for face in faces):
        raise NothingToCall
    return faces


def qr_svg(*, text: str) -> SafeString:
    """Return a QR code as an inline SVG; it survives a quarter of it being torn off."""
    drawn = segno.make(text, error="q", micro=False).svg_inline(border=2, omitsize=True)
    return SafeString(drawn)  # Squares as numbers: nothing of the text stands in it.


def qr_png(*, text: str, scale: int = 12) -> bytes:
    """Return a QR code as a PNG, to be put into an office's own paper."""
    stream = io.BytesIO()
    segno.make(text, error="q", micro=False).save(stream, kind="png", scale=scale, border=4)
    return stream.getvalue()


def posters_pdf(*, faces: Sequence[PosterFace]) -> bytes:
    """Return one PDF with an A4 page for each poster.

    :raises NoChineseFont: when the server has no font for it.
    """
    pages = [
        {**asdict(face), "qr": drawing_of(svg=face.qr_svg) if face.address else ""}
        for face in faces
    ]
    return pdf(template=_TEMPLATE, facts={"pages": pages})


def drawing_of(*, svg: str) -> str:
    """Return the SVG as a document of its own: inside a page it needs no namespace."""
    if "xmlns=" in svg:
        return svg
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _face(poster: Poster, public_url: str, phone: str) -> PosterFace:
    address = public_url + PATH.format(token=poster.token) if public_url else ""
    steps = (
        (
            gettext("Scan the code with WeChat. Nothing to install, no account."),
            gettext("Say what is wrong; a photo helps. The place is known already."),
            gettext("Keep the tracking code: it shows who has it and how far it is."),
        )
        if address
        else (
            gettext("Call us and name this place."),
            gettext("Say what is wrong. We write it down for you."),
            gettext("Ask for your tracking code: with it you can ask how far it is."),
        )
    )
    return PosterFace(
        id=poster.pk,
        token=poster.token,
        community=poster.community.name,
        place=hangs_at(poster=poster),
        address=address,
        phone=phone,
        title=gettext("Something wrong here?"),
        lead=gettext("Scan and tell us") if address else gettext("Call and tell us"),
        steps=steps,
        note=gettext(
            "In danger call 110, 119 or 120 first. Your name and number are seen only by those "
            "who handle it."
        ),
    )


def _phone_of(poster: Poster) -> str:
    profile = getattr(poster.community, "profile", None)
    return profile.office_phone if profile else ""
