"""Skills for polishing."""
