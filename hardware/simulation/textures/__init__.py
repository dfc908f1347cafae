"""Seeded makers of part surfaces, and surfaces from photographs."""
