"""Imported by the process that crawls are forked from: they make SQLite archives without running the migrations."""

from tests import quick_archives

quick_archives.install()
