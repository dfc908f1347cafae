"""pregrasp."""
