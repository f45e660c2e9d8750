"""Take photos and papers in, clean; keep them until their subject claims them.

A photo is decoded and drawn anew, so nothing of the file that was sent remains: no position, no
camera, no comment, no script behind the picture. The file is on disk before its row is committed;
what a crash leaves behind without a row, or a row that no subject claimed, is dropped later.
"""

import hashlib
import io
import json
import re
import struct
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from linli.core.actor import NOBODY, Actor
from linli.core.errors import Invalid, NotFound
from linli.core.models import Attachment
from linli.core.ref import Ref

if TYPE_CHECKING:
    from django.core.files.base import File

UNCLAIMED_FOR = timedelta(days=2)
"""How long an upload waits for the form it belongs to."""

PHOTO_SIDE_MAX = 2_560  # pixels; enough to read a meter, small enough for a phone
PHOTO_PIXELS_MAX = 64_000_000
THUMBNAIL_SIDE = 320

_FOLDER = "attachments"
_THUMBNAILS = "thumbnails"
_BATCH = 200
_UNPACKED_BYTES_MAX = 300 * 1024 * 1024
_PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_KEEPS_SHARP_EDGES = frozenset({"PNG", "GIF", "BMP"})  # screenshots and drawings stay PNG
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop", "icc_profile"})


class PhotoRefused(Invalid):
    """An upload that is no photo Linli can keep."""

    field = "photos"


class PhotoEmpty(PhotoRefused):
    """Zero bytes: a phone that could not read its own file sends this."""

    sentence = _("This photo arrived empty. Please choose it again.")


class PhotoTooLarge(PhotoRefused):
    """More bytes than the setting allows."""

    sentence = _(
        "This photo has %(size)s MB; at most %(limit)s MB can be taken. "
        "Please send it smaller, or take it again at a lower resolution."
    )


class PhotoTooManyPixels(PhotoRefused):
    """Small as a file, but huge when it is unpacked."""

    sentence = _(
        "This picture is too large to open; at most %(millions)s million pixels can be taken. "
        "Please take it again at a lower resolution."
    )


class PhotoIsHeic(PhotoRefused):
    """What an iPhone keeps by itself; browsers and Windows cannot show it."""

    sentence = _(
        "This photo is in HEIC format, which cannot be shown everywhere. Please send it as JPEG: "
        "on an iPhone choose Settings – Camera – Formats – Most Compatible, "
        "or send a screenshot of the photo."
    )


class PhotoNotAPicture(PhotoRefused):
    """A drawing in code, a page, a program, or anything else that is no photo."""

    sentence = _("This file is not a photo. Please send a JPEG, PNG or WebP picture.")


class PhotoBroken(PhotoRefused):
    """It begins like a photo and ends too soon, or its data make no sense."""

    sentence = _("This photo is damaged or did not arrive whole. Please send it again.")


class PhotoNotClean(PhotoRefused):
    """Something of the original remained after drawing it anew, so it is not kept."""

    sentence = _(
        "The position and camera data could not be removed from this photo, so it was not kept. "
        "Please send a screenshot of it instead."
    )


class FileRefused(Invalid):
    """A paper or workbook that cannot be kept."""

    field = "file"


class FileEmpty(FileRefused):
    """Zero bytes."""

    sentence = _("This file arrived empty. Please choose it again.")


class FileTooLarge(FileRefused):
    """More bytes than the setting allows, packed or unpacked."""

    sentence = _("This file has %(size)s MB; at most %(limit)s MB can be taken.")


class FileTypeNotTaken(FileRefused):
    """The name ends in something that this purpose does not take."""

    sentence = _("Files of this type cannot be taken here. Please send %(types)s.")


class FileNotWhatItSays(FileRefused):
    """The content is not what the name promises."""

    sentence = _(
        "The content of this file is not what its name says (%(type)s). "
        "Please open it, save it again in that format, and send it anew."
    )


