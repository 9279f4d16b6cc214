"""Private modules and names stay inside their package."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import newscrawl

ROOT = Path(newscrawl.__file__).parent


def test_no_package_imports_what_is_private_to_another() -> None:
    broken = []
    for file in sorted(ROOT.rglob("*.py")):
        importer = ".".join(file.relative_to(ROOT.parent).with_suffix("").parts)
        package = importer.removesuffix(".__init__") if file.name == "__init__.py" else importer.rpartition(".")[0]
        for name in list_imports(ast.parse(file.read_text(encoding="utf-8"))):
            parts = name.split(".")
            owners = [".".join(parts[:at]) for at, part in enumerate(parts) if is_private(part)]
            broken += [f"{importer} -> {name}" for owner in owners if not f"{package}.".startswith(f"{owner}.")]
    assert broken == []


def test_the_commands_leave_the_crawl_to_be_imported_when_it_runs() -> None:
    """Scrapy imports the modules of all commands at each start."""
    code = (
        "import sys; from scrapy.utils.misc import walk_modules; walk_modules('newscrawl.commands'); "
        "print(*(name for name in sys.modules if name.startswith(('newscrawl.crawl', 'newscrawl.publishers.'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_crawl_imports_only_what_it_uses(tmp_path: Path) -> None:
    code = (
        "import atexit, sys; from newscrawl.console import main; names = set(sys.argv.pop().split(',')); "
        "atexit.register(lambda: print('imported:', *sorted(names & set(sys.modules)))); main()"
    )
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = newscrawl.settings\n")
    names = "aiohttp.web,alembic,datasette,jinja2,newscrawl.storage.tables,procrastinate,psycopg,pyarrow,pymysql,s3fs"
    crawl = [sys.executable, "-c", code, "crawl", "bloomberg", "-a", "source=sample", "-a", "limit=4", names]
    environment = os.environ | {"PYTHONPATH": str(ROOT.parent)}
    for _ in range(2):  # the first makes the database
        done = subprocess.run(crawl, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert done.stdout.splitlines()[-1] == "imported: newscrawl.storage.tables"


def test_an_extraction_process_imports_neither_the_crawl_nor_its_pool() -> None:
    code = "import sys, newscrawl.crawl.extraction_worker, newscrawl.batch.extraction; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {"asyncio", "psutil", "rich", "scrapy", "sqlalchemy", "twisted"} & set(done.stdout.split())
    assert imported == set()


def list_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("newscrawl"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("newscrawl"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
