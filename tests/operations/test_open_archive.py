"""The database, opened with the URL rules of publishers, and never without them."""

import re
from pathlib import Path

import newscrawl
from newscrawl.article import Link
from newscrawl.operations.archive import open_archive

PACKAGE = Path(newscrawl.__file__).parent
STORY = "https://www.bloomberg.com/news/articles/2016-05-24/harbour-reopens"


def test_the_package_opens_archives_in_one_place_only() -> None:
    files = (path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(PACKAGE / "storage"))
    opening = [
        path.relative_to(PACKAGE).as_posix() for path in files if re.search(r"(Store|\bkind)\.open\(", path.read_text())
    ]
    assert opening == ["operations/archive.py"]


def test_the_rules_of_publishers_decide_what_is_one_page(tmp_path: Path) -> None:
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as archive:
        run_id = archive.start_run("bloomberg", {})
        archive.discover([Link(url=f"{STORY}?srnd=premium", source="feed")], run_id=run_id, spider="bloomberg")
        pages = [f"https://news.example/2026-11-20/view.php?id={number}" for number in range(5)]
        archive.discover([Link(url=page, source="feed") for page in pages], run_id=run_id, spider="bloomberg")
        assert [page.url for page in archive.pages(urls=[STORY])] == [f"{STORY}?srnd=premium"]
        assert len(archive.pages()) == 6
