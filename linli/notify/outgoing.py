"""Post a small text to an address that somebody typed, and to no machine it must not reach.

The name is resolved once, every address behind it is checked, and the connection goes to the one
that was checked, so a name server that changes its answer in between gains nothing. No redirect is
followed, no proxy of the environment is used, and nothing of the answer is kept but its status and
how long it asks to be left alone.
Source: OWASP Server-Side Request Forgery Prevention Cheat Sheet.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid

URL_LENGTH_MAX = 500
BODY_BYTES_MAX = 64 * 1024
ANSWER_BYTES_MAX = 4 * 1024
STEP_SECONDS = 10.0
"""How long the other side may be silent."""

WHOLE_SECONDS = 20.0
"""How long everything may take together, however steadily an answer trickles in."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PLAIN = re.compile(r"[!-~]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class UrlNotUsable(Invalid):
    """It is no address that Linli posts to."""

    sentence = _(
        "This address cannot be used. Please enter it as the other program gives it, "
        "beginning with https:// and without a user name or password."
    )
    field = "url"


class HostNotAllowed(UrlNotUsable):
    """It leads into this machine or its own network."""

    sentence = _(
        "This address leads into an internal network. Whoever runs Linli can allow it with "
        "LINLI_WEBHOOK_PRIVATE_NETWORKS."
    )


_SAID = {
    "HostNotAllowed": _("the address leads into an internal network"),
    "gaierror": _("the name cannot be found"),
    "TimeoutError": _("no answer in time"),
    "ConnectionRefusedError": _("the connection was refused"),
    "SSLCertVerificationError": _("the certificate is not trusted"),
}


def said_of(*, error: str) -> str:
    """Return in words what kind of fault stopped a post; kinds without words as they are."""
    return str(_SAID.get(error, error))


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts; `host` is in ASCII."""

    is_https: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, and for how many seconds the other side asks for peace."""

    status: int
    retry_seconds: int = 0


def target_of(*, url: str) -> Target:
    """Return an address in its parts. Nothing is looked up.

    :raises UrlNotUsable: when it is none, or not one that may be used.
    :raises HostNotAllowed: when it names a machine by an address that is not allowed.
    """
    plain = url.strip()
    try:
        parts = urlsplit(plain)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise UrlNotUsable from error
    schemes = {"https", "http"} if settings.WEBHOOK_PLAIN_HTTP else {"https"}
    rest = parts.path + parts.query
    if (
        not host
        or len(plain) > URL_LENGTH_MAX
        or parts.scheme not in schemes
        or "@" in parts.netloc
        or "\\" in plain
        or (rest and not _PLAIN.fullmatch(rest))
        or port == 0
    ):
        raise UrlNotUsable
    is_https = parts.scheme == "https"
    if (literal := _literal(host)) is not None:
        _must_be_allowed(literal)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_https=is_https, host=host, port=port or (443 if is_https else 80), path=path)


def resolve(*, target: Target) -> str:
    """Return one address of the target's machine, when all that it has are allowed.

    :raises HostNotAllowed: when one of them is not.
    :raises OSError: when the name is not known.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    # An interface behind a % is this machine's own business; such addresses are link-local anyway.
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    for address in addresses:
        _must_be_allowed(ipaddress.ip_address(address))
    return addresses[0]


def post(*, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post a body and return what came back. Uses the net.

    :raises UrlNotUsable: when the address may not be used.
    :raises OSError: when the other side cannot be reached, or is not who it should be.
    :raises http.client.HTTPException: when what it answers is not HTTP.
    """
    assert len(body) <= BODY_BYTES_MAX, "a webhook carries keys and codes, not documents"
    target = target_of(url=url)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=STEP_SECONDS)
    # To the address that was checked, under the name that was asked for.
    address = resolve(target=target)
    connection.sock = socket.create_connection((address, target.port), timeout=STEP_SECONDS)
    # A timeout counts from byte to byte; only a clock of our own ends an answer that trickles.
    end = threading.Timer(WHOLE_SECONDS, _cut, (connection,))
    end.daemon = True
    end.start()
    try:
        if target.is_https:
            _encrypt(connection, target)
        connection.request("POST", target.path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(ANSWER_BYTES_MAX)
        return Answer(answer.status, _seconds_of(answer.getheader("Retry-After", "")))
    finally:
        end.cancel()
        connection.close()


def _seconds_of(header: str) -> int:
    """Return a Retry-After in seconds; one that is a date trusts two clocks and counts as none."""
    return int(header) if re.fullmatch(r"[0-9]{1,6}", header) else 0


def _encrypt(connection: http.client.HTTPConnection, target: Target) -> None:
    """Speak TLS on an open connection, once the other side has shown whose it is."""
    connection.default_port = 443  # or the Host header would name the port
    secured = ssl.create_default_context().wrap_socket(
        connection.sock, server_hostname=target.host, do_handshake_on_connect=False
    )
    connection.sock = secured
    secured.do_handshake()


def _cut(connection: http.client.HTTPConnection) -> None:
    try:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It ended by itself.


def _literal(host: str) -> _Address | None:
    """Return the address that a host is written as, if it is one; 127.1 and 0x7f000001 are too."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _must_be_allowed(address: _Address) -> None:
    """Let only machines of the open internet pass, and networks that the operator named."""
    inner = _inner_of(address)
    if any(inner in network for network in settings.WEBHOOK_PRIVATE_NETWORKS):
        return
    if not inner.is_global or inner.is_multicast or inner.is_reserved:
        raise HostNotAllowed


def _inner_of(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
