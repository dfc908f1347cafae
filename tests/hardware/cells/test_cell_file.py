from collections.abc import Callable
from pathlib import Path

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.frames import DEG, MM
from pregrasp.hardware.cell_file import find_cell, load_cell, shipped_cells

CELL = """\
cell: mine
robot:
  abb:
    url: http://192.168.125.1
    tool: {z_mm: 165, mass_g: 1400}
    gripper: {close: doClose, width_open_mm: 84}
camera:
  aravis: {camera: 192.168.125.20, sensor: {exposure_ms: 8}}
limits:
  workspace: {x_mm: [200, 520], y_mm: [-300, 300], height_mm: [0, 450]}
  joints_deg: [[-90, 90], [-90, 90], [-90, 60], [-150, 150], [-110, 110], [-300, 300]]
  speed_percent: 50
home: {x_mm: 302, y_mm: 0, z_mm: 380, theta_deg: 0}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the cell above with some of its text replaced."""

    def make(*changes: tuple[str, str]) -> Path:
        text = CELL
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return path

    return make


@pytest.mark.parametrize("name", shipped_cells())
def test_every_cell_that_ships_loads_under_its_own_name(name: str) -> None:
    assert find_cell(name).cell == name


def test_units_in_keys_become_si(write: Write) -> None:
    cell = load_cell(write())
    assert cell.limits.workspace.x == pytest.approx((200 * MM, 520 * MM))
    assert cell.limits.joints is not None
    assert cell.limits.joints[0] == pytest.approx((-90 * DEG, 90 * DEG))
    assert cell.limits.speed == pytest.approx(0.5)
    assert cell.camera.aravis is not None
    assert cell.camera.aravis.sensor.exposure == pytest.approx(8e-3)
    assert not cell.is_simulated


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("speed_percent", "sped_percent"), ["mine.yaml:12:3", "'sped_percent'", "speed_percent"]),
        (("x_mm: [200, 520]", "x_m: [0.2, 0.5]"), ["mine.yaml:10:", "write 'x_mm', in mm"]),
        (("x_mm: [200, 520]", "x_mm: [520, 200]"), ["mine.yaml:10:", "smaller and a larger"]),
        (("x_mm: [200, 520]", "x_mm: [310, 520]"), ["home: outside", "302.0 mm", "310 mm"]),
        ((", z_mm: 380, theta_deg: 0}", "}"), ["'z_mm' is missing", "'theta_deg' is missing"]),
        (("aravis: {camera: 192.168.125.20, sensor: {exposure_ms: 8}}", "simulated: {}"),
         ["a simulated camera needs a simulated robot"]),
        (("  aravis:", "  folder: {folder: x}\n  aravis:"), ["exactly one", "aravis and folder"]),
        (("speed_percent: 50", "speed_percent: 150"), ["speed_percent <= 100"]),
        (("exposure_ms: 8", "exposure_ms: 0"), ["exposure_ms must be positive"]),
        (("http://192.168.125.1", "http://"), ["expected http://ADDRESS"]),
        (("sensor: {exposure_ms: 8}", "packet_bytes: 64"), ["packet_bytes is 64"]),
    ],
    ids=lambda value: value[1][:30] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_mistake_is_shown_with_its_place(
    write: Write, change: tuple[str, str], words: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_cell(write(change))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("key", ["password", "Password", "api_key", "token"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(write: Write, key: str) -> None:
    path = write(("    url:", f"    {key}: hunter2\n    url:"))
    with pytest.raises(ConfigurationError) as caught:
        load_cell(path)
    assert "mine.yaml:4:5" in str(caught.value)
    assert "keyring set pregrasp" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_unknown_cell_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match="irb120_flir"):
        find_cell("irb120_flair")
