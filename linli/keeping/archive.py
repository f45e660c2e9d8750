"""The file that a backup is: a plain tar, whose last members say what is in it.

    database.sqlite3.gz | database.dump     the snapshot
    media/attachments/…                     the photos and papers that the snapshot refers to
    keys.sealed                             only with --with-keys
    manifest.json                           versions, counts, digests; also of all bytes before it
    seal.json                               the digest of the manifest, and one under the keys

It is written front to back, so it may go to a slow disk; every byte of it is covered: those before
the manifest by its digest, the manifest by the seal, headers by tar's own sums, the rest is zero.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused
from linli.keeping import keys as keyring

FORMAT = 1
KEYS = "keys.sealed"
MEDIA = "media/"

_MANIFEST = "manifest.json"
_SEAL = "seal.json"
_CHUNK = 1024 * 1024


class ArchiveDamaged(Refused):
    """It is not what was written."""

    sentence = _(
        "%(file)s is damaged or not whole (%(part)s). Nothing was changed; take another backup."
    )


class ArchiveNewer(Refused):
    """Made by a Linli that this one does not know yet."""

    sentence = _(
        "This backup was made by Linli %(there)s, which is newer than this Linli %(here)s. "
        "Install the newer version first. Nothing was changed."
    )


@dataclass(frozen=True, slots=True)
class Written:
    """One file of an archive."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `counts` are rows of each table when it was made."""

    linli: str
    made_at: str
    engine: str
    server: str
    migrations: list[list[str]]
    counts: dict[str, int]
    seal_id: int | None
    seal_digest: str
    fingerprints: dict[str, str]
    database: str
    database_bytes: int
    missing: list[str]
    damaged: list[str]
    has_keys: bool = False
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    content_sha256: str = ""
    format: int = FORMAT

    @property
    def unpacked_bytes(self) -> int:
        """Return what restoring it takes on the disk."""
        packed: int = sum(told["size_bytes"] for told in self.files.values())
        return packed + self.database_bytes

    @property
    def media_names(self) -> list[str]:
        """Return the photos and papers in it, as the database names them."""
        return [name.removeprefix(MEDIA) for name in self.files if name.startswith(MEDIA)]


class _Hashing(io.RawIOBase):
    """Write through to a file and know the digest of everything so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()
        self.at = 0

    def write(self, data: Any) -> int:
        size = self.file.write(data)
        self.sha256.update(data)
        self.at += size
        return size

    def tell(self) -> int:
        return self.at


class Writer:
    """Puts files into an archive, one after the other."""

    def __init__(self, *, file: IO[bytes], at: datetime) -> None:
        self._out = _Hashing(file)
        self._tar = tarfile.open(  # noqa: SIM115  # it is closed by `close`
            fileobj=self._out, mode="w", format=tarfile.GNU_FORMAT
        )
        self._at = int(at.timestamp())
        self.files: dict[str, dict[str, Any]] = {}

    def add_path(self, *, name: str, path: Path) -> Written:
        """Add a file that lies on the disk; what it grows meanwhile is left out.

        :raises OSError: when it is gone, or became shorter while it was read.
        """
        with path.open("rb") as source:
            size = path.stat().st_size
            hashing = _HashingReader(source)
            self._tar.addfile(self._info(name, size), hashing)
        return self._note(name, size, hashing.sha256.hexdigest())

    def add_bytes(self, *, name: str, data: bytes) -> Written:
        """Add a small file."""
        self._tar.addfile(self._info(name, len(data)), io.BytesIO(data))
        return self._note(name, len(data), hashlib.sha256(data).hexdigest())

    def close(self, *, manifest: dict[str, Any], keys: Mapping[str, bytes]) -> None:
        """Write manifest and seal, and end the archive."""
        manifest = {
            **manifest,
            "files": self.files,
            "content_sha256": self._out.sha256.hexdigest(),
        }
        data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self.add_bytes(name=_MANIFEST, data=data)
        seal = {
            "manifest_sha256": hashlib.sha256(data).hexdigest(),
            "manifest_mac": keyring.mac(keys=keys, message=data),
        }
        self.add_bytes(name=_SEAL, data=json.dumps(seal).encode())
        self._tar.close()

    def _info(self, name: str, size: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._at, 0o600
        return info

    def _note(self, name: str, size: int, digest: str) -> Written:
        written = Written(size_bytes=size, sha256=digest)
        self.files[name] = asdict(written)
        return written


class _HashingReader(io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.sha256.update(data)
        return data


# --- Reading ----------------------------------------------------------------------------------


class Archive:
    """A backup whose every byte was checked."""

    def __init__(
        self, *, path: Path, tar: tarfile.TarFile, manifest: Manifest, raw: bytes, seal: str
    ) -> None:
        self.path = path
        self.manifest = manifest
        self._tar = tar
        self._raw, self._mac = raw, seal

    def require_written_by(self, *, keys: Mapping[str, bytes]) -> None:
        """Refuse an archive that somebody without the keys has put together.

        :raises ArchiveDamaged: when the seal is not one of these keys.
        """
        if keyring.mac(keys=keys, message=self._raw) != self._mac:
            raise ArchiveDamaged(file=self.path.name, part=_SEAL)

    def read(self, *, name: str) -> bytes:
        """Return a small file of the archive."""
        file = self._tar.extractfile(name)
        assert file is not None, "only files are taken in"
        return file.read()

    def extract(self, *, name: str, to: Path) -> None:
        """Write one file of the archive to the disk.

        :raises ArchiveDamaged: when it is no longer what was checked.
        """
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = self._tar.extractfile(name)
        assert source is not None, "only files are taken in"
        digest = hashlib.sha256()
        with to.open("xb") as file:
            to.chmod(0o600)
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != self.manifest.files[name]["sha256"]:
            raise ArchiveDamaged(file=self.path.name, part=name)


@contextmanager
def opened(*, path: Path) -> Iterator[Archive]:
    """Open a backup after checking every byte of it.

    :raises ArchiveDamaged: when a byte is not as it was written, or some are missing.
    :raises ArchiveNewer: when its form is one that this Linli does not know.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield _checked(path, file, tar)
    except tarfile.TarError as error:
        raise ArchiveDamaged(file=path.name, part=str(error)) from error