_FILE_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "geojson": "application/geo+json",
    "json": "application/geo+json",
}
_TAKEN_FOR = {
    Attachment.Purpose.EVIDENCE: ("pdf", "docx", "xlsx"),
    Attachment.Purpose.IMPORT: ("xlsx", "geojson", "json"),
}
_OFFICE_PART = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}


# --- Taking in ------------------------------------------------------------------------------


def store_photo(*, upload: "File[bytes]", purpose: str, actor: Actor, at: datetime) -> Attachment:
    """Draw a photo anew without its metadata and keep it unclaimed.

    An animated picture becomes its first frame; a side is at most `PHOTO_SIDE_MAX` pixels.

    :raises PhotoRefused: when it is empty, too large, damaged, or no photo at all.
    """
    limit = settings.PHOTO_BYTES_MAX
    data = _read(upload, limit)
    if not data:
        raise PhotoEmpty
    if len(data) > limit:
        raise PhotoTooLarge(**_megabytes(upload, data, limit))
    picture, keeps_edges = _decode(data)
    drawn, media_type, extension = _encode(picture, as_png=keeps_edges)
    return _keep(
        data=drawn,
        attachment=Attachment(
            purpose=purpose,
            name=_clean_name(upload.name, extension=extension, fallback="photo"),
            media_type=media_type,
            width=picture.width,
            height=picture.height,
            uploaded_by=actor.key,
            uploaded_at=at,
        ),
        extension=extension,
    )


def store_file(*, upload: "File[bytes]", purpose: str, actor: Actor, at: datetime) -> Attachment:
    """Keep a workbook, map file or paper unclaimed, after looking at what it really is.

    :raises FileRefused: when it is empty, too large, or not a type that `purpose` takes.
    """
    extension = _extension(upload.name)
    taken = _TAKEN_FOR[Attachment.Purpose(purpose)]
    if extension not in taken:
        raise FileTypeNotTaken(types=", ".join(f".{name}" for name in taken))
    limit = settings.WORKBOOK_BYTES_MAX
    data = _read(upload, limit)
    if not data:
        raise FileEmpty
    if len(data) > limit:
        raise FileTooLarge(**_megabytes(upload, data, limit))
    if not _is_really(data, extension):
        raise FileNotWhatItSays(type=f".{extension}")
    return _keep(
        data=data,
        attachment=Attachment(
            purpose=purpose,
            name=_clean_name(upload.name, extension=extension, fallback="file"),
            media_type=_FILE_TYPES[extension],
            uploaded_by=actor.key,
            uploaded_at=at,
        ),
        extension=extension,
    )


@transaction.atomic
def claim(*, tokens: Sequence[UUID], subject: Ref, actor: Actor, at: datetime) -> list[Attachment]:
    """Give uploads to their subject and return those it now has, in the order of `tokens`.

    Only what nobody claimed yet, and what this actor uploaded, can be claimed; for an upload by
    nobody in particular its token is the ticket. A token that is too old or not theirs is passed
    over: what was written beside the photo must not be lost for it.
    """
    # One conditional update: of two forms that name the same upload, one gets it.
    Attachment.objects.filter(
        token__in=tokens,
        subject_id__isnull=True,
        erased_at__isnull=True,
        uploaded_by__in={actor.key, NOBODY.key},
        uploaded_at__gt=at - UNCLAIMED_FOR,
    ).update(subject_kind=subject.kind, subject_id=subject.id)
    its_own = Attachment.objects.filter(
        token__in=tokens, subject_kind=subject.kind, subject_id=subject.id
    )
    found = {attachment.token: attachment for attachment in its_own}
    return [found[token] for token in dict.fromkeys(tokens) if token in found]


# --- Reading --------------------------------------------------------------------------------


def attachments_of(*, subject: Ref) -> list[Attachment]:
    """Return what a subject has, oldest first. Whoever may see the subject may see these."""
    return list(
        Attachment.objects.filter(
            subject_kind=subject.kind, subject_id=subject.id, erased_at__isnull=True
        ).order_by("id")
    )


