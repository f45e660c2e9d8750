"""Run the web server and the worker as children of one process, and stop them together."""

import ctypes
import errno
import fcntl
import gc
import hashlib
import http.client
import multiprocessing
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.context import ForkProcess
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from gunicorn.app.base import BaseApplication

from linli.api import metrics
from linli.config.environment import make_home
from linli.config.patience import tls_context
from linli.core import certificates
from linli.core.errors import Refused
from linli.core.keyprints import require_own_keys
from linli.core.statistics import refresh_statistics
from linli.flows.worker import run_forever, stopping_on_signals
from linli.web.doorstep import Doorstep

# What a community office needs on one PC; a busier place sets --workers.
WORKERS = 2
THREADS = 8
READY_SECONDS = 30
STOP_SECONDS = 12

_PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>

# Forks share what is read already: two seconds sooner, and half the memory.
_FORK = multiprocessing.get_context("fork")


class PortTaken(Refused):
    """Another program listens there."""

    sentence = _(
        "Port %(port)s on %(host)s is taken by another program. Stop that one, "
        "or put another port before the command: PORT=%(other)s"
    )


class AddressNotOurs(Refused):
    """The machine has no such address, or the port is reserved for root."""

    sentence = _("Linli cannot listen at %(host)s:%(port)s (%(reason)s).")


class ChildEnded(Refused):
    """Server or worker stopped by itself."""

    sentence = _("The %(name)s stopped by itself (exit code %(code)s); what it said is above.")


class CatalogueMissing(Refused):
    """The installation has no compiled Chinese."""

    sentence = _(
        "The compiled translations are missing (%(path)s). Run “make messages”, "
        "or install Linli again."
    )


class StillRunning(Refused):
    """A server or worker has the data open."""

    sentence = _("Linli is running on %(home)s. Stop it first (systemctl stop linli).")


class BeingReplaced(Refused):
    """A restore or an upgrade is at work."""

    sentence = _("The data in %(home)s are being restored or upgraded. Start Linli afterwards.")


class RestoreUnfinished(Refused):
    """It was cut off between the folder and the database."""

    sentence = _("A restore was cut off at its last step. Finish it with: linli restore --finish")


class DatabaseNewer(Refused):
    """Somebody went back to an older Linli without going back to its data."""

    sentence = _(
        "The database was brought up to date by a newer Linli (%(migration)s). Install that "
        "version again, or restore the backup from before the upgrade."
    )


_NAMES = {"server": _("web server"), "worker": _("background worker")}


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    host: str
    port: int
    is_https: bool = False

    @property
    def url(self) -> str:
        """Return the address as this machine's own browser opens it."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host
        return f"{'https' if self.is_https else 'http'}://{host}:{self.port}"


@dataclass(frozen=True)
class Door:
    """A port that was taken. With an `https_port` it only shows the way there."""

    listening: socket.socket
    address: Address
    https_port: int = 0


def run(
    *,
    address: Address,
    say: Callable[[str], None],
    workers: int,
    threads: int,
    with_worker: bool = True,
    https_port: int = 0,
) -> None:
    """Take the port, bring the data in LINLI_HOME up to date, and serve it until stopped.

    With an `https_port` everything is served there, over HTTPS; at the plain port stand only the
    page that shows phones how to trust it, and the way over.

    :raises NoCertificate: when HTTPS is wanted and there is none.
    """
    inside = Address(address.host, https_port, is_https=True) if https_port else address

    def welcome() -> None:
        say(gettext("Linli is running at %(url)s — press Ctrl-C to stop.") % {"url": inside.url})
        if https_port:
            say(gettext("Phones learn to trust it at %(url)s/trust/") % {"url": address.url})

    with ExitStack() as held:
        doors = [Door(held.enter_context(listen(address=inside)), inside)]
        if https_port:
            doors.append(Door(held.enter_context(listen(address=address)), address, https_port))
            _require_certificate()
        prepare(say=say)
        serve(
            doors=doors,
            on_ready=welcome,
            workers=workers,
            threads=threads,
            with_worker=with_worker,
        )


def _require_certificate() -> None:
    """Have a certificate that is good for a while.

    :raises NoCertificate: when there is none.
    """
    if certificates.current() is None:
        raise certificates.NoCertificate
    certificates.renew(at=timezone.now())


def listen(*, address: Address) -> socket.socket:
    """Take the port before anything else is done, and keep it for the server.

    :raises PortTaken: when another program has it.
    :raises AddressNotOurs: when it cannot be had for another reason.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address.host, address.port))
        listening.listen(512)
    except (OSError, OverflowError) as error:
        listening.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortTaken(host=address.host, port=address.port, other=address.port + 1) from error
        reason = getattr(error, "strerror", "") or error
        raise AddressNotOurs(host=address.host, port=address.port, reason=reason) from error
    return listening


