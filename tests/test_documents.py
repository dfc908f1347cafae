"""YAML with positions: every fault points at its text, and no file can do harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregrasp.documents import ConfigurationError, Document, did_you_mean


def test_values_know_their_line_and_column() -> None:
    document = Document("a: 1\nb:\n  c: [x, yy]\n", "f.yaml")
    second = document.root.value["b"].value["c"].value[1]
    assert str(second.position) == "f.yaml:3:10"
    assert document.root.plain() == {"a": 1, "b": {"c": ["x", "yy"]}}


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("a: [1, 2", "yaml", (1, 9)),
        ("a: &x 1\nb: *x\n", "alias", (1, 4)),
        ("a: 1\na: 2\n", "key", (2, 1)),
        ("{a: 1}: 2\n", "key", (1, 1)),
        ("a: !!python/object:os.system x\n", "yaml", (1, 4)),
        ("[" * 200, "depth", (1, 101)),
    ],
)
def test_a_fault_is_reported_at_its_place(text: str, rule: str, place: tuple[int, int]) -> None:
    (finding,) = Document(text, "f.yaml").findings[:1]
    assert finding.rule == rule
    assert (finding.position.line, finding.position.column) == place


def test_a_finding_shows_the_line_with_a_caret_under_the_fault() -> None:
    document = Document("speed: fast\n", "f.yaml")
    document.report(document.root.value["speed"], "found 'fast'", remedy="Give a number.")
    with pytest.raises(ConfigurationError) as caught:
        document.raise_if_faulty()
    assert str(caught.value).splitlines() == [
        "f.yaml:1:8: error: found 'fast' [value]",
        "    speed: fast",
        "           ^",
        "    Give a number.",
    ]


def test_a_warning_alone_does_not_stop_anything() -> None:
    document = Document("a: 1\n", "f.yaml")
    document.report(document.root, "odd", severity="warning")
    document.raise_if_faulty()


def test_a_file_that_is_missing_or_not_text_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Document.read(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        Document.read(tmp_path / "binary.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * 5_000_000)
    with pytest.raises(ConfigurationError, match="larger than 4 MB"):
        Document.read(tmp_path / "huge.yaml")


@pytest.mark.parametrize("text", ["0374", "3:14", "3:14.5", "0x10", "1_000", "9" * 400])
def test_a_number_that_yaml_reads_unlike_a_person_is_refused(text: str) -> None:
    (finding,) = Document(f"x_mm: {text}\n", "f.yaml").findings
    assert "expected a" in finding.message
    assert (finding.position.line, finding.position.column) == (1, 7)
    assert len(finding.message) < 300


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a: 1\n\tb: 2\n", "spaces, not with tabs"),
        ("task: x\nnote: see: below\n", "Is a colon missing"),
        ("a: 1\n---\na: 2\n", "one document"),
        ("a: {b: 1\nc: 2\nd: 3\n", "bracket of line 1, column 4"),
        ("a:\n  b: 1\n   c: 2\n", "indentation"),
        ("a: !!str 1\n", "Leave it out"),
    ],
)
def test_a_common_slip_is_one_finding_with_its_remedy(text: str, remedy: str) -> None:
    document = Document(text, "f.yaml")
    document.report(document.root, "found nothing, expected a mapping")
    (finding,) = document.findings
    assert remedy in finding.remedy


def test_the_first_byte_that_is_not_utf8_is_shown_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("task: x\ndescription: Pl\xe4ttchen\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"latin.yaml:2:16: .*0xe4"):
        Document.read(tmp_path / "latin.yaml")


@given(st.text(max_size=200))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    Document(text, "f.yaml").root.plain()


def test_a_near_miss_is_suggested_and_otherwise_the_known_names_are_listed() -> None:
    assert did_you_mean("atempts", ["attempts", "delay_s"]) == "Did you mean 'attempts'?"
    assert did_you_mean("x", ["beta", "alpha"]) == "Known here: alpha, beta."
