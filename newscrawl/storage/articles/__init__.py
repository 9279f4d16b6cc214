"""Writing, merging and reading articles."""
