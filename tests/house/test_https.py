"""HTTPS on an office's own network: phones trust an authority that vouches for one machine only."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from contextlib import closing, suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from django.test import Client
from django.utils import timezone

from linli.core import certificates
from linli.web.doorstep import Doorstep

LINLI = Path(sys.executable).with_name("linli")
NOW = timezone.now().replace(microsecond=0)  # TLS looks at the real clock


@pytest.fixture
def home(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path


def trusting(home):
    """Return what a phone has after it was told to trust the office."""
    return ssl.create_default_context(cafile=home / "https" / "authority.crt")


def handshake(home, *, name):
    """Let a server with our certificate and a phone that asks for `name` shake hands."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificates.server_files())
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    answering = server.wrap_bio(ours, theirs, server_side=True)
    asking = trusting(home).wrap_bio(theirs, ours, server_hostname=name)
    for _ in range(4):
        for side in (asking, answering):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return asking.version()


# --- The certificate ----------------------------------------------------------------------------


def test_a_phone_that_trusts_the_office_reaches_it_by_address_and_by_name(home):
    made = certificates.make(hosts=["192.168.1.10", "Linli.lan"], at=NOW)
    assert made.names == ("192.168.1.10", "linli.lan")
    assert handshake(home, name="192.168.1.10") == "TLSv1.3"
    assert handshake(home, name="linli.lan") == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(home, name="192.168.1.11")


@pytest.mark.parametrize("hosts", [["192.168.1.10"], ["linli.lan"], ["192.168.1.10", "linli.lan"]])
def test_a_stolen_authority_opens_no_other_site(home, hosts):
    certificates.make(hosts=hosts, at=NOW)
    known = certificates._authority()
    for forged in (x509.DNSName("bank.example"), x509.IPAddress(ip_address("9.9.9.9"))):
        certificates._make_server(known, [forged], NOW)
        with pytest.raises(ssl.SSLCertVerificationError, match="subtree"):
            handshake(home, name=str(forged.value))


def test_what_phones_trust_stays_when_the_certificate_is_renewed(home):
    certificates.make(hosts=["192.168.1.10"], at=NOW - timedelta(days=380))
    before = certificates.authority_fingerprint()
    assert certificates.current().is_ending(at=NOW)
    assert certificates.renew(at=NOW)
    assert not certificates.renew(at=NOW)
    certificates.make(hosts=["192.168.1.10"], at=NOW)
    assert certificates.authority_fingerprint() == before
    assert handshake(home, name="192.168.1.10")
    certificates.make(hosts=["192.168.1.20"], at=NOW)  # Its constraint would not fit any more.
    assert certificates.authority_fingerprint() != before


