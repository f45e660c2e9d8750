"""What is done to a copy of the data, in a program of its own, before the copy takes over.

Django reads its settings once, so work on another folder and another database is another process:
``python -m linli.keeping.staged migrate|check MANIFEST``. It prints one line of JSON.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused


class StagedFailed(Refused):
    """The copy could not be brought up to date, or is not what it should be."""

    sentence = _("The copy could not be used: %(reason)s. The data are as they were.")


def run(*, words: list[str], home: Path, database_url: str) -> dict[str, Any]:
    """Work on the copy in `home` (and the database behind the URL) and return what was found.

    :raises StagedFailed: with the last line that the work said.
    """
    package = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, *words],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")]),
                "LINLI_HOME": str(home),
                "LINLI_DATABASE_URL": database_url,
            },
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:  # A Python in a home folder that this user may not enter.
        raise StagedFailed(reason=f"{sys.executable}: {error.strerror}") from error
    last = (done.stdout.strip() or done.stderr.strip()).rpartition("\n")[2]
    try:
        if done.returncode:
            raise ValueError(last)
        found: dict[str, Any] = json.loads(last)
    except ValueError as error:
        said = done.stderr.strip().rpartition("\n")[2] or last or str(done.returncode)
        raise StagedFailed(reason=said[:300]) from error
    return found


def _count(tables: dict[str, int]) -> dict[str, list[int | None]]:
    """Return the tables whose number of rows is not as expected: [expected, found]."""
    from django.db import connection

    there = set(connection.introspection.table_names())
    wrong: dict[str, list[int | None]] = {}
    with connection.cursor() as cursor:
        for table, expected in tables.items():
            found = None
            if table in there:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
                found = int(cursor.fetchone()[0])
            if found != expected:
                wrong[table] = [expected, found]
    return wrong


def _check_files(known: set[str]) -> list[str]:
    """Return the photos and papers that are missing or are not what their rows say."""
    from django.conf import settings

    from linli.core.models import Attachment

    wrong = []
    rows = Attachment.objects.filter(erased_at=None).values_list("file", "sha256")
    for name, digest in rows.iterator():
        try:
            with (Path(settings.MEDIA_ROOT) / name).open("rb") as file:
                is_right = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except FileNotFoundError:
            is_right = False
        if not is_right and name not in known:
            wrong.append(name)
    return wrong


def _check_names() -> int:
    """Open some sealed names and return how many stay closed under the keys that are here."""
    from linli.core.crypto import SealBroken
    from linli.matters.models import Reporter
    from linli.matters.services import masked_contact

    closed = 0
    for reporter in Reporter.objects.select_related("account").order_by("-id")[:50]:
        try:
            masked_contact(reporter=reporter)
        except SealBroken:
            closed += 1
    return closed


def _check(manifest: dict[str, Any]) -> dict[str, Any]:
    """Compare the copy with what the backup says of itself, then bring it up to date."""
    from django.core.management import call_command

    from linli.core.models import Seal
    from linli.core.seals import verify_seals

    head = Seal.objects.order_by("-id").values_list("id", "digest").first()
    found: dict[str, Any] = {
        "counts": _count(manifest["counts"]),
        "seal_differs": (head or (None, "")) != (manifest["seal_id"], manifest["seal_digest"]),
    }
    call_command("migrate", verbosity=0, interactive=False)
    verified = verify_seals()
    found["altered"] = len(verified.altered_event_ids) + len(verified.broken_seal_ids)
    found["sealed"] = verified.sealed_count
    found["files"] = _check_files({*manifest["missing"], *manifest["damaged"]})
    found["closed"] = _check_names()
    return found


def main() -> None:
    """Do what the words on the command line say and print it as JSON."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if sys.argv[1] == "migrate":
        call_command("migrate", verbosity=0, interactive=False)
        connection.check_constraints()
        found: dict[str, Any] = {}
    else:
        found = _check(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    connection.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
