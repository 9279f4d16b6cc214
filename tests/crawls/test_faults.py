"""What can go wrong around a run, each with its exit code, its row in the run ledger, and a line to act on."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import ExitCode
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, article, feed, publisher, slowly
from tests.kills.breaks import fill
from tests.kills.places import small_disk

A, B = "/news/articles/2024-03-05/tern-lines", "/news/articles/2024-03-06/oil"
QUIET = 200, HTML, b"<html><body><a href='/markets'>Markets</a></body></html>"


def serve(site: Publisher, *paths: str) -> None:
    """A healthy site with a feed of these paths."""
    site.routes |= {path: article(f"Headline of {path}") for path in paths}
    site.routes |= {"/feed.rss": feed(site.base, *paths), "/": QUIET}


def ended(process: subprocess.Popen[str], seconds: float = 30) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """The address of an HTTPS server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "localhost.pem").write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "localhost.pem")
    with publisher() as server:
        server.routes[A] = article("Nobody Vouches for This")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server.base.replace("http://127.0.0.1", "https://localhost")


def test_a_self_signed_certificate_is_rejected(crawl: Crawler, self_signed: str) -> None:
    run = crawl("-a", f"urls={self_signed}{A}")
    assert (run.code, run.err) == (3, "")
    assert run.out.startswith(f"loopback: unreachable ({self_signed.removeprefix('https://')}: ")
    host = self_signed.removeprefix("https://")
    assert f"loopback: what to do: check whether this machine can reach the site: {host} (tls invalid)" in run.out
    assert [page.state for page in run.pages] == ["discovered"]
    assert [ran.exit_code for ran in run.store.runs()] == [3]


def test_a_host_that_has_no_address(crawl: Crawler) -> None:
    run = crawl("-a", f"urls=http://harbour.invalid{A}")
    assert (run.code, run.err) == (3, "")
    assert run.out.startswith("loopback: unreachable (harbour.invalid: no such host): 0 stored")
    assert "loopback: what to do: check whether this machine can reach the site: harbour.invalid" in run.out
    assert [page.state for page in run.pages] == ["discovered"]
    assert [ran.exit_code for ran in run.store.runs()] == [3]


@pytest.mark.parametrize(
    ("front_page", "code"),
    [(f"<a href='{B}'>Oil</a>", ExitCode.PARTLY_FAILED), ("<a href='/about'>About</a>", ExitCode.NOTHING_FOUND)],
)
def test_a_feed_that_has_become_a_page(crawl: Crawler, site: Publisher, front_page: str, code: ExitCode) -> None:
    """The other lists go on; where none of them names an article, the feed's end is the end."""
    serve(site, B)
    site.routes |= {"/feed.rss": (200, HTML, b"<!DOCTYPE html><title>Feeds</title><p>Our feeds have moved.</p>")}
    site.routes |= {"/": (200, HTML, front_page.encode())}
    run = crawl()
    assert run.code == code
    assert f"{site.base}/feed.rss" in run.err
    cause = "not read, or not to the end" if code is ExitCode.PARTLY_FAILED else "not read as lists"
    assert f"loopback: what to do: {cause}: {site.base}/feed.rss (not_rss)" in run.out
    assert [ran.exit_code for ran in run.store.runs()] == [code]


