"""Start and stop what is measured: web servers and the worker, each a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0

COMMANDS: Mapping[str, Callable[[int, int, int], list[str]]] = {
    "gunicorn gthread": lambda port, workers, threads: [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class",
        "gthread", "--workers", str(workers), "--threads", str(threads), "--log-level", "warning",
        "--preload", "--keep-alive", "15", "--worker-tmp-dir", _quick_folder(), "linli.config.wsgi",
    ],
    "granian": lambda port, workers, threads: [
        os.environ.get("BENCH_GRANIAN", "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads),
        "--log-level", "warning", "linli.config.wsgi:application",
    ],
}  # fmt: skip
"""How each server is started: ``command(port, workers, threads)``."""


@dataclass(slots=True)
class Running:
    """A process and those it started."""

    process: subprocess.Popen[bytes]

    def family(self) -> list[psutil.Process]:
        """Return the process and all below it."""
        try:
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.Error:
            return []

    def cpu_seconds(self) -> float:
        """Return the CPU that the family has used so far."""
        return sum(_cpu(one) for one in self.family())

    def memory_mb(self) -> float:
        """Return what the family holds in memory for itself, in MB (shared pages counted once)."""
        total = 0
        for one in self.family():
            try:
                total += one.memory_full_info().uss
            except psutil.Error:
                continue
        return total / 2**20

    def stop(self) -> None:
        """Ask it to stop, and kill the family of what does not."""
        family = self.family()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for one in family:
            try:
                one.kill()
            except psutil.Error:
                continue


def start(
    command: Sequence[str], *, environment: Mapping[str, str], log: Path | None = None
) -> Running:
    """Start a command; what it says goes to `log`, or nowhere."""
    home = environment.get("LINLI_HOME", os.environ.get("LINLI_HOME", "."))
    path = os.pathsep.join([str(Path(__file__).parent.parent), *(p for p in sys.path if p)])
    said: Any = subprocess.DEVNULL if log is None else log.open("ab")
    process = subprocess.Popen(
        list(command),
        stdout=said,
        stderr=said,
        env={
            **os.environ,
            "PYTHONPATH": path,  # A server from another environment finds our packages.
            "DJANGO_SETTINGS_MODULE": "linli.config.settings",
            **environment,
        },
        cwd=home,
    )
    return Running(process)


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[Running]:
    """Run a command for as long as the block lasts."""
    started = start(command, **options)
    try:
        yield started
    finally:
        started.stop()


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int, *, of: Running | None = None, seconds: float = _READY_SECONDS) -> None:
    """Wait until something listens at a port.

    :raises TimeoutError: when nothing does in time, or the process has ended.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and (of is None or of.process.poll() is None):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens at port {port}")


def linli(*arguments: str) -> list[str]:
    """Return the command line of `linli` in this environment."""
    return [sys.executable, "-m", "linli.cli", *arguments]


def _quick_folder() -> str:
    return "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