def _checked(path: Path, file: IO[bytes], tar: tarfile.TarFile) -> Archive:
    def damaged(part: str) -> ArchiveDamaged:
        return ArchiveDamaged(file=path.name, part=part)

    members = tar.getmembers()
    size = path.stat().st_size
    if size % tarfile.RECORDSIZE or [one.name for one in members[-2:]] != [_MANIFEST, _SEAL]:
        raise damaged(_MANIFEST)
    manifest_at, seal_at = members[-2:]
    raw = _piece(file, manifest_at.offset_data, manifest_at.size)
    try:
        seal = json.loads(_piece(file, seal_at.offset_data, seal_at.size))
        if seal["manifest_sha256"] != hashlib.sha256(raw).hexdigest():
            raise damaged(_MANIFEST)
        told = json.loads(raw)
        if told["format"] > FORMAT:
            raise ArchiveNewer(there=told["linli"], here=version("linli"))
        manifest = Manifest(**told)
        stamp = str(seal["manifest_mac"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(_SEAL) from error
    if _digest(file, manifest_at.offset) != manifest.content_sha256:
        raise damaged(_first_bad(tar, members, manifest) or "tar")
    between = (manifest_at.offset_data + manifest_at.size, seal_at.offset)
    after = (seal_at.offset_data + seal_at.size, size)
    if any(_has_more(file, start, end) for start, end in (between, after)):
        raise damaged(_SEAL)
    if not all(member.isreg() and _is_inside(member.name) for member in members):
        raise damaged("tar")
    if {member.name for member in members[:-2]} != manifest.files.keys():
        raise damaged(_MANIFEST)
    return Archive(path=path, tar=tar, manifest=manifest, raw=raw, seal=stamp)


def _piece(file: IO[bytes], start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def _digest(file: IO[bytes], end: int) -> str:
    digest, left = hashlib.sha256(), end
    file.seek(0)
    while left and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _first_bad(
    tar: tarfile.TarFile, members: list[tarfile.TarInfo], manifest: Manifest
) -> str | None:
    """Name the file that is damaged, for whoever has to look for another copy."""
    for member in members[:-2]:
        source = tar.extractfile(member)
        digest = hashlib.sha256()
        while source is not None and (chunk := source.read(_CHUNK)):
            digest.update(chunk)
        if digest.hexdigest() != manifest.files.get(member.name, {}).get("sha256"):
            return member.name
    return None


def _has_more(file: IO[bytes], start: int, end: int) -> bool:
    file.seek(start)
    return bool(file.read(end - start).strip(b"\0"))


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
