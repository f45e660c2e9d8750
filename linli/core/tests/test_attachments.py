"""Photos come in clean or not at all; uploads belong to one subject."""

import io
import json
import uuid
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from linli.core import attachments
from linli.core.actor import NOBODY, Actor, ActorKind
from linli.core.errors import NotFound
from linli.core.models import Attachment
from linli.core.ref import Ref

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
WANG = Actor(kind=ActorKind.ACCOUNT, id=7)
OUTSIDER = Actor(kind=ActorKind.ACCOUNT, id=99)
LAMP = Ref("matters.matter", 1)
BENCH = Ref("matters.matter", 2)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(*, size=(64, 48), mode="RGB", kind="JPEG", colour="green", **save):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **save)
    return out.getvalue()


def exif(*, orientation=1):
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "PhoneMaker"
    data[0x0110] = "Model-S"
    data.get_ifd(0x8825).update({1: "N", 2: (31.0, 12.0, 3.0), 3: "E", 4: (121.0, 30.0, 0.0)})
    return data


def store(data, name="lamp.jpg", actor=WANG, at=NOW, purpose="REPORT"):
    upload = SimpleUploadedFile(name, data)
    return attachments.store_photo(upload=upload, purpose=purpose, actor=actor, at=at)


def stored(attachment):
    with attachment.file.open("rb") as file:
        return file.read()


def test_photo_keeps_no_position_no_camera_and_no_comment():
    sent = picture(exif=exif(), comment=b"<script>alert(1)</script>", icc_profile=b"PROFILE")
    assert b"PhoneMaker" in sent
    kept = stored(store(sent))
    for trace in (b"PhoneMaker", b"Model-S", b"Exif", b"GPS", b"<script", b"PROFILE"):
        assert trace not in kept
    with Image.open(io.BytesIO(kept)) as read:
        assert dict(read.getexif()) == {}


def test_png_keeps_no_text_and_stays_png_with_its_transparency():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "GPS 31.2 121.5")
    notes.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>GPS</x:xmpmeta>")
    sent = picture(mode="RGBA", kind="PNG", colour=(0, 128, 0, 100), pnginfo=notes, exif=exif())
    attachment = store(sent, name="screen.png")
    kept = stored(attachment)
    assert attachment.media_type == "image/png"
    assert b"GPS" not in kept
    assert b"PhoneMaker" not in kept
    with Image.open(io.BytesIO(kept)) as read:
        assert read.getpixel((0, 0)) == (0, 128, 0, 100)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_stored_upright_whichever_way_the_phone_was_held(orientation):
    marked = Image.new("RGB", (80, 40), "white")
    marked.paste("red", (0, 0, 40, 20))  # top left
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    out = io.BytesIO()
    held = marked if turned is None else marked.transpose(turned)
    held.save(out, "JPEG", quality=95, exif=exif(orientation=orientation))
    attachment = store(out.getvalue())
    assert (attachment.width, attachment.height) == (80, 40)
    with Image.open(io.BytesIO(stored(attachment))) as read:
        red, green, _blue = read.getpixel((10, 5))
        assert red > 200
        assert green < 80
        assert min(read.getpixel((70, 35))) > 200


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_dropped_and_the_photo_kept():
    sent = picture(exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff\xff\xff")
    assert b"Exif" not in stored(store(sent))


def test_photo_that_would_keep_its_metadata_is_refused(monkeypatch, tmp_path):
    def leaky(canvas, out, kind, **options):
        original(canvas, out, kind, exif=exif().tobytes(), **options)

    original = Image.Image.save
    sent = picture()
    monkeypatch.setattr(Image.Image, "save", leaky)
    with pytest.raises(attachments.PhotoNotClean):
        store(sent)
    assert not list(tmp_path.rglob("*.jpg"))


def test_large_photo_is_made_smaller():
    attachment = store(picture(size=(4000, 3000)))
    assert (attachment.width, attachment.height) == (2560, 1920)


@pytest.mark.parametrize(("kind", "media_type"), [("WEBP", "image/jpeg"), ("BMP", "image/png")])
def test_other_formats_become_jpeg_or_png(kind, media_type):
    assert store(picture(kind=kind), name="a.webp").media_type == media_type


@pytest.mark.parametrize("mode", ["L", "CMYK", "1"])
def test_any_colour_mode_is_taken(mode):
    kind = "PNG" if mode == "1" else "JPEG"
    assert store(picture(mode=mode, kind=kind, colour=0)).width == 64


def test_animation_becomes_its_first_frame():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(stored(store(out.getvalue(), name="a.gif")))) as read:
        assert not getattr(read, "is_animated", False)
        assert read.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", attachments.PhotoEmpty),
        (SVG, attachments.PhotoNotAPicture),
        (b"<!doctype html><script>alert(1)</script>", attachments.PhotoNotAPicture),
        (b"#!/bin/sh\nrm -rf /\n", attachments.PhotoNotAPicture),
        (b"MZ\x90\x00" + b"\0" * 200, attachments.PhotoNotAPicture),
        (b"\xff\xd8\xff\xe0", attachments.PhotoNotAPicture),
        (picture(size=(600, 400))[:2_000], attachments.PhotoBroken),
        (picture(size=(600, 400), kind="PNG")[:200], attachments.PhotoBroken),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", attachments.PhotoIsHeic),
    ],
)
def test_what_is_no_photo_is_refused_beside_its_field(data, refusal, tmp_path):
    with pytest.raises(refusal) as refused:
        store(data)
    assert refused.value.field == "photos"
    assert str(refused.value)
    assert not Attachment.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_script_behind_a_picture_does_not_survive():
    sent = picture() + b"<script>alert(1)</script><?php system('id'); ?>"
    kept = stored(store(sent, name="photo.php"))
    assert b"<script" not in kept
    assert b"<?php" not in kept