def test_another_process_holds_the_database_from_the_start(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    serve(site, A)
    open_archive(crawl.url).close()
    with closing(sqlite3.connect(tmp_path / "news.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        code, out, err = ended(_impatient(crawl).start(spider="impatient"))
    assert (code, out, err.count("\n")) == (6, "", 1)
    assert "kept it locked for" in err
    assert site.requests == []


def test_another_process_takes_the_database_in_mid_run(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    serve(site, A, B)
    with closing(sqlite3.connect(tmp_path / "news.db", isolation_level=None, check_same_thread=False)) as holder:

        def held() -> tuple[int, dict[str, str], bytes]:
            holder.execute("BEGIN IMMEDIATE")
            return article("It Cannot Be Stored Now")

        site.routes[B] = held
        code, out, err = ended(_impatient(crawl).start(spider="impatient"))
    assert (code, err.count("\n")) == (6, 1)
    assert out.startswith("impatient: storage failed (")
    assert "try again when it ends" in out
    assert f"impatient: what to do: {ExitCode.STORAGE_FAILED.advice}" in out
    with open_archive(crawl.url) as store:
        assert [page.state for page in store.pages() if page.url.endswith(B)] == ["discovered"]
    site.routes[B] = article("It Can Be Stored Now")
    again = crawl()
    assert (again.code, again.ledger[B]) == (0, ("stored", None))
    again = _impatient(crawl)(spider="impatient")
    refused = again.store.runs(spider="impatient")[1]
    assert (refused.exit_code, refused.finish_reason) == (None, "killed")


def _impatient(crawl: Crawler) -> Crawler:
    return Crawler(crawl.folder, crawl.site, modules="tests.kills.impatient")


def test_a_full_disk(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    serve(site, A, B)
    try:
        with small_disk(tmp_path, "2m") as disk:
            crawl = Crawler(disk, site)

            def filled() -> tuple[int, dict[str, str], bytes]:
                fill(disk / "ballast", leave=0)
                return article("There Is No Room for This", extra="A long tale of tides. " * 5000)

            site.routes[B] = filled
            code, out, err = ended(crawl.start())
            assert (code, err.count("\n")) == (6, 1)
            assert "the disk is full; make room, run again" in out
            assert f"loopback: what to do: {ExitCode.STORAGE_FAILED.advice}" in out
            (disk / "ballast").unlink()
            site.routes[B] = article("There Is Room Now")
            again = crawl()
            assert (again.code, again.ledger[B]) == (0, ("stored", None))
            assert all(ran.ended_at for ran in again.store.runs())
            again.store.close()
    except PermissionError as error:
        pytest.skip(str(error))


def as_anybody() -> list[str]:
    """The start of a command line that takes even from root the right to write what is write-protected."""
    if not (found := shutil.which("setpriv")):
        pytest.skip("setpriv is not installed (util-linux)")
    command = [found, "--bounding-set=-dac_override,-dac_read_search", "--"]
    refused = subprocess.run([*command, "true"], check=False, capture_output=True).returncode
    return [] if refused else command  # only root may give rights up, and only root has them


@pytest.mark.parametrize("protected", ["news.db", "."])
def test_a_database_that_may_only_be_read(crawl: Crawler, site: Publisher, protected: str) -> None:
    serve(site, A)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "archive")
        folder.mkdir()
        url = f"sqlite:///{folder}/news.db"
        open_archive(url).close()
        (folder / protected).chmod(0o555)
        refused = subprocess.run(
            [*as_anybody(), *Crawler(folder, site, url=url).command()],
            env=Crawler(folder, site, url=url).environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        folder.chmod(0o755)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (6, "", 1)
    assert "write" in refused.stderr
    assert site.requests == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://nobody@127.0.0.1:1/news", "no server answers there"),
        ("sqlite:///{folder}/notes.txt", "is not a SQLite database"),
        ("sqlite:///{folder}/of/nowhere/news.db", "there is no directory"),
    ],
)
def test_an_invalid_database_url_is_reported(
    crawl: Crawler, site: Publisher, tmp_path: Path, url: str, message: str
) -> None:
    (tmp_path / "notes.txt").write_text("The ferry leaves at noon. " * 100)
    done = Crawler(tmp_path, site, url=url.format(folder=tmp_path)).without_store()
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (6, "", 1)
    assert message in done.stderr
    assert site.requests == []


def test_an_invalid_setting_is_one_line_before_anything_is_fetched(tmp_path: Path, site: Publisher) -> None:
    code, out, err = ended(Crawler(tmp_path, site, url="news.db").start())
    expected = "NEWSCRAWL_DATABASE_URL=news.db in the environment: give sqlite:///FILE, postgresql://… or mariadb://…\n"
    assert (code, out, err) == (2, "", expected)
    done = Crawler(tmp_path, site).without_store("-s", "DOWLOAD_DELAY=2")
    expected = "-s DOWLOAD_DELAY: there is no such setting; the closest is DOWNLOAD_DELAY\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)
    assert (site.requests, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize(
    "setting",
    ["NEWSCRAWL_EXTRACT=newscrawl.batch.extraction:extracted", 'ITEM_PIPELINES={"newscrawl.pipelines.Gone": 1}'],
)
def test_a_component_that_is_not_there(crawl: Crawler, site: Publisher, setting: str) -> None:
    done = crawl.without_store("-s", setting, expected_errors=["the crawl could not start"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "the crawl could not start" in done.stderr
    assert site.requests == []


def test_a_run_that_could_not_start_has_its_end_in_the_ledger(crawl: Crawler) -> None:
    component = ("-s", "NEWSCRAWL_EXTRACT=newscrawl.batch.extraction:extracted")
    run = crawl(*component, expected_errors=["the crawl could not start"])
    assert (run.code, [ran.exit_code for ran in run.store.runs()]) == (1, [1])


def test_a_limit_of_memory(crawl: Crawler, site: Publisher) -> None:
    serve(site, *(f"/news/articles/2024-03-05/{n}" for n in range(60)))
    site.routes |= {path: slowly(route, 0.1) for path, route in site.routes.items() if "/articles/" in path}  # type: ignore[arg-type]
    run = crawl("-s", "MEMUSAGE_LIMIT_MB=10", "-s", "MEMUSAGE_CHECK_INTERVAL_SECONDS=0.5")
    assert run.code == 8
    assert run.out.startswith("loopback: stopped (memory: ")
    assert f"loopback: what to do: {ExitCode.STOPPED.advice}" in run.out
    assert [(ran.exit_code, ran.finish_reason) for ran in run.store.runs()] == [(8, "memusage_exceeded")]
    assert {page.state for page in run.pages} <= {"stored", "discovered"}
    assert crawl().code == 0


def test_a_server_that_hangs_keeps_no_run_from_its_end(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    site.routes[B] = slowly(article("Hours Later"), 600)
    running = crawl.start("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2")
    deadline = time.monotonic() + 30
    while B not in site.paths and time.monotonic() < deadline:
        time.sleep(0.01)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    code, out, err = ended(running)
    assert (code, err) == (8, "")
    assert time.monotonic() - began < 25  # the request ends after 30
    assert "1 stored" in out
    with open_archive(crawl.url) as store:
        assert [page.state for page in store.pages() if page.url.endswith(B)] == ["discovered"]
        assert [ran.exit_code for ran in store.runs()] == [8]
