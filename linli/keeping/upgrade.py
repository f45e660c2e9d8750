"""`linli upgrade`: back up, bring the data up to date, and go back by itself when that fails."""

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli import serving
from linli.core.errors import Refused
from linli.keeping import backup, databases, staged

Say = Callable[[str], None]


class UpgradeFailed(Refused):
    """The data are as they were; the old version can be started again."""

    sentence = gettext_lazy(
        "The upgrade failed: %(reason)s\n"
        "The data are as they were before. Go on with the old version of Linli: install it again "
        "and start it. The backup made just now is %(file)s."
    )


class UpgradeFailedHalfway(Refused):
    """A step that cannot be taken back inside a transaction, such as an index made concurrently."""

    sentence = gettext_lazy(
        "The upgrade failed half-way: %(reason)s\n"
        "To go back, install the old version of Linli and run: linli restore %(file)s --replace"
    )


def upgrade(*, into: Path, keep: int, at: datetime, say: Say) -> None:
    """Bring the data in LINLI_HOME up to this version of Linli.

    :raises UpgradeFailed: when it did not work; then nothing is changed.
    :raises StillRunning: when a server or worker has the data open.
    """
    home = Path(settings.HOME)
    backup.require_owner(path=home)
    with serving.alone(home=home):
        executor = MigrationExecutor(connection)
        serving.require_known(executor=executor)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            made = backup.back_up(to=None, into=into, keep=keep, passphrase="", at=at, say=say)
            if databases.engine() == databases.SQLITE:
                _upgrade_sqlite(home, made.path)
            else:
                _upgrade_postgresql(executor, made.path)
            count = len(plan)
            say(
                ngettext(
                    "The database took %(n)s step to the new version.",
                    "The database took %(n)s steps to the new version.",
                    count,
                )
                % {"n": count}
            )
        else:
            say(_("The database is up to date already."))
        connection.close()
        serving.collect_static()
    say(_("Upgraded. Start Linli again."))


def _upgrade_sqlite(home: Path, saved: Path) -> None:
    """Migrate a copy in another process and let it take the place of the old in one renaming."""
    live = databases.database_file()
    work = home / ".upgrading"
    shutil.rmtree(work, ignore_errors=True)  # what a killed upgrade has left
    work.mkdir(mode=0o700)
    try:
        connection.close()
        for name in ("keys", "media"):
            (work / name).symlink_to(home / name)
        backup.require_room(folder=home, needed_bytes=2 * live.stat().st_size)
        copy = work / databases.SQLITE_FILE
        databases.copy_sqlite(source=live, to=copy)
        staged.run(words=["migrate"], home=work, database_url="")
        databases.checkpoint(path=copy)
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        databases.checkpoint(path=live)
        copy.replace(live)
    except (Refused, OSError) as error:
        reason = error.facts.get("reason", error) if isinstance(error, Refused) else error
        raise UpgradeFailed(reason=reason, file=saved) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _upgrade_postgresql(executor: MigrationExecutor, saved: Path) -> None:
    """Migrate in one transaction, unless a step is made to run outside of one."""
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    is_whole = all(migration.atomic for migration, _is_backwards in plan)
    try:
        if is_whole:
            with transaction.atomic():
                _migrate(MigrationExecutor(connection, _settle))
        else:
            _migrate(executor)
    except Exception as error:
        failed = UpgradeFailed if is_whole else UpgradeFailedHalfway
        said = str(error).strip().partition("\n")[0]
        raise failed(reason=f"{type(error).__name__}: {said}", file=saved) from error


def _migrate(executor: MigrationExecutor) -> None:
    emit_pre_migrate_signal(0, False, connection.alias)
    executor.migrate(executor.loader.graph.leaf_nodes())
    emit_post_migrate_signal(0, False, connection.alias)


def _settle(action: str, *_others: object) -> None:
    """Check what waits for the end of the transaction: PostgreSQL alters no table before that."""
    if action == "apply_success":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
