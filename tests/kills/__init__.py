"""Crawls that are broken off at any moment, and what they leave behind: `python -m tests.kills.harness`."""
