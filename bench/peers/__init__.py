"""Other crawlers, each run by a script of its own in a venv of its own."""
