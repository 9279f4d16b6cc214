"""The sample edition and real articles in one database, or not."""

from __future__ import annotations

import pytest

from newscrawl import sample
from newscrawl.errors import ArgumentError
from newscrawl.operations.archive import check_sample, open_archive
from newscrawl.storage import Store
from tests.storage.captures import capture, result


def fill(publisher: str, source: str) -> Store:
    store = open_archive("sqlite://")
    run_id = store.start_run("bloomberg", {}, source=source)
    store.record([result(capture(publisher=publisher))], run_id=run_id)
    return store


def test_a_real_run_is_not_mixed_with_the_sample_edition() -> None:
    with fill(sample.PUBLISHER, sample.SOURCE) as store:
        check_sample(store, is_sample=True, mixes=False)
        check_sample(store, is_sample=False, mixes=True)
        with pytest.raises(ArgumentError, match=r"has the sample edition.*NEWSCRAWL_MIX_SAMPLE=1.*db delete"):
            check_sample(store, is_sample=False, mixes=False)
        list(store.delete_articles([1]))
        check_sample(store, is_sample=False, mixes=False)


@pytest.mark.parametrize("publisher", ["Bloomberg", "Tern Post"])
def test_the_sample_edition_is_not_mixed_with_real_articles(publisher: str) -> None:
    with fill(publisher, "live") as store:
        check_sample(store, is_sample=False, mixes=False)
        check_sample(store, is_sample=True, mixes=True)
        with pytest.raises(ArgumentError, match=r"has real articles: use another one \(NEWSCRAWL_DATABASE_URL\)"):
            check_sample(store, is_sample=True, mixes=False)


def test_an_empty_database_takes_either() -> None:
    with open_archive("sqlite://") as store:
        for is_sample in (True, False):
            check_sample(store, is_sample=is_sample, mixes=False)
