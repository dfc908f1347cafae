"""Who may talk to the unit: one folder that people can read.

::

    security/
    ├── server/key.pem, certificate.der      the server's own
    ├── trusted/operators/*.der              clients that may command the unit
    ├── trusted/observers/*.der              clients that may look
    └── users.json                           names, roles, salted scrypt hashes

The folder is read at every log-in, so that a file that is deleted is trusted no longer.
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pregrasp.line.errors import ServiceError

MIN_PASSWORD = 10
"""Shortest password that is accepted [characters]."""

SCRYPT_COST = 2**14
"""Memory and time of one hash: 16 MB, some 50 ms."""

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What names of users and clients may look like; they become file names."""


class Role(enum.Enum):
    """What a client may do."""

    OPERATOR = "operator"
    """Look and command."""
    OBSERVER = "observer"
    """Look."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """A certificate in the folder."""

    name: str
    """Its file's name."""
    role: Role
    """What its owner may do."""
    content: bytes
    """DER."""


class SecurityFolder:
    """The folder with keys, certificates and users.

    Args:
        folder: Where it is; need not exist before something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = folder / "server" / "key.pem"
        self.certificate = folder / "server" / "certificate.der"
        self.users = folder / "users.json"

    def check(self) -> None:
        """Make sure that a server can run on it.

        Raises:
            ServiceError: Something is missing, damaged or readable for everybody.
        """
        for file in (self.key, self.certificate):
            if not file.is_file():
                raise ServiceError(
                    f"{file}: is missing, and OPC UA needs it. Make it with: "
                    f"pregrasp certificates server --folder {self.folder}"
                )
        if self.key.stat().st_mode & 0o077:
            raise ServiceError(
                f"{self.key}: others may read the server's key. Mend it: chmod 600 {self.key}"
            )
        self._read_users()

    def trusted(self) -> Iterator[Trusted]:
        """Every trusted certificate; files that cannot be read are not trusted."""
        for role in Role:
            for file in sorted(self.trusted_folder(role).glob("*.der")):
                with contextlib.suppress(OSError):
                    yield Trusted(file.stem, role, file.read_bytes())

    def trusted_folder(self, role: Role) -> Path:
        """Where the certificates of a role are."""
        return self.folder / "trusted" / f"{role.value}s"

    def find(self, certificate: bytes, now: datetime | None = None) -> Trusted | None:
        """Who owns a certificate, if it is trusted and in its time.

        Args:
            certificate: DER.
            now: The time to judge by; by default the present.
        """
        from cryptography import x509

        found = next((known for known in self.trusted() if known.content == certificate), None)
        if found is None:
            return None
        try:
            read = x509.load_der_x509_certificate(certificate)
        except ValueError:
            return None
        moment = now or datetime.now(UTC)
        in_time = read.not_valid_before_utc <= moment <= read.not_valid_after_utc
        return found if in_time else None

    def add_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give one a new password.

        Raises:
            ServiceError: The name or the password is unusable, or the file cannot be written.
        """
        check_name(name)
        if len(password) < MIN_PASSWORD:
            raise ServiceError(f"the password is shorter than {MIN_PASSWORD} characters.")
        users = self._read_users()
        salt = secrets.token_bytes(16)
        users[name] = {
            "role": role.value,
            "salt": salt.hex(),
            "scrypt": _scrypt(password, salt).hex(),
        }
        write_private(self.users, (json.dumps(users, indent=1) + "\n").encode())

    def remove_user(self, name: str) -> bool:
        """Remove a user; whether there was one."""
        users = self._read_users()
        if users.pop(name, None) is None:
            return False
        write_private(self.users, (json.dumps(users, indent=1) + "\n").encode())
        return True

    def user_roles(self) -> dict[str, Role]:
        """Every user and what the user may do."""
        return {name: Role(entry["role"]) for name, entry in self._read_users().items()}

    def log_in(self, name: str, password: str) -> Role | None:
        """The role of a user, if the password is right; takes as long for unknown names."""
        entry = self._read_users().get(name)
        salt = bytes.fromhex(entry["salt"]) if entry else b"\0" * 16
        given = _scrypt(password[:1024], salt)
        if entry is None or not hmac.compare_digest(given, bytes.fromhex(entry["scrypt"])):
            return None
        return Role(entry["role"])

    def _read_users(self) -> dict[str, dict[str, str]]:
        if not self.users.is_file():
            return {}
        try:
            users: dict[str, Any] = json.loads(self.users.read_text())
            for entry in users.values():
                Role(entry["role"])
                bytes.fromhex(entry["salt"] + entry["scrypt"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ServiceError(
                f"{self.users}: cannot be read: {error!r}. Add the users anew."
            ) from error
        return users


def check_name(name: str) -> None:
    """Make sure that a name can be a file's.

    Raises:
        ServiceError: It cannot.
    """
    if not NAME.fullmatch(name) or name.startswith("."):
        raise ServiceError(f"{name[:64]!r} is no name. Use 1 to 64 letters, digits and . _ -")


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises:
        ServiceError: It cannot be written.
    """
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except OSError as error:
        raise ServiceError(f"{file}: cannot be written: {error.strerror}.") from error


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1)
