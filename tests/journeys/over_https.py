"""A phone and the office's own HTTPS: a browser with a profile that survives being closed."""

import base64
import hashlib
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext

from linli.core import certificates
from tests.journeys.conftest import ARGUMENTS, PHONE, chromium_path
from tests.signing_in import cookie_of


class _Server(ThreadedWSGIServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that a browser opened and never used."""
        if not isinstance(sys.exc_info()[1], ssl.SSLError):
            super().handle_error(request, client_address)


@contextmanager
def https(live_server: Any) -> Iterator[str]:
    """Serve what `live_server` serves under a certificate of `linli https`; give its address."""
    certificates.make(hosts=["127.0.0.1"], at=_REAL_NOW())
    server = _Server(("127.0.0.1", 0), QuietWSGIRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates.server_files())
    # Each connection shakes hands in its own thread: browsers open some that they never use.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.base_environ["HTTPS"] = "on"
    server.set_app(live_server.thread.httpd.get_app())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@contextmanager
def phone(
    chromium: Browser, profile: Path, url: str, *, account: Any = None, arguments: Any = ()
) -> Iterator[BrowserContext]:
    """Open a phone's browser on a profile of its own; leaving it closes the whole browser.

    It trusts our key and no other: a certificate that does not fit is an error here as well.
    """
    context = chromium.browser_type.launch_persistent_context(
        profile,
        executable_path=chromium_path(),
        args=[*ARGUMENTS, *arguments],
        base_url=url,
        viewport=PHONE,
        has_touch=True,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(30_000)
    if account is not None:
        context.add_cookies([{**cookie_of(account), "url": url}])
    try:
        yield context
    finally:
        context.close()


def trusting_our_key() -> str:
    """Return the argument by which Chromium trusts the key of the certificate in use."""
    certificate = x509.load_pem_x509_certificate(certificates.server_files()[0].read_bytes())
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(public).digest()).decode("ascii")
    return f"--ignore-certificate-errors-spki-list={digest}"


_REAL_NOW = timezone.now  # TLS looks at the real clock, whatever a test says.
