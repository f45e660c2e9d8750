"""A whole office as processes: server, worker, database, traffic; and ways to hurt it.

It lives in a folder (a small disk of its own where we may mount one) and, on PostgreSQL, in a
database of its own; both are gone afterwards. Only 127.0.0.1 is spoken to.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psutil

from bench.clients import Browser, Resident, Sent
from bench.servers import Running, free_port, start, wait_for

ROOT = Path(__file__).parent.parent.parent
DISK_MB = 96
_PAUSE_SECONDS = 0.05


class Office:
    """One office under test. `sent` holds every report and what came of it."""

    def __init__(self, *, home: Path, database_url: str, seed: int) -> None:
        self.home, self.database_url, self.random = home, database_url, Random(seed)
        self.port, self.server, self.workers = free_port(), None, 2
        self.sent: list[Sent] = []
        self.extra: list[Running] = []
        self.clock_file = home / "clock"
        # Not on the small disk: what a full disk does to the log is not the question here.
        self.log = Path(tempfile.gettempdir()) / f"{home.name}.log"
        self.known: dict[str, Any] = json.loads(self._run("tests.faults.check", "--begin"))

    # --- Processes ------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """Return what our processes are told."""
        return {
            "LINLI_HOME": str(self.home),
            "LINLI_DATABASE_URL": self.database_url,
            "LINLI_TRUSTED_PROXIES": "1",
            "FAULTS_CLOCK": str(self.clock_file),
        }

    def open(self) -> None:
        """Start server and worker, as systemd would, and wait until they answer."""
        command = [sys.executable, "-m", "tests.faults.turned", "serve", "--port", str(self.port)]
        self.server = start(
            [*command, "--workers", str(self.workers), "--threads", "4"],
            environment=self.environment,
            log=self.log,
        )
        wait_for(self.port, of=self.server)
        Browser(host="127.0.0.1", port=self.port).send("GET", "/privacy/")

    def open_server_alone(self) -> Running:
        """Start a web server without any worker."""
        from bench.servers import COMMANDS

        self.server = start(
            COMMANDS["gunicorn gthread"](self.port, self.workers, 4),
            environment=self.environment,
            log=self.log,
        )
        wait_for(self.port, of=self.server)
        return self.server

    def add_worker(self) -> Running:
        """Start one more worker."""
        one = start(
            [sys.executable, "-m", "tests.faults.turned", "worker"],
            environment=self.environment,
            log=self.log,
        )
        self.extra.append(one)
        return one

    def close(self) -> None:
        """Stop everything."""
        for one in [*self.extra, *([self.server] if self.server else [])]:
            one.stop()
        self.extra, self.server = [], None

    def forget(self) -> None:
        """Remove what lies outside the office's folder."""
        self.log.unlink(missing_ok=True)

    def reopen_if_ended(self) -> None:
        """Start again what has ended, as a supervisor does."""
        if self.server is not None and self.server.process.poll() is not None:
            self.server.stop()
            self.port_is_free()
            self.open()

    def port_is_free(self) -> None:
        """Wait until nobody holds our port any more."""
        until = time.monotonic() + 20
        while time.monotonic() < until and any(
            one.laddr.port == self.port and one.status == psutil.CONN_LISTEN
            for one in psutil.net_connections("tcp4")
            if one.laddr
        ):
            time.sleep(0.1)

    # --- Faults ---------------------------------------------------------------------------------

    def kill_something(self) -> str:
        """Kill -9 a web process, the worker, or everything at once, and say which it was."""
        assert self.server is not None
        what = self.random.choice(("web", "web", "worker", "worker", "everything"))
        family = self.server.family()
        below = sorted(family[0].children(), key=lambda one: one.pid) if family else []
        if what == "everything" or len(below) < 2:
            chosen = family
        elif what == "worker":
            chosen = [below[1]]  # Server first, then worker: the order of linli/serving.py.
        else:
            chosen = [self.random.choice(below[0].children() or [below[0]])]
        for one in chosen:
            with suppress(psutil.Error):
                one.send_signal(signal.SIGKILL)
        if what != "web":
            with suppress(subprocess.TimeoutExpired):
                self.server.process.wait(timeout=20)
        self.reopen_if_ended()
        return what

    def cut_connections(self, *, seconds: float = 1.5) -> None:
        """Take the database away for a moment: end every session, or hold SQLite's lock."""
        if not self.database_url:
            path = self.home / "linli.sqlite3"
            with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as held:
                held.execute("BEGIN IMMEDIATE")
                time.sleep(seconds)
                held.execute("ROLLBACK")
            return
        for _ in range(3):
            ask(
                self.database_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            time.sleep(seconds / 3)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Fill the office's disk to the last byte for as long as the block lasts."""
        ballast = self.home / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65_536)
        try:
            yield
        finally:
            ballast.unlink()

    def turn_clock(self, *, seconds: float) -> None:
        """Set the office's clock off by so much; 0 sets it right."""
        staged = self.clock_file.with_suffix(".new")
        staged.write_text(str(seconds), encoding="ascii")
        staged.replace(self.clock_file)

    # --- Traffic and judgement ------------------------------------------------------------------

    @contextmanager
    def traffic(self, *, residents: int = 3, desks: int = 1) -> Iterator[None]:
        """Let people report and a desk work as long as the block lasts; then everybody is through.

        A report that got no answer is sent again with the same key, as a phone's outbox does.
        """
        stop = threading.Event()
        jobs = [(self._keep_reporting, number) for number in range(residents)]
        jobs += [(self._keep_desk, number) for number in range(desks)]
        threads = [threading.Thread(target=job, args=(number, stop)) for job, number in jobs]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=90)

    def _keep_reporting(self, number: int, stop: threading.Event) -> None:
        who = Resident(
            host="127.0.0.1",
            port=self.port,
            number=number + 16 * self.random.randrange(14),
            community_id=self.known["community_id"],
            building_ids=self.known["building_ids"],
        )
        key, until = uuid4(), 0.0
        while not stop.is_set() or time.monotonic() < until:
            sent = who.report(key=key)
            self.sent.append(sent)
            if sent.is_acknowledged:
                key, until = uuid4(), 0.0
                if stop.is_set():
                    return
            elif not until:
                until = time.monotonic() + 45  # Whoever has no answer keeps asking for a while.
            time.sleep(_PAUSE_SECONDS if sent.is_acknowledged else 0.2)

    def _keep_desk(self, number: int, stop: threading.Event) -> None:
        """Settle what comes in, one after the other, as far as it can be reached."""
        desk = Browser(host="127.0.0.1", port=self.port, address=f"10.250.0.{number + 1}")
        desk.cookies.update(self.known["cookies"])
        while not stop.wait(_PAUSE_SECONDS):
            with suppress(OSError, Exception):
                _, _, page = desk.send("GET", "/desk/?view=accept")
                keys = re.findall(r"/desk/(\d+)/", page.decode(errors="replace"))
                for key in list(dict.fromkeys(keys))[-2:]:
                    desk.post(f"/matters/{key}/settle/", {"note": "已电话答复。"})

    @property
    def acknowledged(self) -> set[UUID]:
        """Return the keys of the reports that somebody was told are in."""
        return {one.key for one in self.sent if one.is_acknowledged}

    def broken(self, *, seconds: float = 60) -> list[str]:
        """Wait until the worker is through, and return what does not hold."""
        keys = self.home / "keys.json"
        keys.write_text(json.dumps([str(key) for key in self.acknowledged]), encoding="ascii")
        found = json.loads(self._run("tests.faults.check", str(keys), str(seconds)))
        self.last = found
        return list(found["broken"])

    def _run(self, module: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2_000:]
        return done.stdout


