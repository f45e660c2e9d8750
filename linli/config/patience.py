"""A gunicorn worker that does not wait for ever for clients that dawdle.

Each request has a thread to itself while it is read. A client that sends a byte now and then would
keep its thread, and a few dozen of them the whole office waiting. Here a request has ten seconds
of grace and then has to keep coming: a phone on a bad line is far above the least rate.
"""

import errno
import socket
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

GRACE_SECONDS = 10.0
BYTES_A_SECOND = 1_024


class Measured:
    """A connection that ends when its other side is slower than it may be."""

    _since = 0.0
    _got = 0

    def begin(self) -> None:
        """Start measuring: a request is to be read."""
        self._since, self._got = time.monotonic(), 0

    def _patiently(self, connection: socket.socket, read: Callable[[], bytes]) -> bytes:
        """Read on, but no longer than the other side may take.

        :raises ConnectionResetError: when it took longer; gunicorn knows what to do then.
        """
        waits = connection.gettimeout()
        if waits == 0:
            return read()
        left = self._since + GRACE_SECONDS + self._got / BYTES_A_SECOND - time.monotonic()
        if left <= 0:
            raise ConnectionResetError(errno.ECONNRESET, "too slow")
        connection.settimeout(left if waits is None else min(left, waits))
        try:
            data = read()
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from error
        finally:
            connection.settimeout(waits)
        self._got += len(data)
        return data


class MeasuredSocket(Measured, socket.socket):
    """A plain connection that is measured."""

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Read on, as long as the other side keeps coming."""
        return self._patiently(self, lambda: socket.socket.recv(self, size, flags))


class MeasuredTLS(Measured, ssl.SSLSocket):
    """An encrypted connection that is measured, from its handshake on."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands, in the time that a request's first byte may take."""
        waits = self.gettimeout()
        self.settimeout(GRACE_SECONDS)
        try:
            super().do_handshake(block)
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from error
        finally:
            self.settimeout(waits)
        self.begin()

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Read on, as long as the other side keeps coming."""
        return self._patiently(self, lambda: ssl.SSLSocket.recv(self, buflen, flags))


@cache
def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """Return how connections are encrypted: read once for a process, not for each connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.sslsocket_class = MeasuredTLS
    return context


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn comes without types
    """gunicorn's worker with threads, on measured connections."""

    def enqueue_req(self, conn: Any) -> None:
        """Measure a connection from its first byte on."""
        if not isinstance(conn.sock, Measured):
            conn.sock = MeasuredSocket(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Read and answer one request."""
        conn.sock.begin()
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Say nothing of a handshake that failed: a phone that does not trust us yet, a scanner."""
        if not isinstance(exc, ssl.SSLError):
            super().handle_error(req, client, addr, exc)
