"""The archive files in other tools' source distributions: what FastWARC and warcio read is read (bench.warc_corpus)."""

import pytest

from bench.warc_corpus import EXPECTED, compare, fetch_files


@pytest.mark.long
def test_what_fastwarc_and_warcio_read_is_read() -> None:
    try:
        files = list(fetch_files())
    except OSError as error:
        pytest.skip(f"the archive files of other tools need the package index: {error}")
    compared = [compare(path) for path in files]
    assert len(compared) == 24
    assert sum(one.ours.total() for one in compared) >= 207
    assert {one.name: one.missing() for one in compared if one.missing() and one.name not in EXPECTED} == {}
    # What is missing is reported, record by record.
    assert all(one.missing().total() <= len(one.broken) for one in compared)
