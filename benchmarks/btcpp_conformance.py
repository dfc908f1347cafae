"""Random trees, ticked by us and by BehaviorTree.CPP: how many behave differently?

    python benchmarks/btcpp_conformance.py --trees 5000

Counts the trees whose traces differ (0 is wanted), and those that differ when one node is
mapped wrongly on purpose, which shows that the comparison can fail.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import sys
from pathlib import Path
from typing import Any

ORACLE = Path(__file__).parents[1] / "tests" / "trees" / "oracle.py"


def load_oracle() -> Any:
    """The comparison that the tests use too."""
    spec = importlib.util.spec_from_file_location("oracle", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["oracle"] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trees", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0, help="of the first tree")
    arguments = parser.parse_args()
    oracle = load_oracle()
    differing = noticed = events = halts = leaves = 0
    for tree in itertools.islice(oracle.comparable_trees(arguments.seed), arguments.trees):
        ours = oracle.our_trace(tree)
        differing += ours != oracle.their_trace(tree)
        noticed += ours != oracle.their_trace(tree, oracle.WRONG)
        events += sum(line[0] != "=" for line in ours)
        halts += sum(line.endswith("halted") for line in ours)
        leaves += sum(1 for _ in tree.leaves())
    print(f"{arguments.trees} trees, {leaves / arguments.trees:.1f} leaves on average")
    print(f"{events} events of leaves, {halts} of them halts")
    print(f"{differing} trees differ; {noticed} differ with one node mapped wrongly on purpose")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