def test_size_refusal_says_how_large_it_is_and_how_large_it_may_be(settings):
    settings.PHOTO_BYTES_MAX = 20 * 1024 * 1024
    with pytest.raises(attachments.PhotoTooLarge) as refused:
        store(b"\xff\xd8" + b"\0" * (30 * 1024 * 1024))
    assert "30" in str(refused.value)
    assert "20" in str(refused.value)


@pytest.mark.parametrize("size", [(10_000, 7_000), (12_000, 9_000), (30_000, 30_000)])
def test_decompression_bomb_is_refused_before_it_is_unpacked(size):
    header = picture(size=(1, 1), kind="PNG")
    ihdr = b"IHDR" + size[0].to_bytes(4) + size[1].to_bytes(4) + b"\x08\x02\0\0\0"
    crc = __import__("zlib").crc32(ihdr).to_bytes(4)
    bomb = header[:12] + ihdr + crc + header[33:]
    with pytest.raises(attachments.PhotoTooManyPixels):
        store(bomb)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\王\\路灯 坏了.JPG", "路灯_坏了.jpg"),
        ("a\u202egpj.exe", "agpj.jpg"),
        ('"><script>.png', "script.jpg"),
        ("..", "photo.jpg"),
        ("长" * 300 + ".jpg", "长" * 100 + ".jpg"),
    ],
)
def test_name_is_kept_only_as_far_as_it_is_harmless(sent, kept):
    upload = ContentFile(picture())
    upload.name = sent
    attachment = attachments.store_photo(upload=upload, purpose="REPORT", actor=WANG, at=NOW)
    assert attachment.name == kept
    assert attachment.file.name.startswith("attachments/")
    assert kept.partition(".")[0] not in attachment.file.name


# --- Papers and workbooks