def get_by_token(*, token: UUID) -> Attachment:
    """Return one attachment.

    :raises NotFound: when there is none, or it was erased.
    """
    found = Attachment.objects.filter(token=token, erased_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def thumbnail_of(*, attachment: Attachment) -> "File[bytes]":
    """Open a small JPEG of a photo, drawn the first time it is asked for.

    :raises NotFound: when the attachment is not a picture, or its file is gone.
    """
    if attachment.width is None:
        raise NotFound
    name = f"{_THUMBNAILS}/{attachment.token.hex[:2]}/{attachment.token.hex}.jpg"
    if not default_storage.exists(name):
        try:
            with attachment.file.open("rb") as file, Image.open(file) as picture:
                picture.draft("RGB", (THUMBNAIL_SIDE * 2, THUMBNAIL_SIDE * 2))
                small = picture.convert("RGBA" if picture.mode in ("RGBA", "LA", "P") else "RGB")
        except FileNotFoundError as error:
            raise NotFound from error
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        data, _media_type, _extension = _encode(small, as_png=False)
        saved = default_storage.save(name, ContentFile(data))
        if saved != name:  # Two asked at once; the other was first, and one is enough.
            default_storage.delete(saved)
    return default_storage.open(name, "rb")


# --- Dropping -------------------------------------------------------------------------------


@transaction.atomic
def erase(*, token: UUID, at: datetime) -> None:
    """Remove the picture or paper itself; the row stays, so the record stays whole.

    :raises NotFound: when there is none, or it was erased before.
    """
    attachment = get_by_token(token=token)
    Attachment.objects.filter(pk=attachment.pk).update(erased_at=at, name="", sha256="")
    transaction.on_commit(partial(_remove_files, attachment))


def drop_unclaimed(*, at: datetime) -> int:
    """Drop uploads that no form claimed in `UNCLAIMED_FOR`, and return how many."""
    old = Attachment.objects.filter(subject_id__isnull=True, uploaded_at__lte=at - UNCLAIMED_FOR)
    dropped = 0
    for attachment in old.order_by("id")[:_BATCH]:
        # Asked again in the DELETE itself, should a form claim it at this very moment.
        gone, _per_table = Attachment.objects.filter(
            pk=attachment.pk, subject_id__isnull=True
        ).delete()
        if gone:
            transaction.on_commit(partial(_remove_files, attachment))
            dropped += 1
    return dropped


def drop_stray_files(*, at: datetime) -> int:
    """Drop files that have no row, as a crash between file and row leaves them; say how many.

    Only files older than `UNCLAIMED_FOR` count: a younger one may belong to a row on its way.
    """
    dropped = 0
    for names in _batches(_files_below(_FOLDER)):
        known = set(Attachment.objects.filter(file__in=names).values_list("file", flat=True))
        for name in names:
            if name not in known and default_storage.get_modified_time(name) < at - UNCLAIMED_FOR:
                default_storage.delete(name)
                dropped += 1
    return dropped


# --- The photo ------------------------------------------------------------------------------


def _decode(data: bytes) -> tuple[Image.Image, bool]:
    """Return the first frame, upright and small enough, as pixels and nothing else."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise PhotoIsHeic
    try:
        with Image.open(io.BytesIO(data), formats=_PHOTO_FORMATS) as picture:
            if picture.width * picture.height > PHOTO_PIXELS_MAX:
                raise PhotoTooManyPixels(millions=PHOTO_PIXELS_MAX // 1_000_000)
            keeps_edges = picture.format in _KEEPS_SHARP_EDGES
            orientation = _orientation(picture)
            # Lets the JPEG decoder halve a very large photo while it reads; never below the limit.
            picture.draft("RGB", (PHOTO_SIDE_MAX, PHOTO_SIDE_MAX))
            picture.load()
            frame = picture.convert("RGBA" if _has_alpha(picture) else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoTooManyPixels(millions=PHOTO_PIXELS_MAX // 1_000_000) from error
    except UnidentifiedImageError as error:
        raise PhotoNotAPicture from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError) as error:
        raise PhotoBroken from error
    frame.thumbnail((PHOTO_SIDE_MAX, PHOTO_SIDE_MAX), Image.Resampling.LANCZOS)
    return _upright(frame, orientation), keeps_edges


def _encode(picture: Image.Image, *, as_png: bool) -> tuple[bytes, str, str]:
    """Write pixels as a file of our own: (bytes, media type, extension)."""
    # A new canvas has no `info`, and so nothing that an encoder could carry over.
    canvas = Image.new("RGB" if not as_png else picture.mode, picture.size, "white")
    if as_png:
        canvas.paste(picture)
    else:
        canvas.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    out = io.BytesIO()
    if as_png:
        canvas.save(out, "PNG")
    else:
        canvas.save(out, "JPEG", quality=85, progressive=True)
    data = out.getvalue()
    with Image.open(io.BytesIO(data)) as written:
        if _METADATA & written.info.keys() or len(written.getexif()):
            raise PhotoNotClean
    return (data, "image/png", "png") if as_png else (data, "image/jpeg", "jpg")


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Broken EXIF raises whatever its parser stumbles over. It is dropped in any case; all
        # that is lost is the hint which side is up.
        return 1


def _upright(frame: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return frame if turn is None else frame.transpose(turn)


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info


# --- Papers ---------------------------------------------------------------------------------


def _is_really(data: bytes, extension: str) -> bool:
    if extension == "pdf":
        return data.startswith(b"%PDF-")
    if extension in _OFFICE_PART:
        return _is_office_file(data, part=_OFFICE_PART[extension])
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get("type"), str)


def _is_office_file(data: bytes, *, part: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return False
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > _UNPACKED_BYTES_MAX:
        raise FileTooLarge(size=_in_megabytes(unpacked), limit=_in_megabytes(_UNPACKED_BYTES_MAX))
    names = {entry.filename for entry in entries}
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return {"[Content_Types].xml", part} <= names and not has_macros


# --- Files and names ------------------------------------------------------------------------


def _keep(*, data: bytes, attachment: Attachment, extension: str) -> Attachment:
    attachment.size_bytes = len(data)
    attachment.sha256 = hashlib.sha256(data).hexdigest()
    attachment.file.save(f"{uuid.uuid4().hex}.{extension}", ContentFile(data), save=False)
    try:
        attachment.save(force_insert=True)
    except BaseException:
        attachment.file.storage.delete(attachment.file.name)
        raise
    return attachment


def _read(upload: "File[bytes]", limit: int) -> bytes:
    upload.seek(0)
    data: bytes = upload.read(limit + 1)
    return data


def _megabytes(upload: "File[bytes]", data: bytes, limit: int) -> dict[str, str]:
    return {
        "size": _in_megabytes(max(upload.size, len(data))),
        "limit": _in_megabytes(limit),
    }


def _in_megabytes(size_bytes: int) -> str:
    return f"{size_bytes / (1024 * 1024):.1f}".removesuffix(".0")


def _extension(name: str | None) -> str:
    return PurePosixPath((name or "").lower()).suffix.removeprefix(".")


def _clean_name(name: str | None, *, extension: str, fallback: str) -> str:
    """Return the sender's own name for it, harmless as text and as a file name."""
    stem = PurePosixPath((name or "").replace("\\", "/")).stem
    # Category C covers control characters and the marks that make text run backwards.
    stem = "".join(letter for letter in stem if letter.isprintable())
    stem = re.sub(r'[\s<>:"/|?*%;&\']+', "_", stem).strip("._ ")[:100]
    return f"{stem or fallback}.{extension}"


def _remove_files(attachment: Attachment) -> None:
    default_storage.delete(attachment.file.name or "")
    default_storage.delete(f"{_THUMBNAILS}/{attachment.token.hex[:2]}/{attachment.token.hex}.jpg")


def _files_below(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    for name in files:
        yield f"{folder}/{name}"
    for name in folders:
        yield from _files_below(f"{folder}/{name}")


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        batch.append(name)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
