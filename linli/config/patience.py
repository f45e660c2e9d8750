"""A gunicorn worker that does not wait for ever for clients that dawdle.

Each request has a thread to itself while it is read. A client that sends a byte now and then would
keep its thread, and a few dozen of them the whole office waiting. Here a request has ten seconds
of grace and then has to keep coming: a phone on a bad line is far above the least rate.
"""

import errno
import socket
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

GRACE_SECONDS = 10.0
BYTES_A_SECOND = 1_024


class MeasuredSocket(socket.socket):
    """A connection that ends when its other side is slower than it may be."""

    _since = 0.0
    _got = 0

    def begin(self) -> None:
        """Start measuring: a request is to be read."""
        self._since, self._got = time.monotonic(), 0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read on, but no longer than the other side may take.

        :raises ConnectionResetError: when it took longer; gunicorn knows what to do then.
        """
        waits = self.gettimeout()
        if waits == 0:
            return super().recv(size, flags)
        left = self._since + GRACE_SECONDS + self._got / BYTES_A_SECOND - time.monotonic()
        if left <= 0:
            raise ConnectionResetError(errno.ECONNRESET, "too slow")
        self.settimeout(left if waits is None else min(left, waits))
        try:
            data = super().recv(size, flags)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from error
        finally:
            self.settimeout(waits)
        self._got += len(data)
        return data


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn comes without types
    """gunicorn's worker with threads, on measured connections."""

    def enqueue_req(self, conn: Any) -> None:
        """Measure a connection from its first byte on."""
        if not isinstance(conn.sock, MeasuredSocket):
            conn.sock = MeasuredSocket(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Read and answer one request."""
        conn.sock.begin()
        return super().handle(conn)
