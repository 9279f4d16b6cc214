"""The code of docs/analysis.md and docs/analysis.ipynb runs on the sample edition, and prints what they show."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long
DOCS = Path(__file__).parents[2] / "docs"
_RUNNER = Path(__file__).with_name("run_cells.py")
_VARIABLE = "NEWSCRAWL_TEST_ANALYSIS"
_PACKAGES = ("pandas", "polars", "duckdb", "matplotlib", "pyarrow")
_R_PACKAGES = ("arrow", "dplyr", "ggplot2", "DBI", "RSQLite")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample edition as news.db and news.parquet, as the docs say how to make them."""
    folder = tmp_path_factory.mktemp("analysis")
    scrapy = Path(sys.executable).with_name("scrapy")
    settings = {"SCRAPY_SETTINGS_MODULE": "newscrawl.settings", "PYTHONPATH": str(DOCS.parent)}
    environment = os.environ | settings
    commands = re.findall("^    scrapy (.*)$", read_notebook("markdown")[0], re.M)
    assert len(commands) == 2
    for command in commands:
        subprocess.run([scrapy, *command.split()], cwd=folder, env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def python() -> str:
    """A Python with the packages of docs/requirements-analysis.txt."""
    if named := os.environ.get(_VARIABLE):
        return str(Path(named).absolute())
    if all(map(find_spec, _PACKAGES)):
        return sys.executable
    how = "python3 -m venv .venv-analysis && .venv-analysis/bin/pip install -r docs/requirements-analysis.txt"
    why = f"no pandas, polars, DuckDB and matplotlib; set {_VARIABLE} to a Python that has them, or get it: {how}"
    pytest.skip(why)


def read_notebook(kind: str) -> list[str]:
    cells = json.loads((DOCS / "analysis.ipynb").read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def read_outputs() -> Iterator[str | None]:
    """The text that each cell shows; None for a figure."""
    for cell in json.loads((DOCS / "analysis.ipynb").read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            [output] = cell["outputs"]
            assert output["output_type"] in ("execute_result", "display_data")
            is_figure = "image/png" in output["data"]
            yield None if is_figure else "".join(output["data"]["text/plain"])


def read_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / "analysis.md").read_text("utf-8"), re.M | re.S)


def run_cells(python: str, folder: Path, cells: Sequence[str]) -> list[str]:
    (folder / "cells.json").write_text(json.dumps(cells), "utf-8")
    done = subprocess.run(
        [python, "-W", "error", _RUNNER, "cells.json"],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "Agg", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs: list[str] = json.loads(done.stdout)
    return outputs


def test_the_notebook_shows_what_its_cells_print(python: str, folder: Path) -> None:
    found = run_cells(python, folder, read_notebook("code"))
    shown = list(read_outputs())
    assert len(shown) == len(found) > 5
    for expected, output in zip(shown, found, strict=True):
        assert expected is None or output == expected
    assert None in shown, "the plot"


def test_the_python_examples_run(python: str, folder: Path) -> None:
    blocks = read_blocks("python")
    assert len(blocks) > 5
    checks = (
        "assert len(on_topic) > 1 and len(found) > 1 and len(per_section) == 5 and tickers.height > 1",
        "assert authors.height > 10 and words.total() > 1000",
    )
    run_cells(python, folder, [*blocks, *checks])
    assert (folder / "per-month.png").stat().st_size > 1000


def test_the_r_examples_run(folder: Path) -> None:
    blocks = read_blocks("r")
    assert len(blocks) == 2
    rscript = shutil.which("Rscript")
    if not rscript:
        pytest.skip("no R: apt-get install r-base-core, and the packages that docs/analysis.md names")
    missing = f"cat(setdiff(c({', '.join(map(repr, _R_PACKAGES))}), rownames(installed.packages())))"
    names = subprocess.run([rscript, "-e", missing], capture_output=True, text=True, check=True).stdout
    if names:
        pytest.skip(f"R lacks packages: {names}")
    (folder / "examples.R").write_text("\n".join([*blocks, "stopifnot(nrow(on_topic) > 1, nrow(by_day) > 1)"]), "utf-8")
    done: Any = subprocess.run([rscript, "examples.R"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
