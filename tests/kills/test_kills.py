"""The harness's short form, the full disk, and extraction processes whose crawl is killed."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from newscrawl.article import Link
from newscrawl.crawl.extraction_worker import encode_frame
from newscrawl.operations.archive import open_archive
from newscrawl.storage.engine import parse_url
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher
from tests.crawls.misbehaving import page
from tests.kills import breaks
from tests.kills.audit import audit
from tests.kills.breaks import Break, Moment
from tests.kills.edition import print_edition
from tests.kills.harness import Report, Trial
from tests.kills.places import small_disk

_SEED = 20240305


def broken(crawl: Crawler, articles: int, kills: list[tuple[Moment, Break]], log: Path) -> Report:
    """What came of an edition's crawls, of which so many were broken off."""
    report, chance = Report(), random.Random(_SEED)
    edition = print_edition(articles, chance)
    edition.publish(crawl.site, 0.01)
    Trial(crawl, edition, report, chance, log).complete(iter(kills))
    assert report.broken.total() >= max(1, len(kills) - 2)  # one may come when all is done
    return report


def at(when: str, requests: int = 0, seconds: float = 0.0) -> Moment:
    return Moment(when=when, requests=requests, seconds=seconds)


@pytest.mark.long
def test_killed_at_any_moment_an_archive_has_every_article_once(url: str, tmp_path: Path, site: Publisher) -> None:
    moments = [
        *(at("at work", 30, 0.1), at("starting", seconds=0.9), at("closing", seconds=0.05)),
        *(at("at work", 1), at("starting", seconds=0.5), at("at work", 12, 0.3)),
    ]
    kills = [(moment, breaks.sigkill()) for moment in islice(moments, 6 if url.startswith("sqlite") else 3)]
    report = broken(Crawler(tmp_path, site, url=url), 120, kills, tmp_path / "run.log")
    assert report.is_clean, "\n".join(report.lines())


@pytest.mark.long
@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_a_server_that_hangs_up_ends_the_run_and_loses_nothing(url: str, tmp_path: Path, site: Publisher) -> None:
    kills = [(at("at work", 20), breaks.database_gone(url))]
    report = broken(Crawler(tmp_path, site, url=url), 60, kills, tmp_path / "run.log")
    assert report.is_clean, "\n".join(report.lines())


def test_a_full_disk_ends_the_run_and_loses_nothing(tmp_path: Path, site: Publisher) -> None:
    try:
        with small_disk(tmp_path) as disk:
            kills = [(at("at work", 20), breaks.disk_full(disk))]
            report = broken(Crawler(disk, site), 60, kills, tmp_path / "run.log")
    except PermissionError as error:
        pytest.skip(str(error))
    assert report.codes == {6: 1}
    assert report.is_clean, "\n".join(report.lines())


@pytest.mark.parametrize("sent", [b"", b"\0", encode_frame(page("fine"))[:-5]])
def test_an_extraction_process_without_its_crawl_ends_silently(sent: bytes) -> None:
    ours, theirs = socket.socketpair()
    arguments = f"{theirs.fileno()}, 'tests.crawls.misbehaving:extract', 1"
    code = f"from newscrawl.crawl.extraction_worker import run_worker; run_worker({arguments})"
    with theirs, ours:
        process = subprocess.Popen([sys.executable, "-c", code], pass_fds=[theirs.fileno()], stderr=subprocess.PIPE)
        ours.sendall(sent)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize("url", ["mariadb"], indirect=True)
def test_killed_while_the_tables_are_made_the_next_run_makes_them(url: str, tmp_path: Path, site: Publisher) -> None:
    edition = print_edition(5, random.Random(_SEED))
    edition.publish(site, 0)
    crawl = Crawler(tmp_path, site, url=url)
    making = crawl.start()
    engine = create_engine(parse_url(url))
    while making.poll() is None and not inspect(engine).get_table_names():
        time.sleep(0.01)
    making.kill()
    making.communicate()
    engine.dispose()
    run = crawl.without_store()
    assert (run.returncode, run.stderr) == (0, "")
    assert not any(audit(url, edition, tmp_path / "warc").values())


def test_a_page_with_the_url_of_a_video_is_not_fetched_after_a_kill(tmp_path: Path, site: Publisher) -> None:
    edition = print_edition(5, random.Random(_SEED))
    edition.publish(site, 0)
    crawl = Crawler(tmp_path, site)
    [video] = edition.videos
    with open_archive(crawl.url) as store:
        killed = store.start_run("loopback", {}, alone=False)
        store.discover(
            [Link(url=site.base + video, source="feed", headline="A Film")], run_id=killed, spider="loopback"
        )
    run = crawl()
    assert (run.code, run.ledger[video], video in site.paths) == (0, ("refused", "video"), False)
