"""Coverage-guided fuzzing of everything that reads text: trees, rules of stand-ins, cases, XML.

libFuzzer changes files of the library and of the tests' faulty ones, keeps what reaches new
code, and goes on from there. Half of the changes are its own, of bytes; the others keep more
of the text in order: pieces cut, doubled or replaced by words, and whole lines moved.

The property is that of ``fuzz_trees.py``: an answer, or findings, never anything else. Beyond
that, a tree that was imported from XML must be YAML that the loader answers, and what was
exported must be importable again.

    python benchmarks/fuzz_trees_atheris.py --inputs 100000 --seed 1

prints libFuzzer's own lines: ``cov`` counts the branches reached so far. An input that breaks
the property is kept as ``fuzz_failure-crash-...``; to see why, give that file alone:

    python benchmarks/fuzz_trees_atheris.py --input fuzz_failure-crash-...
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import resource
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

SELF = Path(__file__)
FAULTY = SELF.parents[1] / "tests" / "trees" / "faulty"

SECONDS = 20
"""An input that takes longer is a failure."""

MEGABYTES = 400
"""More memory is a failure; of this, instrumented code and the corpus take about 150."""


def load_fuzz() -> ModuleType:
    """``fuzz_trees.py`` beside this file, whose words and property are used here too."""
    spec = importlib.util.spec_from_file_location("fuzz_trees", SELF.with_name("fuzz_trees.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Reader:
    """Gives a text to the reader it was written for.

    Args:
        fuzz: The module of `load_fuzz`.
        folder: A folder to write in.
    """

    def __init__(self, fuzz: ModuleType, folder: Path) -> None:
        # Imported here, after the instrumentation has been switched on.
        from pregrasp.documents import ConfigurationError
        from pregrasp.trees import load_tree
        from pregrasp.trees.exchange import export_btcpp, import_btcpp
        from pregrasp.trees.testing import StandIns, read_cases

        self.refusal = ConfigurationError
        self.load, self.export, self.import_ = load_tree, export_btcpp, import_btcpp
        self.stand_ins, self.read_cases = StandIns, read_cases
        self.fuzz = fuzz
        self.folder = folder
        self.grasp = load_tree("grasp_with_recovery")

    def __call__(self, data: bytes) -> None:
        """Anything but an answer or findings is raised."""
        text = data.decode("utf-8", errors="replace")
        begin = text.lstrip()[:20]
        try:
            if begin.startswith("<"):
                for tree in self.import_(text, "fuzz.xml").values():
                    self.fuzz.answer(tree)
            elif begin.startswith("stand_ins"):
                self.stand_ins.parse(text).apply(self.grasp)
            elif begin.startswith("tests:"):
                (self.folder / "fuzz.cases.yaml").write_text(text, encoding="utf-8")
                self.read_cases(self.folder / "fuzz.cases.yaml")
            elif self.fuzz.answer(text):
                self.round_trip(text)
        except self.refusal as error:
            if not error.findings or not str(error):
                raise ValueError("refused without a reason") from error

    def round_trip(self, text: str) -> None:
        """A tree that can be exported comes back."""
        path = self.folder / "fuzz.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            xml = self.export(path)
        except self.refusal:
            return  # something that the other language does not have
        for name, tree in self.import_(xml, "fuzz.xml").items():
            (self.folder / f"{name}.yaml").write_text(tree, encoding="utf-8")
        self.load(path)


def seeds(fuzz: ModuleType, reader: Reader) -> list[str]:
    """What libFuzzer begins with: files that are right, and files that are nearly right."""
    texts = [*fuzz.LIBRARY, *(path.read_text("utf-8") for path in sorted(FAULTY.glob("*.yaml")))]
    shipped = fuzz.library_folder()
    texts += [path.read_text("utf-8") for path in sorted(shipped.glob("cases/*.yaml"))]
    texts += [reader.export(path) for path in sorted(shipped.glob("*.yaml"))]
    texts.append(
        "stand_ins:\n  '**/move_to': succeed after 2 ticks\n  verify_grasp: [fail because x, hang]"
        "\n  estimate: {motion: {x_mm: 5, y_mm: 0, theta_deg: 1}, confidence: 1, trusted: true}\n"
        "  close_gripper: {randomly: {succeed: 80, fail: 20}}\n"
    )
    return texts


def dictionary(words: list[str]) -> str:
    """The language's words, as libFuzzer reads them."""

    def escaped(byte: int) -> str:
        plain = 32 <= byte < 127 and chr(byte) not in '"\\'
        return chr(byte) if plain else f"\\x{byte:02x}"

    return "".join(f'"{"".join(map(escaped, word.encode()))}"\n' for word in sorted(set(words)))


def moved(rng: random.Random, text: str) -> str:
    """A text with a few of its lines moved or copied elsewhere, and set further in or out."""
    lines = text.splitlines() or [""]
    first = rng.randrange(len(lines))
    last = min(len(lines), first + rng.randrange(1, 6))
    step = rng.choice([-2, 0, 0, 2])
    block = [line[-step:] if step < 0 else " " * step + line for line in lines[first:last]]
    if rng.random() < 0.5:
        del lines[first:last]
    place = rng.randrange(len(lines) + 1)
    return "\n".join([*lines[:place], *block, *lines[place:], ""])


def main() -> None:
    """Fuzz, or try one input."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--largest", type=int, default=4096, help="size of an input [bytes]")
    parser.add_argument("--input", type=Path, help="try this one alone")
    options = parser.parse_args()
    if options.input:
        with tempfile.TemporaryDirectory() as folder:
            Reader(load_fuzz(), Path(folder))(options.input.read_bytes())
        print("answered")
        return
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris (it knows Python up to 3.13)")
    instrumented: Any = atheris
    with instrumented.instrument_imports(include=["pregrasp"]):
        fuzz = load_fuzz()
        import pregrasp.trees.exchange
        import pregrasp.trees.testing  # noqa: F401
    # The peak so far counts as used, and it is that of whoever started this program, too.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with tempfile.TemporaryDirectory() as folder:
        corpus, scratch = Path(folder, "corpus"), Path(folder, "scratch")
        corpus.mkdir()
        scratch.mkdir()
        reader = Reader(fuzz, scratch)
        for count, text in enumerate(seeds(fuzz, reader)):
            (corpus / f"{count:03}").write_text(text, encoding="utf-8")
        words = Path(folder, "words")
        words.write_text(dictionary(fuzz.WORDS), encoding="utf-8")
        arguments = [
            str(SELF),
            f"-runs={options.inputs}",
            f"-seed={options.seed}",
            f"-max_len={options.largest}",
            f"-timeout={SECONDS}",
            f"-rss_limit_mb={peak + MEGABYTES}",
            f"-dict={words}",
            "-artifact_prefix=fuzz_failure-",
            "-print_final_stats=1",
            str(corpus),
        ]

        def mutator(data: bytes, largest: int, seed: int) -> bytes:
            rng = random.Random(seed)  # noqa: S311 (not for secrets)
            if rng.random() < 0.5:
                return bytes(instrumented.Mutate(data, largest))
            change = moved if rng.random() < 0.3 else fuzz.changed
            return change(rng, data.decode("utf-8", errors="replace")).encode()[:largest]

        instrumented.Setup(arguments, reader, custom_mutator=mutator)
        instrumented.Fuzz()


if __name__ == "__main__":
    main()