def test_only_the_owner_reads_the_keys(home):
    certificates.make(hosts=["192.168.1.10"], at=NOW)
    for path in (home / "https").glob("*.key"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("host", ["8.8.8.8", "linli.example.org", "", "a b", "*.lan", "府东.lan"])
def test_nothing_public_gets_a_certificate_of_ours(home, host):
    with pytest.raises(certificates.HostInvalid):
        certificates.make(hosts=[host], at=NOW)


def test_a_real_certificate_takes_its_place_and_a_wrong_one_changes_nothing(home, settings):
    certificates.make(hosts=["192.168.1.10"], at=NOW)
    real, real_key = home / "real.crt", home / "real.key"
    for source, target in zip(certificates.server_files(), (real, real_key), strict=True):
        target.write_bytes(source.read_bytes())
    settings.HOME = home / "another"
    certificates.make(hosts=["192.168.1.20"], at=NOW)
    with pytest.raises(certificates.CertificateUnusable):
        certificates.use(certificate=real, key=certificates.server_files()[1])
    assert certificates.current().names == ("192.168.1.20",)
    used = certificates.use(certificate=real, key=real_key)
    assert used.names == ("192.168.1.10",)
    assert not used.is_ours
    assert certificates.authority_der() is None  # nothing for phones to install


# --- The page that shows phones how -----------------------------------------------------------


@pytest.mark.django_db
def test_the_page_gives_the_certificate_and_what_to_compare(cast, home):
    client = Client(headers={"accept-language": "zh-hans"})
    assert client.get("/trust/").status_code == 404
    certificates.make(hosts=["192.168.1.10"], at=NOW)
    page = client.get("/trust/").content.decode()
    assert certificates.authority_fingerprint() in page
    assert "192.168.1.10" in page
    got = client.get("/trust/linli.crt")
    assert got["Content-Type"] == "application/x-x509-ca-cert"
    found = x509.load_der_x509_certificate(got.content)
    assert found.fingerprint(found.signature_hash_algorithm).hex(" ").upper() in page


@pytest.mark.parametrize(
    ("method", "path", "query", "status", "to"),
    [
        ("GET", "/", "", "302", "/trust/"),
        ("GET", "/desk/", "page=2", "302", "https://192.168.1.10:8443/desk/?page=2"),
        ("GET", "/m/府东/", "", "302", "https://192.168.1.10:8443/m/%E5%BA%9C%E4%B8%9C/"),
        ("POST", "/account/sign-in/", "", "303", "https://192.168.1.10:8443/"),
        ("GET", "//evil.example/", "", "302", "https://192.168.1.10:8443//evil.example/"),
    ],
)
def test_the_plain_port_only_shows_the_way_over(method, path, query, status, to):
    said = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "HTTP_HOST": "192.168.1.10:8000",
    }
    step = Doorstep(lambda *_: pytest.fail("nothing of the product is here"), 8443)
    assert list(step(environ, lambda status, headers: said.append((status, dict(headers))))) == []
    assert said[0][0].startswith(status)
    assert said[0][1]["Location"] == to


# --- The whole of it --------------------------------------------------------------------------


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_linli_serves_over_https_and_shows_the_way_at_the_plain_port(scratch):
    environment = {**scratch, "LC_ALL": "C.UTF-8"}
    made = subprocess.run(
        [LINLI, "https", "make", "127.0.0.1"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--https 8443" in made.stdout
    plain, secure = free_port(), free_port()
    process = subprocess.Popen(
        [LINLI, "serve", "--port", str(plain), "--https", str(secure), "--without-worker"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until, said = time.monotonic() + 90, ""
        while "/trust/" not in said:
            line = process.stdout.readline()
            assert line, said
            assert time.monotonic() < until, said
            said += line
        context = trusting(Path(scratch["LINLI_HOME"]))
        with closing(
            http.client.HTTPSConnection("127.0.0.1", secure, timeout=20, context=context)
        ) as over:
            for _ in range(3):  # one connection for several pages
                over.request("GET", "/privacy/")
                answer = over.getresponse()
                assert (answer.status, bool(answer.read())) == (200, True)
                kept = over.sock
            assert over.sock is kept
        # Forty that begin to shake hands and dawdle hold nobody up for longer than a grace.
        slow = [socket.create_connection(("127.0.0.1", secure)) for _ in range(40)]
        for one in slow:
            one.send(b"\x16")
        with closing(
            http.client.HTTPSConnection("127.0.0.1", secure, timeout=60, context=context)
        ) as over:
            over.request("GET", "/privacy/")
            assert over.getresponse().status == 200
        for one in slow:
            one.close()
        with closing(http.client.HTTPConnection("127.0.0.1", plain, timeout=20)) as door:
            door.request("GET", "/desk/")
            answer = door.getresponse()
            answer.read()
            assert answer.headers["Location"] == f"https://127.0.0.1:{secure}/desk/"
            door.request("GET", "/trust/")
            assert door.getresponse().status == 200
    finally:
        process.terminate()
        rest = process.communicate(timeout=30)[0]
    assert "Error" not in rest
    assert "Traceback" not in rest


def test_the_public_address_is_answered_whatever_other_names_are_listed(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from linli.config.settings import ALLOWED_HOSTS as a; print(a)"],
        env={
            **os.environ,
            "LINLI_HOME": str(tmp_path),
            "LINLI_ALLOWED_HOSTS": "linli.example.org",
            "LINLI_PUBLIC_URL": "https://192.168.1.10:8443",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "['linli.example.org', '192.168.1.10']"