def prepare(*, say: Callable[[str], None]) -> None:
    """Bring database and static files up to date, and do nothing when they are.

    :raises CatalogueMissing: when the compiled translations are not there.
    :raises HomeNotWritable: when LINLI_HOME is there but cannot be written any more.
    :raises RestoreUnfinished: when a restore has to be finished first.
    :raises DatabaseNewer: when the database knows more than this program.
    :raises KeysOfOthers: when the keys are not those of the data.
    """
    if journal_of(home=settings.HOME).exists():
        raise RestoreUnfinished
    make_home(home=settings.HOME)
    catalogue = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    if not catalogue.exists():
        raise CatalogueMissing(path=catalogue)
    executor = MigrationExecutor(connection)
    require_known(executor=executor)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(gettext("Bringing the database up to date …"))
        call_command("migrate", verbosity=0, interactive=False)
        refresh_statistics()
    require_own_keys()
    _collect_static(into=Path(settings.STATIC_ROOT))


def require_known(*, executor: MigrationExecutor) -> None:
    """Refuse a database that a newer Linli has changed.

    :raises DatabaseNewer: when a migration of ours is applied that this program does not have.
    """
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("linli.")}
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    for app, name in sorted(unknown):
        if app in ours:
            raise DatabaseNewer(migration=f"{app}.{name}")


# --- Who has the data open --------------------------------------------------------------------


def journal_of(*, home: Path) -> Path:
    """Return where a restore says that its last step is still to be taken."""
    return Path(home) / ".restoring.json"


@contextmanager
def holding(*, home: Path) -> Iterator[None]:
    """Say, for as long as this program and its children live, that the data are in use.

    :raises BeingReplaced: when a restore or an upgrade has them.
    """
    with _locked(home, fcntl.LOCK_SH) as is_ours:
        if not is_ours:
            raise BeingReplaced(home=home)
        yield


@contextmanager
def alone(*, home: Path) -> Iterator[None]:
    """Have the data for oneself, to put others in their place.

    :raises StillRunning: when a server or worker on this machine has them open.
    """
    if not Path(home).exists():
        yield
        return
    with _locked(home, fcntl.LOCK_EX) as is_ours:
        if not is_ours:
            raise StillRunning(home=home)
        yield


@contextmanager
def _locked(home: Path, kind: int) -> Iterator[bool]:
    descriptor = os.open(Path(home) / ".running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def collect_static() -> None:
    """Bring the static files up to date."""
    _collect_static(into=Path(settings.STATIC_ROOT))


def _collect_static(*, into: Path) -> None:
    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            seen.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    stamp = into / ".collected"
    if stamp.exists() and stamp.read_text(encoding="ascii") == seen.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(seen.hexdigest(), encoding="ascii")


def serve(
    *,
    doors: Sequence[Door],
    on_ready: Callable[[], None],
    workers: int = WORKERS,
    threads: int = THREADS,
    with_worker: bool = True,
) -> None:
    """Run server and worker until somebody asks them to stop; the first door is the main one.

    :raises ChildEnded: when one of them stops by itself; the other is stopped then.
    :raises BeingReplaced: when the data are just being restored or upgraded.
    """
    with holding(home=settings.HOME):
        _serve(doors, on_ready, workers, threads, with_worker)


def _serve(
    doors: Sequence[Door],
    on_ready: Callable[[], None],
    workers: int,
    threads: int,
    with_worker: bool,
) -> None:
    # Read every view here: both children are forks, so it is read once, and a broken one is told.
    import_module(settings.ROOT_URLCONF)
    metrics.drop_dead()
    _leave_database()
    # What is read already never is garbage: a collection that looked at it in a fork would write to
    # its pages, and so copy 50 MB for each process.
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    main = doors[0]
    # The way over is short: one process is enough for it.
    sizes = [(workers, threads)] + [(1, 2)] * (len(doors) - 1)
    children = [
        _FORK.Process(
            target=_run_server,
            name="server",
            args=(parent, door),
            kwargs={"workers": processes, "threads": each},
        )
        for door, (processes, each) in zip(doors, sizes, strict=True)
    ]
    if with_worker:
        children.append(_FORK.Process(target=_run_worker, name="worker", args=(parent,)))
    asked_to_stop = threading.Event()
    for child in children:
        child.start()
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, lambda *_: asked_to_stop.set())
    try:
        _wait_until_ready(main.address, children, asked_to_stop)
        if not asked_to_stop.is_set():
            on_ready()
        while not asked_to_stop.wait(0.5):
            _require_running(children)
    finally:
        _stop(children)


