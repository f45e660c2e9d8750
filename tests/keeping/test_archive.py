"""A backup that is not as it was written is refused, whichever byte it is."""

import io
from datetime import UTC, datetime

import pytest

from linli.keeping import archive

KEYS = {"data": bytes(32), "digest": b"\1" * 32}
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
TOLD = {
    "format": 1,
    "linli": "0.1.0",
    "made_at": NOW.isoformat(),
    "engine": "sqlite",
    "server": "3.40",
    "migrations": [["core", "0001_initial"]],
    "counts": {"core_event": 3},
    "seal_id": 1,
    "seal_digest": "ab",
    "fingerprints": {},
    "database": "database.sqlite3.gz",
    "database_bytes": 700,
    "missing": [],
    "damaged": [],
}


def written(**changes: object) -> bytes:
    out = io.BytesIO()
    writer = archive.Writer(file=out, at=NOW)
    writer.add_bytes(name="database.sqlite3.gz", data=bytes(range(256)) * 3)
    writer.add_bytes(name="media/attachments/2026/03/a.jpg", data=b"photo" * 50)
    writer.close(manifest={**TOLD, **changes}, keys=KEYS)
    return out.getvalue()


def read(tmp_path, data):
    path = tmp_path / "b.tar"
    path.write_bytes(data)
    with archive.opened(path=path) as opened:
        opened.require_written_by(keys=KEYS)
        return opened.manifest


def test_what_was_written_is_read(tmp_path):
    manifest = read(tmp_path, written())
    assert manifest.media_names == ["attachments/2026/03/a.jpg"]
    assert manifest.unpacked_bytes == 768 + 250 + 700


def test_no_byte_can_change_unnoticed(tmp_path):
    data = written()
    whole = read(tmp_path, data)
    content_end = data.rindex(b"ustar") + 2 * 512
    for at in [*range(0, content_end, 3), *range(content_end, len(data), 61)]:
        spoilt = bytearray(data)
        spoilt[at] ^= 0x10
        try:
            manifest = read(tmp_path, bytes(spoilt))
        except archive.ArchiveDamaged:
            continue
        # Only the space that ends a header's sum means nothing to anybody.
        assert bytes(spoilt)[at] == ord(" ") ^ 0x10
        assert manifest == whole


def test_no_end_can_be_missing(tmp_path):
    data = written()
    for length in [0, 1, 511, *range(512, len(data), 487), len(data) - 1]:
        with pytest.raises(archive.ArchiveDamaged):
            read(tmp_path, data[:length])


def test_something_appended_is_noticed(tmp_path):
    with pytest.raises(archive.ArchiveDamaged):
        read(tmp_path, written() + b"x" * 10240)


def test_a_form_of_the_future_is_called_newer(tmp_path):
    with pytest.raises(archive.ArchiveNewer):
        read(tmp_path, written(format=2, linli="9.0"))


def test_an_archive_put_together_without_the_keys_is_refused(tmp_path):
    path = tmp_path / "b.tar"
    path.write_bytes(written())
    with archive.opened(path=path) as opened, pytest.raises(archive.ArchiveDamaged):
        opened.require_written_by(keys={"data": bytes(32), "digest": b"\2" * 32})


@pytest.mark.parametrize("name", ["/etc/passwd", "media/../../x", "media\\..\\x"])
def test_a_name_that_leads_outside_is_refused(tmp_path, name):
    out = io.BytesIO()
    writer = archive.Writer(file=out, at=NOW)
    writer.add_bytes(name=name, data=b"x")
    writer.close(manifest=TOLD, keys=KEYS)
    with pytest.raises(archive.ArchiveDamaged):
        read(tmp_path, out.getvalue())