def packed(*names, content=b"<x/>"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


WORKBOOK = packed("[Content_Types].xml", "xl/workbook.xml")
PAPER = packed("[Content_Types].xml", "word/document.xml")
MAP = json.dumps({"type": "FeatureCollection", "features": []}).encode()


def store_file(data, name, purpose):
    upload = SimpleUploadedFile(name, data)
    return attachments.store_file(upload=upload, purpose=purpose, actor=WANG, at=NOW)


@pytest.mark.parametrize(
    ("data", "name", "purpose"),
    [
        (WORKBOOK, "小区.xlsx", "IMPORT"),
        (MAP, "grids.geojson", "IMPORT"),
        (b"\xef\xbb\xbf" + MAP, "grids.JSON", "IMPORT"),
        (PAPER, "agreement.docx", "EVIDENCE"),
        (b"%PDF-1.7\n", "receipt.pdf", "EVIDENCE"),
    ],
)
def test_file_is_kept_as_it_came(data, name, purpose):
    attachment = store_file(data, name, purpose)
    assert stored(attachment) == data
    assert attachment.width is None


@pytest.mark.parametrize(
    ("data", "name", "purpose", "refusal"),
    [
        (b"", "a.xlsx", "IMPORT", attachments.FileEmpty),
        (WORKBOOK, "a.xls", "IMPORT", attachments.FileTypeNotTaken),
        (b"%PDF-1.7", "a.pdf", "IMPORT", attachments.FileTypeNotTaken),
        (MAP, "a", "IMPORT", attachments.FileTypeNotTaken),
        (PAPER, "a.xlsx", "IMPORT", attachments.FileNotWhatItSays),
        (b"name,code\n", "a.xlsx", "IMPORT", attachments.FileNotWhatItSays),
        (b"[1, 2]", "a.geojson", "IMPORT", attachments.FileNotWhatItSays),
        (b"[" * 100_000, "a.geojson", "IMPORT", attachments.FileNotWhatItSays),
        (b"\xff\xfe", "a.geojson", "IMPORT", attachments.FileNotWhatItSays),
        (b"<html>", "a.pdf", "EVIDENCE", attachments.FileNotWhatItSays),
        (
            packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
            "a.xlsx",
            "IMPORT",
            attachments.FileNotWhatItSays,
        ),
    ],
)
def test_file_that_is_not_what_it_should_be_is_refused(data, name, purpose, refusal):
    with pytest.raises(refusal) as refused:
        store_file(data, name, purpose)
    assert refused.value.field == "file"
    assert not Attachment.objects.exists()


def test_file_too_large_packed_or_unpacked_is_refused(settings, monkeypatch):
    settings.WORKBOOK_BYTES_MAX = 2_000_000
    with pytest.raises(attachments.FileTooLarge):
        store_file(b"%PDF-" + b"0" * 3_000_000, "a.pdf", "EVIDENCE")
    monkeypatch.setattr(attachments, "_UNPACKED_BYTES_MAX", 1_000_000)
    bomb = packed("[Content_Types].xml", "xl/workbook.xml", content=b"0" * 900_000)
    with pytest.raises(attachments.FileTooLarge):
        store_file(bomb, "a.xlsx", "IMPORT")


# --- Whose it is


def claim(*tokens, subject=LAMP, actor=WANG, at=NOW):
    return attachments.claim(tokens=tokens, subject=subject, actor=actor, at=at)


def test_upload_is_claimed_once():
    photo = store(picture())
    assert claim(photo.token) == [photo]
    assert claim(photo.token, subject=BENCH) == []
    assert attachments.attachments_of(subject=LAMP) == [photo]
    assert attachments.attachments_of(subject=BENCH) == []


def test_claim_sent_twice_finds_what_it_already_has():
    photo = store(picture())
    claim(photo.token)
    assert claim(photo.token, photo.token) == [photo]


def test_claim_keeps_the_order_in_which_photos_were_named():
    first, second = store(picture()), store(picture(colour="blue"))
    assert claim(second.token, first.token) == [second, first]


def test_upload_of_somebody_else_is_not_claimed():
    photo = store(picture())
    assert claim(photo.token, actor=OUTSIDER) == []
    assert claim(photo.token, actor=NOBODY) == []


def test_upload_by_nobody_goes_to_whoever_holds_its_token():
    photo = store(picture(), actor=NOBODY)
    assert claim(uuid.uuid4()) == []
    assert claim(photo.token) == [photo]


def test_token_of_an_erased_or_unknown_attachment_finds_nothing(django_capture_on_commit_callbacks):
    photo = store(picture())
    claim(photo.token)
    attachments.thumbnail_of(attachment=photo).close()
    with django_capture_on_commit_callbacks(execute=True):
        attachments.erase(token=photo.token, at=NOW)
    for token in (photo.token, uuid.uuid4()):
        with pytest.raises(NotFound):
            attachments.get_by_token(token=token)
    assert attachments.attachments_of(subject=LAMP) == []
    assert not default_storage.listdir(f"thumbnails/{photo.token.hex[:2]}")[1]
    assert not default_storage.exists(photo.file.name)


def test_unclaimed_uploads_are_dropped_after_two_days(django_capture_on_commit_callbacks):
    old, young, claimed = store(picture()), store(picture(), at=NOW + timedelta(days=1)), None
    claimed = store(picture(colour="red"))
    claim(claimed.token)
    with django_capture_on_commit_callbacks(execute=True):
        assert attachments.drop_unclaimed(at=NOW + timedelta(days=2)) == 1
    assert set(Attachment.objects.all()) == {young, claimed}
    assert not default_storage.exists(old.file.name)
    assert default_storage.exists(claimed.file.name)
    assert claim(young.token, at=NOW + timedelta(days=4)) == []


def test_file_whose_row_was_never_committed_is_dropped_later(monkeypatch, tmp_path):
    kept = store(picture())
    stray = default_storage.save("attachments/2026/03/left-by-a-crash.jpg", ContentFile(b"x"))
    assert attachments.drop_stray_files(at=datetime.now(UTC)) == 0
    later = datetime.now(UTC) + timedelta(days=3)
    assert attachments.drop_stray_files(at=later) == 1
    assert not default_storage.exists(stray)
    assert default_storage.exists(kept.file.name)


def test_row_that_cannot_be_written_leaves_no_file(monkeypatch, tmp_path):
    def fails(*args, **kwargs):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(Attachment, "save", fails)
    with pytest.raises(RuntimeError):
        store(picture())
    assert not list(tmp_path.rglob("*.jpg"))


def test_thumbnail_is_drawn_once_and_is_small():
    photo = store(picture(size=(2000, 1000), mode="RGBA", kind="PNG"), name="a.png")
    for _ in range(2):
        with attachments.thumbnail_of(attachment=photo) as file, Image.open(file) as small:
            assert small.size == (320, 160)
    folder = f"thumbnails/{photo.token.hex[:2]}"
    assert len(default_storage.listdir(folder)[1]) == 1


def test_paper_has_no_thumbnail():
    with pytest.raises(NotFound):
        attachments.thumbnail_of(attachment=store_file(b"%PDF-1", "a.pdf", "EVIDENCE"))
