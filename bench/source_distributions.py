"""Source distributions of other tools, whose test files are measured against: pinned, fetched once, checked."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path


def fetch_source(name: str, sha256: str) -> Path:
    """Return the archive of a source distribution ("feedparser-6.0.12"); fetch it from PyPI if it is not in the cache.

    Raises OSError with the reason if it cannot be had, or is another one.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "newscrawl"
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name}.tar.gz"
    if not archive.exists():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary=:all:", "-d", str(folder)]
        ran = subprocess.run([*command, name.replace("-", "==")], capture_output=True, text=True, check=False)
        if ran.returncode or not archive.exists():
            raise OSError(f"the source distribution of {name} cannot be fetched: {ran.stderr.strip()[-300:]}")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
        raise OSError(f"{archive} is not the pinned source distribution: delete it")
    return archive
