import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pregrasp.line.errors import ServiceError
from pregrasp.line.opcua.certificates import make_client, make_server, trust
from pregrasp.line.opcua.security import Role, SecurityFolder
from pregrasp.line.opcua.users import UnitUsers

WORD = "a long password"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SecurityFolder:
    made = SecurityFolder(tmp_path_factory.mktemp("security"))
    make_server(made)
    make_client(made, "plc", Role.OPERATOR)
    make_client(made, "panel", Role.OBSERVER)
    made.add_user("anna", Role.OPERATOR, WORD)
    return made


def certificate(folder: SecurityFolder, name: str) -> bytes:
    return (folder.folder / "clients" / f"{name}.der").read_bytes()


def test_a_folder_that_is_complete_passes(folder: SecurityFolder) -> None:
    folder.check()


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="pregrasp certificates server"):
        SecurityFolder(tmp_path).check()


def test_keys_are_for_their_owner_only(folder: SecurityFolder) -> None:
    for file in (folder.key, folder.folder / "clients" / "plc.key.pem", folder.users):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    security = SecurityFolder(tmp_path)
    make_server(security)
    security.key.chmod(0o644)
    with pytest.raises(ServiceError, match="chmod 600"):
        security.check()


def test_a_servers_certificate_is_not_replaced_by_accident(folder: SecurityFolder) -> None:
    before = folder.certificate.read_bytes()
    with pytest.raises(ServiceError, match="there is a certificate already"):
        make_server(folder)
    assert folder.certificate.read_bytes() == before


def test_certificates_carry_their_role_and_end_in_time(folder: SecurityFolder) -> None:
    plc = certificate(folder, "plc")
    found = folder.find(plc)
    assert found is not None
    assert (found.name, found.role) == ("plc", Role.OPERATOR)
    assert folder.find(plc, now=datetime.now(UTC) + timedelta(days=4000)) is None
    assert folder.find(plc + b"\0") is None


def test_only_certificates_can_be_trusted(folder: SecurityFolder, tmp_path: Path) -> None:
    noise = tmp_path / "noise.der"
    noise.write_bytes(b"\x30\x82 no certificate")
    with pytest.raises(ServiceError, match="is no certificate"):
        trust(folder, noise, Role.OPERATOR)


@pytest.mark.parametrize("name", ["", "../plc", ".hidden", "a b", "x" * 65])
def test_names_that_could_be_other_files_are_refused(folder: SecurityFolder, name: str) -> None:
    with pytest.raises(ServiceError, match="is no name"):
        make_client(folder, name, Role.OBSERVER)
    with pytest.raises(ServiceError, match="is no name"):
        folder.add_user(name, Role.OBSERVER, WORD)


def test_a_password_counts_only_over_a_trusted_channel(folder: SecurityFolder) -> None:
    users = UnitUsers(folder)
    panel = certificate(folder, "panel")
    user = users.get_user(None, "anna", WORD, panel)
    assert user is not None
    assert (user.name, user.rights) == ("anna", Role.OPERATOR)
    assert users.get_user(None, "anna", WORD, None) is None
    assert users.get_user(None, "anna", WORD, b"another certificate") is None


def test_guessing_passwords_takes_longer_each_time(folder: SecurityFolder) -> None:
    now = [0.0]
    users = UnitUsers(folder, now=lambda: now[0])
    panel = certificate(folder, "panel")
    assert users.get_user(None, "anna", "wrong", panel) is None
    now[0] = 0.9
    assert users.get_user(None, "anna", WORD, panel) is None, "too soon"
    now[0] = 1.1
    assert users.get_user(None, "anna", "wrong", panel) is None
    now[0] = 3.0
    assert users.get_user(None, "anna", WORD, panel) is None, "two seconds this time"
    now[0] = 3.2
    assert users.get_user(None, "anna", WORD, panel) is not None


def test_nobody_is_let_in_to_look_unless_that_is_configured(folder: SecurityFolder) -> None:
    assert UnitUsers(folder).get_user(None) is None
    user = UnitUsers(folder, open_reading=True).get_user(None)
    assert user is not None
    assert user.rights is Role.OBSERVER


def test_short_passwords_and_damaged_files_are_refused(tmp_path: Path) -> None:
    security = SecurityFolder(tmp_path)
    with pytest.raises(ServiceError, match="shorter than 10"):
        security.add_user("ben", Role.OBSERVER, "short")
    security.users.write_text('{"ben": {"role": "king"}}')
    with pytest.raises(ServiceError, match="cannot be read"):
        security.log_in("ben", WORD)


def test_users_can_be_removed(tmp_path: Path) -> None:
    security = SecurityFolder(tmp_path)
    security.add_user("ben", Role.OBSERVER, WORD)
    assert security.user_roles() == {"ben": Role.OBSERVER}
    assert security.log_in("ben", WORD) is Role.OBSERVER
    assert security.remove_user("ben")
    assert not security.remove_user("ben")
    assert security.log_in("ben", WORD) is None
