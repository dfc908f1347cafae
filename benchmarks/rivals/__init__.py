"""Every estimator on the same pictures: ``python -m benchmarks.rivals --help``."""
