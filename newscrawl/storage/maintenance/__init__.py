"""Checks and repairs, backups, and databases made of some of the articles."""
