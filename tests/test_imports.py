"""Private modules and names stay inside their package."""

from __future__ import annotations

import ast
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


def list_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("newscrawl"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("newscrawl"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
