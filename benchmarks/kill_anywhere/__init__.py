"""``kill -9`` of every command that writes, at random moments, again and again."""
