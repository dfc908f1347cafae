"""Passwords from where they belong: the environment, or the system's keyring."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping

SERVICE = "pregrasp"
"""Under this name passwords are kept in a keyring."""


def find_secret(variable: str, environment: Mapping[str, str] | None = None) -> str | None:
    """A secret by the name of its environment variable; None if nobody knows it.

    The environment goes before the keyring. The package ``keyring`` is used if it is there:
    ``keyring set pregrasp VARIABLE`` stores a secret, once and for all.

    Args:
        variable: Name of the environment variable, and of the entry in the keyring.
        environment: Where variables are looked up; the process's own by default.
    """
    found = (os.environ if environment is None else environment).get(variable)
    if found is not None:
        return found
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        stored = keyring.get_password(SERVICE, variable)
    except keyring.errors.KeyringError:
        # A machine without a desktop has no keyring; that is no error.
        return None
    return None if stored is None else str(stored)
