"""Files that no person would write, given to the loader of trees and to the import of XML.

For every file of up to 1 MB the loader must answer with a tree or with findings, within
seconds and 200 MB. Inputs are made three ways: text out of YAML's signs, trees out of the
language's own words, and the trees of the library with pieces cut, doubled and swapped.

    python benchmarks/fuzz_trees.py --inputs 100000 --seed 1

prints how many inputs were tried, how many of them were trees, and the slowest one. The
short run in the tests uses the same makers.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pregrasp.documents import ConfigurationError
from pregrasp.skills import SKILLS
from pregrasp.trees import parse_tree
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.exchange import import_btcpp
from pregrasp.trees.files import library_folder
from pregrasp.trees.syntax import EVERYWHERE, FILE_KEYS

SIGNS = "{}[]:,-#&*!|>'\"%@`\n \t?~"
WORDS = [
    *SKILLS,
    *CONTROLS,
    *EVERYWHERE,
    *FILE_KEYS,
    *(arm.name for control in CONTROLS.values() for arm in control.arms),
    *(port.key for control in CONTROLS.values() for port in control.ports.values()),
    *(port.key for skill in SKILLS.values() for port in skill.ports.values()),
    *("subtree", "Pose", "Task", "list[Pose]", "Pose?", "int", "float", "type", "default", "unit"),
    *('"{a}"', '"{a.b}"', '"{n} < 5"', '"{n} + 1 > {m} and not {b}"', "'{a"),
    *(
        "0",
        "-1",
        "1e309",
        ".nan",
        "0x7f",
        "1_000",
        "null",
        "true",
        "2026-01-01",
        "é",
        "\x00",
        "\ufeff",
    ),
]
LIBRARY = [path.read_text(encoding="utf-8") for path in sorted(library_folder().glob("*.yaml"))]


def noise(rng: random.Random) -> str:
    """YAML's signs and the language's words in any order."""
    parts = WORDS + list(SIGNS) * 4
    return "".join(rng.choice(parts) for _ in range(rng.randrange(60)))


def value(rng: random.Random, depth: int) -> str:
    """A value in flow style, most of the time well-formed."""
    kind = rng.randrange(8) if depth else 0
    if kind < 3:
        return rng.choice(WORDS)
    if kind < 5:
        return "[" + ", ".join(value(rng, depth - 1) for _ in range(rng.randrange(4))) + "]"
    pairs = (f"{rng.choice(WORDS)}: {value(rng, depth - 1)}" for _ in range(rng.randrange(1, 4)))
    return "{" + ", ".join(pairs) + "}"


def tree(rng: random.Random) -> str:
    """A file with the right keys and anything below them."""
    lines = ["tree: t"]
    lines += [f"{key}: {value(rng, 3)}" for key in FILE_KEYS if rng.random() < 0.3]
    return "\n".join([*lines, f"root: {node(rng, 4)}", ""])


def node(rng: random.Random, depth: int) -> str:
    """A node whose arguments are often right."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(list(SKILLS))
    name = rng.choice([*CONTROLS, *SKILLS])
    definition = CONTROLS.get(name) or SKILLS[name]
    parts = [f"{port.key}: {value(rng, 1)}" for port in definition.ports.values()]
    for arm in getattr(CONTROLS.get(name), "arms", ()):
        below = [node(rng, depth - 1) for _ in range(rng.randrange(1, 4))]
        text = below[0]
        if arm.many:
            text = "[" + ", ".join(below) + "]"
        elif arm.keyed:
            text = "{" + ", ".join(f"{i}: {n}" for i, n in enumerate(below)) + "}"
        parts.append(f"{arm.name}: {text}")
    if rng.random() < 0.3:
        parts.append(f"{rng.choice(EVERYWHERE)}: {value(rng, 1)}")
    rng.shuffle(parts)
    return "{" + f"{name}: " + "{" + ", ".join(parts) + "}}"


def mutant(rng: random.Random) -> str:
    """A tree of the library with a few pieces cut, doubled or replaced."""
    return changed(rng, rng.choice(LIBRARY))


def changed(rng: random.Random, text: str) -> str:
    """A text with a few pieces cut, doubled, or replaced by the language's words."""
    for _ in range(rng.randrange(1, 5)):
        a, b = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        b = min(b, a + rng.randrange(1, 40))
        piece = rng.choice(["", text[a:b] * 2, rng.choice(WORDS), rng.choice(SIGNS)])
        text = text[:a] + piece + text[b:]
    return text


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "noise": noise,
    "tree": tree,
    "mutant": mutant,
}
"""Ways of making an input."""


