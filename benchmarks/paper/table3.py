"""Table III and Figure 9: starts from which most of the part is outside the picture.

    python -m benchmarks.paper.table3 --episodes 300

The paper: four sequences, all within three adjustments. Here a quarter to a half of the part
is in the first picture, on a table that was never seen; the paper's table is the one it was
trained on, which a network can find its way by.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.paper.experiment import options
from benchmarks.paper.states import run


def main() -> None:
    """Run episodes that begin with a partial view."""
    parser = options(__doc__)
    parser.add_argument("--model", type=Path, help="model folder; by default the task's own")
    run(parser.parse_args(), "table3", ("partial_view",), {"sequences": 4, "moves_most": 3})


if __name__ == "__main__":
    main()
