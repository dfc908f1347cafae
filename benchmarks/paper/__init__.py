"""The paper's experiments, each one command: ``python -m benchmarks.paper.figure6 --help``."""