# --- Making one -----------------------------------------------------------------------------------


@contextmanager
def office(*, seed: int = 1, on_small_disk: bool = False) -> Iterator[Office]:
    """Give an office on the database that LINLI_DATABASE_URL names the server of, or on SQLite."""
    with _home(on_small_disk) as home, own_database() as url:
        one = Office(home=home, database_url=url, seed=seed)
        try:
            yield one
        finally:
            one.close()
            one.forget()


class NoDisk(Exception):
    """This account may not mount a disk."""


@contextmanager
def _home(on_small_disk: bool) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="linli-faults-"))
    try:
        if on_small_disk:
            size = f"size={DISK_MB}m"
            command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(home)]
            if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
                raise NoDisk
        yield home
    finally:
        if on_small_disk:
            subprocess.run(["umount", "-l", str(home)], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def own_database() -> Iterator[str]:
    """Give the address of an empty database, or nothing for SQLite."""
    server = os.environ.get("LINLI_DATABASE_URL", "")
    if not server:
        yield ""
        return
    name = f"linli_faults_{os.getpid()}_{uuid4().hex[:6]}"
    ask(server, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        ask(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def ask(url: str, sql: str) -> None:
    """Say one statement to PostgreSQL, outside any transaction."""
    import psycopg  # Only where there is PostgreSQL.

    with psycopg.connect(url, autocommit=True) as talk:
        talk.execute(sql)  # type: ignore[call-overload]  # it is ours, not a user's