def _leave_database() -> None:
    """Close every connection and pool: a fork that used one would speak into another's talk."""
    for open_connection in connections.all(initialized_only=True):
        open_connection.close()
        if hasattr(open_connection, "close_pool"):
            open_connection.close_pool()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn comes without types
    """Our own application in gunicorn, configured here and not by files or arguments."""

    def __init__(self, options: dict[str, object], https_port: int) -> None:
        self.options, self.https_port = options, https_port
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> object:
        # After Django was set up, as wsgi.py does it for other servers.
        from linli.config.wsgi import application

        return Doorstep(application, self.https_port) if self.https_port else application


def _run_server(parent: int, door: Door, *, workers: int, threads: int) -> None:
    _follow(parent)
    options: dict[str, object] = {
        "bind": f"fd://{door.listening.fileno()}",
        "worker_class": "linli.config.patience.PatientWorker",
        "workers": workers,
        "threads": threads,
        "graceful_timeout": STOP_SECONDS - 4,
        # Two seconds, its own choice, close the door on whoever pauses between two pages.
        "keepalive": 15,
        "limit_request_line": 8190,  # the most there is: a list of ids is long
        "loglevel": "warning",
        "proc_name": "linli",
        "preload_app": True,
        "control_socket_disable": True,
    }
    if Path("/dev/shm").is_dir():  # A heartbeat on a slow disk would look like a hung worker.
        options["worker_tmp_dir"] = "/dev/shm"
    if door.address.is_https:
        certificate, key = certificates.server_files()
        options |= {
            "certfile": str(certificate),
            "keyfile": str(key),
            "ssl_context": lambda _config, _make: tls_context(str(certificate), str(key)),
        }
    _Server(options, door.https_port).run()


def _run_worker(parent: int) -> None:
    _follow(parent)
    with stopping_on_signals() as stop:
        run_forever(stop=stop)


def _follow(parent: int) -> None:
    """End when the parent does, however that happens, and leave Ctrl-C to it."""
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, signal.SIG_DFL)
    translation.deactivate()  # The language was that of the terminal.
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # It ended before we could ask.
            sys.exit(1)


def _wait_until_ready(
    address: Address,
    children: Sequence[ForkProcess],
    asked_to_stop: threading.Event,
) -> None:
    until = time.monotonic() + READY_SECONDS
    host = address.url.partition("://")[2].rpartition(":")[0]
    while time.monotonic() < until and not asked_to_stop.is_set():
        _require_running(children)
        connection = _connection_to(host, address)
        try:
            connection.request("GET", "/privacy/", headers=_host_header())
            connection.getresponse()
            return
        except OSError:
            asked_to_stop.wait(0.1)
        finally:
            connection.close()


def _connection_to(host: str, address: Address) -> http.client.HTTPConnection:
    if not address.is_https:
        return http.client.HTTPConnection(host, address.port, timeout=2)
    # It is ourselves that we ask, under a name that the certificate need not have.
    unverified = ssl._create_unverified_context()
    return http.client.HTTPSConnection(host, address.port, timeout=2, context=unverified)


def _host_header() -> dict[str, str]:
    """Ask under a name that is answered, so that the first line of the log is no complaint."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if "*" not in host]
    return {"Host": named[0]} if named else {}


def _require_running(children: Sequence[ForkProcess]) -> None:
    for child in children:
        if not child.is_alive():
            raise ChildEnded(name=_NAMES[child.name], code=child.exitcode)


def _stop(children: Sequence[ForkProcess]) -> None:
    for child in children:
        child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        child.join(max(0.1, until - time.monotonic()))
        if child.is_alive():
            child.kill()
            child.join()
