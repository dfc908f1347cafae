"""Making the certificates of servers and clients: self-signed, RSA 2048, SHA-256.

They follow OPC 10000-6, 6.2.2: the application's URI stands in the subject's alternative
names, and the key may sign and encrypt.
"""

from __future__ import annotations

import ipaddress
import shutil
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pregrasp.line.errors import ServiceError
from pregrasp.line.opcua.security import Role, SecurityFolder, check_name, write_private

KEY_SIZE = 2048
"""Of the RSA keys [bit]: what every policy from Basic256Sha256 on accepts."""

DAYS = 3650
"""How long a certificate holds by default [days]: machines outlive reminders."""

SERVER_URI = "urn:{host}:pregrasp:unit"
CLIENT_URI = "urn:{host}:pregrasp:client:{name}"


@dataclass(frozen=True, slots=True)
class Made:
    """A new certificate with its key."""

    key: Path
    """PEM, readable by its owner only."""
    certificate: Path
    """DER."""
    uri: str
    """The application's URI."""


def make_server(folder: SecurityFolder, hosts: list[str] | None = None, days: int = DAYS) -> Made:
    """The server's own key and certificate.

    Args:
        folder: Where they go.
        hosts: Names and addresses under which clients find the server; by default this host's.
        days: How long it holds.

    Raises:
        ServiceError: There is one already, or it cannot be written.
    """
    if folder.key.exists() or folder.certificate.exists():
        raise ServiceError(
            f"{folder.certificate}: there is a certificate already; clients trust it. "
            "Delete the folder 'server' first if it is to be replaced."
        )
    uri = SERVER_URI.format(host=socket.gethostname())
    used = hosts or [socket.gethostname(), "localhost", "127.0.0.1"]
    key, certificate = _make("pregrasp unit", uri, used, days, ExtendedKeyUsageOID.SERVER_AUTH)
    write_private(folder.key, key)
    folder.certificate.write_bytes(certificate)
    return Made(folder.key, folder.certificate, uri)


def make_client(folder: SecurityFolder, name: str, role: Role, days: int = DAYS) -> Made:
    """A client's key and certificate, trusted at once.

    The key belongs on the client's machine: move it there from ``clients/``.

    Raises:
        ServiceError: The name is unusable or taken, or a file cannot be written.
    """
    check_name(name)
    if any(trusted.name == name for trusted in folder.trusted()):
        raise ServiceError(f"a client {name!r} is trusted already. Choose another name.")
    uri = CLIENT_URI.format(host=socket.gethostname(), name=name)
    hosts = [socket.gethostname()]
    key, certificate = _make(name, uri, hosts, days, ExtendedKeyUsageOID.CLIENT_AUTH)
    key_file = folder.folder / "clients" / f"{name}.key.pem"
    write_private(key_file, key)
    certificate_file = folder.folder / "clients" / f"{name}.der"
    certificate_file.write_bytes(certificate)
    trust(folder, certificate_file, role)
    return Made(key_file, certificate_file, uri)


def trust(folder: SecurityFolder, file: Path, role: Role) -> Path:
    """Trust a certificate that a client brought along.

    Args:
        folder: Where it goes.
        file: DER or PEM.
        role: What its owner may do.

    Returns:
        The trusted file; deleting it ends the trust.

    Raises:
        ServiceError: The file is no certificate.
    """
    check_name(file.stem)
    try:
        content = file.read_bytes()
        pem = content.startswith(b"-----BEGIN")
        load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
        read = load(content)
    except (OSError, ValueError) as error:
        raise ServiceError(f"{file}: is no certificate: {error}.") from error
    target = folder.trusted_folder(role) / f"{file.stem}.der"
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_bytes(read.public_bytes(Encoding.DER))
    shutil.move(fresh, target)
    return target


def expiry(certificate: bytes) -> datetime:
    """When a DER certificate ends, in UTC."""
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc


def application_uri(certificate: Path) -> str:
    """The URI in a DER certificate.

    Raises:
        ServiceError: The file is damaged, or has none.
    """
    try:
        read = x509.load_der_x509_certificate(certificate.read_bytes())
        names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        raise ServiceError(
            f"{certificate}: is no certificate of an application: {error}."
        ) from error
    return str(uri)


def _make(
    name: str, uri: str, hosts: list[str], days: int, usage: x509.ObjectIdentifier
) -> tuple[bytes, bytes]:
    """Key (PEM) and certificate (DER)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_SIZE)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "pregrasp"),
        ]
    )
    now = datetime.now(UTC)
    usages = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,  # self-signed; some stacks insist on it
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri)]
    names += [_host(host) for host in dict.fromkeys(hosts)]
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # A client whose clock is a little behind must not be turned away.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usages, critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, certificate.public_bytes(Encoding.DER)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
