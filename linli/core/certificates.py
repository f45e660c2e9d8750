"""HTTPS on an office's own network: a local authority that vouches for this machine alone.

Phones use camera, position and offline pages over HTTPS only, and no public authority signs for
192.168.1.10. So the office makes an authority of its own, which phones are told to trust. It is
constrained to the names it was made for (RFC 5280, 4.2.1.10): stolen, it opens no other site.
A real certificate, where there is one, takes its place.
"""

import ipaddress
import os
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397
"""Phones refuse longer ones from 2020 on."""

RENEW_BEFORE = timedelta(days=30)

_LOCAL_NAME = re.compile(r"[a-z0-9-]+|([a-z0-9-]+\.)+(lan|local|home\.arpa|internal)")
"""Names that no public authority would ever sign for."""

Key = ec.EllipticCurvePrivateKey


class HostInvalid(Refused):
    """No certificate can name it."""

    sentence = _(
        "“%(host)s” is neither an address of the office's network such as 192.168.1.10 nor a name "
        "such as linli.lan. Public names get a certificate from a public authority: linli https use"
    )


class CertificateUnusable(Refused):
    """The files do not belong together, or are no certificate and key."""

    sentence = _(
        "%(certificate)s and %(key)s are not a certificate and its key in PEM (%(reason)s). "
        "Nothing was changed."
    )


class NoCertificate(Refused):
    """HTTPS was asked for before there was a certificate."""

    sentence = _(
        "There is no certificate yet. Make one for the address that phones use: "
        "linli https make 192.168.1.10"
    )


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of the certificate in use; `names` are what it vouches for."""

    names: tuple[str, ...]
    until: datetime
    is_ours: bool

    def is_ending(self, *, at: datetime) -> bool:
        """Tell whether it should be renewed."""
        return self.until - at < RENEW_BEFORE


def folder() -> Path:
    """Return where certificates and their keys lie."""
    return Path(settings.HOME) / "https"


def server_files() -> tuple[Path, Path]:
    """Return certificate and key of the server; see `current` for whether they are there."""
    return folder() / "server.crt", folder() / "server.key"


def make(*, hosts: Sequence[str], at: datetime) -> Certificate:
    """Make an authority for these hosts, and the server's certificate under it.

    An authority that is there already and was made for the same hosts stays: phones trust it.

    :raises HostInvalid: when a host is a public name or address.
    """
    names = tuple(dict.fromkeys(host.strip().lower() for host in hosts))
    general = [_general_name(host) for host in names]
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _authority()
    if known is None or _permitted(known[0]) != {name.value for name in map(_subtree, general)}:
        known = _make_authority(general, at)
    _make_server(known, general, at)
    found = current()
    assert found is not None
    return found


def use(*, certificate: Path, key: Path) -> Certificate:
    """Take a certificate of a public authority, with its chain, into use.

    :raises CertificateUnusable: when the two files do not belong together.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "reason", "") or "PEM"
        raise CertificateUnusable(certificate=certificate, key=key, reason=reason) from error
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    target, target_key = server_files()
    _write(target_key, key.read_bytes())
    _write(target, certificate.read_bytes())
    found = current()
    assert found is not None
    return found


def renew(*, at: datetime) -> bool:
    """Give the server a new certificate when ours is ending; a public one is not ours."""
    found = current()
    if found is None or not found.is_ours or not found.is_ending(at=at):
        return False
    known = _authority()
    if known is None:
        return False
    _make_server(known, [_general_name(host) for host in found.names], at)
    return True


def current() -> Certificate | None:
    """Return what is known of the server's certificate, or None when there is none."""
    path, _key = server_files()
    if not path.exists():
        return None
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    known = _authority()
    return Certificate(
        names=_names_of(certificate),
        until=certificate.not_valid_after_utc,
        is_ours=known is not None and certificate.issuer == known[0].subject,
    )


def authority_der() -> bytes | None:
    """Return the authority's certificate as phones take it, or None when there is none in use."""
    found, known = current(), _authority()
    if found is None or not found.is_ours or known is None:
        return None
    return known[0].public_bytes(serialization.Encoding.DER)


def authority_fingerprint() -> str:
    """Return the authority's SHA-256 in pairs, to be compared with what a phone shows; or ""."""
    known = _authority()
    return known[0].fingerprint(hashes.SHA256()).hex(" ").upper() if known else ""


def _general_name(host: str) -> x509.GeneralName:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _LOCAL_NAME.fullmatch(host):
            raise HostInvalid(host=host) from None
        return x509.DNSName(host)
    if not address.is_private:
        raise HostInvalid(host=host)
    return x509.IPAddress(address)


def _constraints(general: Sequence[x509.GeneralName]) -> x509.NameConstraints:
    """Return what the authority may vouch for: these hosts.

    A constraint says nothing about a kind of name that it does not mention, so a kind that none
    of the hosts has is shut out as a whole.
    """
    kinds = {type(one) for one in general}
    excluded: list[x509.GeneralName] = []
    if x509.DNSName not in kinds:
        excluded.append(x509.DNSName(""))
    if x509.IPAddress not in kinds:
        excluded += [x509.IPAddress(ipaddress.ip_network(net)) for net in ("0.0.0.0/0", "::/0")]
    return x509.NameConstraints([_subtree(one) for one in general], excluded or None)


def _subtree(name: x509.GeneralName) -> x509.GeneralName:
    """Return what of the world a name constraint permits: the very name or address."""
    if isinstance(name, x509.IPAddress):
        return x509.IPAddress(ipaddress.ip_network(name.value))
    return name


def _permitted(authority: x509.Certificate) -> set[object]:
    found = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return {name.value for name in found.permitted_subtrees or ()}


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress)
    )


def _authority() -> tuple[x509.Certificate, Key] | None:
    certificate, key = folder() / "authority.crt", folder() / "authority.key"
    if not (certificate.exists() and key.exists()):
        return None
    loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(certificate.read_bytes()), loaded


def _make_authority(
    general: Sequence[x509.GeneralName], at: datetime
) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Linli"),
            # Its serial tells two authorities apart in a phone's list.
            x509.NameAttribute(NameOID.COMMON_NAME, f"Linli {at:%Y-%m-%d} {os.urandom(2).hex()}"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _begun(name, name, key, at, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(_constraints(general), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder() / "authority.key", _pem(key))
    _write(folder() / "authority.crt", certificate.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _make_server(
    authority: tuple[x509.Certificate, Key], general: Sequence[x509.GeneralName], at: datetime
) -> None:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Linli")])
    certificate = (
        _begun(name, issuer.subject, key, at, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    target, target_key = server_files()
    _write(target_key, _pem(key))
    _write(target, certificate.public_bytes(serialization.Encoding.PEM))


def _begun(
    name: x509.Name, issuer: x509.Name, key: Key, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))  # a phone's clock may be behind
        .not_valid_after(at + timedelta(days=days))
    )


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    staged.replace(path)
