"""Run the web server and the worker as children of one process, and stop them together."""

import errno
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused

# What a community office needs on one PC; a busier place sets --workers.
WORKERS = 2
THREADS = 8
READY_SECONDS = 30
STOP_SECONDS = 12

# Runs in the child before the program itself: Linux then sends SIGTERM (15) when the parent ends,
# even by SIGKILL. 1 is PR_SET_PDEATHSIG; the parent may have ended before we could ask.
_FOLLOW_PARENT = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


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


_NAMES = {"server": _("web server"), "worker": _("background worker")}


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Return the address as this machine's own browser opens it."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host
        return f"http://{host}:{self.port}"


def run(*, address: Address, say: Callable[[str], None], workers: int, threads: int) -> None:
    """Take the port, bring the data in LINLI_HOME up to date, and serve it until stopped."""

    def welcome() -> None:
        say(gettext("Linli is running at %(url)s — press Ctrl-C to stop.") % {"url": address.url})

    with listen(address=address) as listening:
        prepare(say=say)
        serve(
            listening=listening,
            address=address,
            on_ready=welcome,
            workers=workers,
            threads=threads,
        )


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
    """
    catalogue = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    if not catalogue.exists():
        raise CatalogueMissing(path=catalogue)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(gettext("Bringing the database up to date …"))
        call_command("migrate", verbosity=0, interactive=False)
    connection.close()
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
    listening: socket.socket,
    address: Address,
    on_ready: Callable[[], None],
    workers: int = WORKERS,
    threads: int = THREADS,
) -> None:
    """Run server and worker until somebody asks them to stop.

    :raises ChildEnded: when one of them stops by itself; the other is stopped then.
    """
    asked_to_stop = threading.Event()
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, lambda *_: asked_to_stop.set())
    commands = {
        "server": _server_command(listening.fileno(), workers=workers, threads=threads),
        "worker": ["-c", "from linli.cli import main; main()", "worker"],
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            children[name] = _start(command, keep=listening.fileno())
        _wait_until_ready(address, children, asked_to_stop)
        if not asked_to_stop.is_set():
            on_ready()
        while not asked_to_stop.wait(0.5):
            _require_running(children)
    finally:
        _stop(list(children.values()))


def _server_command(fd: int, *, workers: int, threads: int) -> list[str]:
    options = {
        "bind": f"fd://{fd}",
        "worker-class": "gthread",
        "workers": workers,
        "threads": threads,
        "graceful-timeout": STOP_SECONDS - 4,
        "log-level": "warning",
        "name": "linli",
    }
    if Path("/dev/shm").is_dir():  # A heartbeat on a slow disk would look like a hung worker.
        options["worker-tmp-dir"] = "/dev/shm"
    return [
        "-m",
        "gunicorn",
        "linli.config.wsgi:application",
        "--preload",
        "--no-control-socket",
        *(f"--{name}={value}" for name, value in options.items()),
    ]


def _start(command: Sequence[str], *, keep: int) -> subprocess.Popen[bytes]:
    """Start a Python child that ends when this process does, however that happens."""
    return subprocess.Popen(
        [sys.executable, "-c", _FOLLOW_PARENT, str(os.getpid()), sys.executable, *command],
        stdin=subprocess.DEVNULL,
        pass_fds=[keep],
        # Ctrl-C reaches this process only, which then stops its children in order.
        start_new_session=True,
        env={**os.environ, "LINLI_HOME": str(settings.HOME)},
    )


def _wait_until_ready(
    address: Address,
    children: dict[str, subprocess.Popen[bytes]],
    asked_to_stop: threading.Event,
) -> None:
    until = time.monotonic() + READY_SECONDS
    host = address.url.removeprefix("http://").rpartition(":")[0]
    while time.monotonic() < until and not asked_to_stop.is_set():
        _require_running(children)
        connection = http.client.HTTPConnection(host, address.port, timeout=2)
        try:
            connection.request("GET", "/privacy/")
            connection.getresponse()
            return
        except OSError:
            asked_to_stop.wait(0.1)
        finally:
            connection.close()


def _require_running(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        code = child.poll()
        if code is not None:
            raise ChildEnded(name=_NAMES[name], code=code)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
