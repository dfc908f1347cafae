"""Every command and every program on a page works as shown.

YAML blocks are loaded by tests/trees/test_documentation.py; the pages of TYPED are typed as
they stand, from their first block to their last.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from pregrasp.cli.application import application
from pregrasp.skills import SKILLS

ROOT = Path(__file__).parents[2]

OTHERS = frozenset({
    ".", "apt-get", "break", "cd", "curl", "done", "export", "for", "git", "keyring", "rm",
    "systemctl", "tee",
})  # fmt: skip
"""Commands that are not ours and that a newcomer has, or that a page says how to get."""

TYPED = ("docs/tutorial/3-read-and-change-a-tree.md",)
"""Pages whose commands are cheap: typed one after the other in an empty folder."""

RUN = (
    "docs/tutorial/4-your-own-skill.md",
    "docs/tutorial/5-your-own-driver.md",
    "CONTRIBUTING.md",
)
"""Pages whose programs run without a simulation, each in one piece."""

SIMULATED = ("docs/tutorial/6-a-line-program.md", "docs/how-to/many-parts.md", "README.md")
"""Pages whose programs open a simulated cell."""

ENTRY = typer.main.get_command(application)


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a block in words: without prompts, comments, output and assignments."""
    console = text.lstrip().startswith("$ ")
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if console and not line.startswith("$ "):
            continue
        text = re.sub(r"(^|\s)#.*", "", line.removeprefix("$ "))
        for part in re.split(r"\|\||&&|[|;]", text):
            words = shlex.split(part)
            while words and (re.match(r"\w+=", words[0]) or words[0] in {"do", "sudo", "nice"}):
                words = words[1:]
            if words:
                yield words


def check_pregrasp(words: list[str]) -> None:
    """Have a command's words parsed, up to the point where it would begin to work."""
    command: Any = ENTRY
    arguments = words[1:]
    path = ["pregrasp"]
    while arguments and arguments[0] in getattr(command, "commands", {}):
        path.append(arguments.pop(0))
        command = command.commands[path[-1]]
    if not path[1:]:
        assert arguments == [] or arguments[0].startswith("-"), f"no such command: {words}"
        return
    assert not (arguments and getattr(command, "commands", {}) and arguments[0][0] != "-"), words
    with contextlib.suppress(typer.Exit, SystemExit):
        command.make_context(" ".join(path), arguments)


def check(words: list[str]) -> None:
    """Whether a command can be typed: it is there, and its options are."""
    name = words[0]
    if name == "pregrasp":
        check_pregrasp(words)
    elif name == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in words[1:]), words
    elif name == "pip":
        for extra in re.findall(r"pregrasp\[([\w,-]+)\]", " ".join(words)):
            known = project()["project"]["optional-dependencies"]
            assert set(extra.split(",")) <= set(known), words
    elif name in {"python", "pytest", "bash", "ruff", "mypy", "lint-imports"} or "/" in name:
        files = [word for word in words if re.fullmatch(r"[\w./-]+/[\w.-]+(\.\w+)?", word)]
        missing = [file for file in files if not (ROOT / file.partition("::")[0]).exists()]
        assert missing == [], words
    else:
        assert name in OTHERS, f"{name}: what is this command? ({words})"


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_commands_shown_can_be_typed(shell_block: Any) -> None:
    for words in commands(shell_block.text):
        check(words)


def test_commands_in_sentences_exist(blocks_of: dict[str, list[Any]]) -> None:
    for page in blocks_of:
        text = (ROOT / page).read_text(encoding="utf-8")
        for found in re.findall(r"`pregrasp ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?", text):
            group = ENTRY.commands.get(found[0])  # type: ignore[attr-defined]
            assert group is not None, f"{page}: pregrasp {found[0]}"
            if found[1] and getattr(group, "commands", {}) and not group.params:
                assert found[1] in group.commands, f"{page}: pregrasp {' '.join(found)}"


def test_a_wrong_option_is_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        check(["pregrasp", "grasp", "circuit_board", "--sed", "3"])
    with pytest.raises(AssertionError, match="no such command"):
        check(["pregrasp", "grap"])


def test_programs_shown_are_python_and_find_their_imports(python_block: Any) -> None:
    """Names are imported as the page says; what pages build upon comes from other blocks."""
    code = compile(python_block.text, str(python_block), "exec", dont_inherit=True)
    lines = re.findall(
        r"^(?:from [\w.]+ import (?:\([^)]*\)|[^\n(]+)|import [^\n]+)",
        python_block.text,
        re.MULTILINE,
    )
    if python_block.page not in {*RUN, *SIMULATED}:
        exec("\n".join(lines), {})  # noqa: S102 (our own text)
    assert code


@pytest.fixture
def shown_skills_forgotten() -> Iterator[None]:
    before = set(SKILLS)
    yield
    for name in set(SKILLS) - before:
        SKILLS.unregister(name)


@pytest.mark.usefixtures("shown_skills_forgotten")
@pytest.mark.parametrize("page", RUN)
def test_programs_run_as_shown(
    page: str, blocks_of: dict[str, list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {"__name__": "shown"}
    promised = []
    for block in (block for block in blocks_of[page] if block.language == "python"):
        exec(compile(block.text, str(block), "exec", dont_inherit=True), names)  # noqa: S102
        promised += re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    for test in tests:
        test()
    assert capsys.readouterr().out.splitlines() == promised
    assert promised or tests, f"{page} has programs, but nothing that shows that they work"


@pytest.mark.slow
@pytest.mark.parametrize("page", SIMULATED)
def test_programs_with_a_simulated_cell_run_as_shown(
    page: str, blocks_of: dict[str, list[Any]], tmp_path: Path
) -> None:
    for number, block in enumerate(b for b in blocks_of[page] if b.language == "python"):
        path = tmp_path / f"shown_{number}.py"
        path.write_text(block.text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, path], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        assert "grasped" in done.stdout or " mm off" in done.stdout, f"{block}\n{done.stdout}"


@pytest.mark.slow
@pytest.mark.parametrize("page", TYPED)
def test_pages_can_be_typed_from_top_to_bottom(
    page: str, blocks_of: dict[str, list[Any]], tmp_path: Path
) -> None:
    program = f"{shlex.quote(sys.executable)} -c 'from pregrasp.cli import main; main()'"
    for block in blocks_of[page]:
        named = re.match(r"# ([\w./-]+\.\w+)\n", block.text)
        if named:
            path = tmp_path / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        if block.language != "sh":
            continue
        text = block.text.replace("pregrasp ", f"{program} ")
        bash = shutil.which("bash") or "/bin/bash"
        done = subprocess.run(
            [bash, "-eu", "-c", text],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