def bombs(size: int = 1_000_000) -> Iterator[tuple[str, str]]:
    """Files of about a size that are made to take time or memory.

    Args:
        size: Length of each [characters].
    """
    head = "tree: t\nroot:\n"
    yield (
        "laughs",
        "a: &a [l]\n"
        + "".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    )
    yield "merge keys", "a: &a {x: 1}\nb:\n  <<: *a\n"
    yield "brackets", head + "  " + "[" * size
    yield "10,000 nested nodes", head + "  " + "{invert: " * 10_000 + "x" + "}" * 10_000
    yield "10,000 nested lists", head + "  " + "[" * 10_000 + "]" * 10_000
    yield "indentation", "".join(f"{' ' * i}- \n" for i in range(1_400))
    yield "nodes", head + "  - open_gripper\n" * (size // 17)
    yield "unknown nodes", head + "".join(f"  - opn{i}\n" for i in range(size // 12))
    yield "unknown keys", "tree: t\n" + "".join(f"k{i}: 1\n" for i in range(size // 12))
    yield (
        "unknown ports",
        head + "  move_to:\n" + "".join(f"    p{i}: 1\n" for i in range(size // 14)),
    )
    yield (
        "inputs",
        "tree: t\ninputs:\n"
        + "".join(f"  i{i}: Pse\n" for i in range(size // 14))
        + "root: open_gripper\n",
    )
    yield (
        "keys written",
        head + "".join(f"  - set: {{key: k{i}, to: {i}}}\n" for i in range(size // 33)),
    )
    yield (
        "references",
        "tree: t\ninputs:\n"
        + "".join(f"  input_{i}: int\n" for i in range(size // 60))
        + "root:\n"
        + "".join(f'  - check: "{{inptu_{i}}} > 1"\n' for i in range(size // 60)),
    )
    yield "one long key", f"tree: t\nroot:\n  {'a' * size}: 1\n"
    yield "one long name", head + f"  open_gripper: {{name: {'a' * size}}}\n"
    yield "one long line", head + "  [" + "opn, " * (size // 5) + "]"
    yield "a long formula", head + f'  check: "{"(" * size}"\n'
    yield (
        "a long type",
        f"tree: t\ninputs: {{a: {'list[' * 1000}{'?' * 1000}}}\nroot: open_gripper\n",
    )
    yield (
        "cases",
        "tree: t\ninputs: {n: int}\nroot:\n  switch:\n    value: '{n}'\n    cases:\n"
        + ("".join(f"      {i}: open_gripper\n" for i in range(size // 24))),
    )
    yield "zeros", "\x00" * size
    yield "a long number", head + f"  delay: {{duration_s: {'9' * size}}}\n"
    begin, end = '<root BTCPP_format="4"><BehaviorTree ID="t">', "</BehaviorTree></root>"
    yield "XML: laughs", '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><root>&b;</root>'
    yield "XML: lines", begin + "\n" * size + end
    yield "XML: 10,000 nested nodes", begin + "<Inverter>" * 10_000
    attributes = " ".join(f'a{i}="1"' for i in range(size // 10))
    yield "XML: attributes", f"{begin}<Sequence {attributes}/>{end}"
    for name, tag in (("nodes", "<open_gripper/>"), ("unknown nodes", "<Foo/>")):
        nodes = tag * (size // len(tag))
        yield f"XML: {name}", f"{begin}<Sequence>{nodes}</Sequence>{end}"
    trees = (f'<BehaviorTree ID="t{i}"><open_gripper/></BehaviorTree>' for i in range(size // 50))
    yield "XML: trees", f'<root BTCPP_format="4">{"".join(trees)}</root>'


def answer(text: str) -> bool:
    """Whether a text is taken for a tree, or for XML with trees; all but findings is raised."""
    try:
        if text.lstrip().startswith("<"):
            import_btcpp(text, "fuzz.xml")
        else:
            parse_tree(text)
    except ConfigurationError as error:
        if not error.findings or not str(error):
            raise ValueError("the loader refused without a reason") from error
        return False
    return True


def peak_memory() -> float:
    """The most memory that this program ever held [MB].

    Not ``ru_maxrss``: that includes what the process held before it became this program.
    """
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Try many inputs and say how it went."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bombs", action="store_true", help="try those alone, and time each")
    parser.add_argument("--bomb", help="try this one alone")
    options = parser.parse_args()
    if options.bombs or options.bomb:
        for name, text in bombs():
            if options.bombs or name == options.bomb:
                began = time.perf_counter()
                answer(text)
                took = time.perf_counter() - began
                print(f"{took:.3f} s, {peak_memory():.0f} MB at most so far: {name}", flush=True)
        return
    rng = random.Random(options.seed)  # noqa: S311 (not for secrets)
    makers = list(MAKERS.values())
    trees, slowest = 0, (0.0, "")
    for count in range(options.inputs):
        text = makers[count % len(makers)](rng)
        began = time.perf_counter()
        try:
            trees += answer(text)
        except BaseException:
            Path("fuzz_failure.yaml").write_text(text, encoding="utf-8")
            print(f"input {count} failed; see fuzz_failure.yaml", file=sys.stderr)
            raise
        slowest = max(slowest, (time.perf_counter() - began, text))
    print(f"{options.inputs} inputs, {trees} of them trees, none unexplained")
    print(f"slowest {1000 * slowest[0]:.0f} ms, memory at most {peak_memory():.0f} MB")


if __name__ == "__main__":
    main()
