"""Uploads WARC files to where NEWSCRAWL_WARC_DIR points, if that is a URL: object stores cannot append to a file."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scrapy.settings import BaseSettings

from newscrawl import remote_files
from newscrawl.archives.capture import MARKER, CaptureFolder
from newscrawl.atomic_files import lock_file
from newscrawl.errors import ArchiveError
from newscrawl.remote_files import hide_credentials

logger = logging.getLogger(__name__)

_MARKED = b"newscrawl stores captures here: WARC files, in a folder for each month.\n"


def find_capture_folder(settings: BaseSettings) -> CaptureFolder:
    """Return the folder of our own captures. Raises ArgumentError for a URL that cannot be opened here."""
    return CaptureFolder.read(str(settings["NEWSCRAWL_WARC_DIR"] or ""), str(settings["NEWSCRAWL_WARC_SPOOL"]))


class CaptureUploader:
    """Uploads the finished files of a spool folder, in a thread of its own, and deletes each once it is stored.

    What killed runs left there is uploaded, too. A file that another run writes is locked, and left to it.
    """

    def __init__(self, folder: CaptureFolder) -> None:
        """Raises ArchiveError where the folder cannot be reached or written."""
        self._folder = folder
        self._trouble = ""
        marker = remote_files.join(folder.name, MARKER)
        try:
            if not remote_files.is_file(marker):
                remote_files.put_bytes(_MARKED, marker)
        except OSError as error:
            detail = f"captures cannot be stored here: {error.strerror}; nothing was fetched"
            raise ArchiveError(hide_credentials(folder.name), None, detail) from error
        self._thread = ThreadPoolExecutor(1, "newscrawl-uploads")
        self._thread.submit(self._upload_all)

    def upload(self, file: Path) -> None:
        """Upload a finished file soon."""
        self._thread.submit(self._upload_or_warn, file)

    def close(self) -> list[str]:
        """Upload what is left, and wait for it. Return the names of the files that could not be uploaded."""
        self._thread.submit(self._upload_all)
        self._thread.shutdown()
        left = [file.name for file in self._list_files() if not _is_in_use(file)]
        if left and self._trouble:
            where = hide_credentials(self._folder.name)
            logger.warning("captures: %s: %s; the next run uploads %s", where, self._trouble, self._folder.spool)
        return left

    def _list_files(self) -> list[Path]:
        return [file for file in sorted(self._folder.spool.rglob("*.warc.gz")) if file.stat().st_size]

    def _upload_all(self) -> None:
        for file in self._list_files():
            if not self._upload_or_warn(file):
                break

    def _upload_or_warn(self, file: Path) -> bool:
        try:
            self._upload(file)
        except OSError as error:
            self._trouble = error.strerror or str(error)
            logger.info("captures: %s cannot be uploaded: %s", file, self._trouble)
            return False
        return True

    def _upload(self, file: Path) -> None:
        with file.open("rb") as opened:
            if lock_file(opened):
                name = file.relative_to(self._folder.spool).as_posix()
                remote_files.put_file(file, remote_files.join(self._folder.name, name))
                file.unlink()


def _is_in_use(file: Path) -> bool:
    with file.open("rb") as opened:
        return not lock_file(opened)
