"""The wheel, built, installed and used from an empty folder."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from newscrawl.programs import PROGRAMS

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]


def run(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    names = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSCRAWL_", "PYTHONPATH"))}
    return subprocess.run(
        list(map(str, command)), cwd=folder, env={**names, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Our files, as git lists them."""
    listed = run("git", "ls-files", "newscrawl", folder=ROOT)
    assert listed.returncode == 0, listed.stderr
    return listed.stdout.split()


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory, files: list[str]) -> Path:
    """The wheel and the source distribution, of the files under version control."""
    if find_spec("hatchling") is None:
        pytest.skip("needs hatchling, which `make test` installs")
    folder = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    listed = run("git", "ls-files", folder=ROOT).stdout.split()
    for name in listed:
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    built = run(sys.executable, "-m", "hatchling", "build", "-d", folder, folder=source)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def programs(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the wheel, and with what is installed here."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False, symlinks=True)
    (wheel,) = dist.glob("*.whl")
    python = home / "bin" / "python"
    installed = run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel),
        folder=home,
    )
    assert installed.returncode == 0, installed.stderr
    (packages,) = (home / "lib").glob("python3*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_paths()["purelib"])
    return home / "bin"


def test_the_wheel_has_every_file_of_the_package_and_no_other(dist: Path, files: list[str]) -> None:
    (wheel,) = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    packed = {name for name in names if name.startswith("newscrawl/")}
    assert packed == set(files)
    others = {name.partition("/")[2] for name in names if name not in packed}
    assert {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"} == others


def test_the_source_distribution_builds_the_same(dist: Path, files: list[str]) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {*files, "pyproject.toml", "README.md", "LICENSE", "requirements.txt", "constraints.txt"} <= names
    assert not any(name.startswith(("tests/", "bench/", "training/")) for name in names)


def test_it_works_from_an_empty_folder(programs: Path, tmp_path: Path) -> None:
    newscrawl = programs / "newscrawl"
    crawled = run(newscrawl, "crawl", "bloomberg", "-a", "source=sample", folder=tmp_path)
    assert (crawled.returncode, crawled.stderr) == (0, "")
    assert crawled.stdout.startswith("bloomberg: done: 48 stored")
    listed = run(newscrawl, "articles", "--format", "csv", folder=tmp_path)
    assert len(list(csv.DictReader(io.StringIO(listed.stdout)))) == 48
    for arguments in (["init"], ["runs", "--check"], ["report", "out.html"], ["db", "questions", "newest"], ["list"]):
        done = run(newscrawl, *arguments, folder=tmp_path)
        assert (arguments, done.returncode) == (arguments, 0), done.stderr
        assert done.stderr in ("", "sample.db is read, the sample edition: there is no news.db yet\n")
    assert "there is no command" not in run(newscrawl, folder=tmp_path).stdout
    assert run(programs / "python", "-m", "newscrawl", "--version", folder=tmp_path).stdout.startswith("newscrawl ")


def test_its_commands_are_there_in_another_project_with_its_settings(programs: Path, tmp_path: Path) -> None:
    scrapy = (programs / "python", "-m", "scrapy")
    assert run(*scrapy, "startproject", "ferries", ".", folder=tmp_path).returncode == 0
    with (tmp_path / "ferries" / "settings.py").open("a") as settings:
        settings.write('\nNEWSCRAWL_DATABASE_URL = "sqlite:///ferries.db"\n')
    offered = run(*scrapy, folder=tmp_path).stdout
    assert [name for name in PROGRAMS if f"\n  {name} " not in offered] == []
    assert "Run a spider" in offered  # Scrapy's own crawl
    done = run(*scrapy, "articles", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("ferries.db: there is no newscrawl database")
    assert run(*scrapy, "articles", folder=tmp_path, NEWSCRAWL_CONTCT="x").returncode == 2
