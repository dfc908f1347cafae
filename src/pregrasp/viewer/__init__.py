"""Watching runs: a web page that is served to this machine only, and a view for terminals."""
