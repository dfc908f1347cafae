"""Weeks beside a line, in minutes: faults of every kind, and what must hold all the same."""
