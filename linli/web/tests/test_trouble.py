"""A full disk, a database that is away: a clear page, and what was typed is kept."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, connections
from django.test import Client

from linli.core import attachments
from linli.core.trouble import Trouble, trouble_of
from linli.matters.models import Matter
from linli.web.tests.test_report import HTMX, a_form, a_photo, send
from tests.cast import Cast

SQLITE = connection.vendor == "sqlite"
SAYS = {
    Trouble.FULL: "磁盘已满",
    Trouble.AWAY: "连不上数据库",
    Trouble.READ_ONLY: "无法写入",
    Trouble.BUSY: "没有保存",
}


@pytest.fixture
def patient(client: Client) -> Client:
    """Return a browser that shows the page for faults as people see it."""
    client.raise_request_exception = False
    return client


@contextmanager
def full_disk() -> Iterator[None]:
    """Let SQLite itself say SQLITE_FULL: it may not take one page more."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (bytes BLOB)")
        cursor.execute("PRAGMA freelist_count")
        for _ in range(cursor.fetchone()[0] + 1):
            cursor.execute("INSERT INTO filler VALUES (zeroblob(4000))")
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def read_only() -> Iterator[None]:
    with connection.cursor() as cursor:
        session = "SET SESSION CHARACTERISTICS AS TRANSACTION READ "
        cursor.execute("PRAGMA query_only = ON" if SQLITE else session + "ONLY")
        try:
            yield
        finally:
            cursor.execute("PRAGMA query_only = OFF" if SQLITE else session + "WRITE")


@pytest.mark.skipif(not SQLITE, reason="a disk of our own to fill")
@pytest.mark.django_db
def test_a_full_disk_is_said_and_the_form_can_be_sent_again(patient: Client, cast: Cast) -> None:
    form = a_form(cast, text="翠园3幢门口的“路灯”<坏>了。" + "很黑。" * 600)
    with full_disk():
        answer = send(patient, form)
    page = unescape(answer.content.decode())
    assert answer.status_code == 503
    assert SAYS[Trouble.FULL] in page
    assert 'name="submission_key"' in page
    assert str(form["text"]) in page
    assert 'action="/report/"' in page
    assert Matter.objects.count() == 0
    assert send(patient, form).status_code == 302
    assert Matter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_be_written_is_said(patient: Client, cast: Cast) -> None:
    with read_only():
        answer = send(patient, a_form(cast))
        assert answer.status_code == 503
        assert SAYS[Trouble.READ_ONLY] in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_only_read_is_not_touched_by_it(patient: Client, cast: Cast) -> None:
    with read_only():
        assert patient.get(f"/report/?community={cast.community.pk}").status_code == 200


@pytest.mark.django_db
def test_no_room_for_a_photo_is_said_and_the_photo_asked_for_again(
    patient: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(attachments.default_storage, "save", no_room)
    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", no_room)
    answer = send(patient, a_form(cast, photos=[a_photo()]))
    page = answer.content.decode()
    assert answer.status_code == 503
    assert SAYS[Trouble.FULL] in page
    assert '<input class="form-control" type="file" name="photos" multiple>' in page


@pytest.mark.django_db(transaction=True)
def test_a_piece_of_a_page_keeps_the_page(patient: Client, cast: Cast) -> None:
    with read_only():
        answer = send(patient, a_form(cast), **HTMX)
    assert answer.status_code == 503
    assert answer["HX-Retarget"] == "#notices"
    assert "<form" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/report/", "/login/", "/"])
@pytest.mark.django_db
def test_a_database_that_is_away_is_said_on_every_page(
    patient: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError(
            'connection failed: connection to server at "127.0.0.1", port 5432 failed: refused'
        ) from psycopg.OperationalError()

    patient.cookies["sessionid"] = "x" * 32
    monkeypatch.setattr(type(connections["default"]), "_cursor", away)
    answer = patient.get(path)
    monkeypatch.undo()
    assert answer.status_code == 503
    assert SAYS[Trouble.AWAY] in answer.content.decode()
    assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db
def test_no_password_is_ever_written_into_a_page(
    patient: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(connections["default"]), "_cursor", locked)
    answer = patient.post("/login/", {"login": "wang", "password": "correct horse battery"})
    monkeypatch.undo()
    assert answer.status_code in (403, 404, 503)
    assert "correct horse" not in answer.content.decode()


def caused(text: str, code: str, kind: type[Exception] = OperationalError) -> Exception:
    error, cause = kind(text), Exception()
    cause.sqlstate = code  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (OperationalError("database or disk is full"), Trouble.FULL),
        (OperationalError("attempt to write a readonly database"), Trouble.READ_ONLY),
        (OperationalError("unable to open database file"), Trouble.READ_ONLY),
        (OperationalError("disk I/O error"), Trouble.READ_ONLY),
        (OperationalError("database is locked"), Trouble.BUSY),
        (OperationalError("couldn't get a connection after 20.00 sec: timeout"), Trouble.AWAY),
        (OperationalError("consuming input failed: server closed the connection"), Trouble.AWAY),
        (InterfaceError("connection already closed"), Trouble.AWAY),
        (caused("no room", "53100"), Trouble.FULL),
        (caused("too many", "53300"), Trouble.BUSY),
        (caused("stopping", "57P01"), Trouble.AWAY),
        (caused("cannot execute INSERT in a read-only transaction", "25006"), Trouble.READ_ONLY),
        (OSError(errno.ENOSPC, "No space left"), Trouble.FULL),
        (OSError(errno.EROFS, "Read-only"), Trouble.READ_ONLY),
        (OSError(errno.ENOENT, "No such file"), None),
        (OperationalError("no such table: matters_matter"), None),
        (caused("column is not there", "42703"), None),
        (ValueError("database is locked"), None),
        (None, None),
    ],
)
def test_each_trouble_is_called_by_its_name(error: Exception, trouble: Trouble | None) -> None:
    assert trouble_of(error) is trouble
