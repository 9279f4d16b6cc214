"""Folders of plug-ins: their names, and the class of each."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from newscrawl import plugins
from newscrawl.crawl import sources
from newscrawl.crawl.sources.sample import Sample
from newscrawl.crawl.sources.wayback import Wayback


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package with modules that a test writes."""
    folder = tmp_path / "ferries_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = __import__("ferries_of_a_test")
    yield package
    for name in [name for name in sys.modules if name.startswith("ferries_of_a_test")]:
        del sys.modules[name]


def module(package: ModuleType, name: str, text: str) -> None:
    Path(package.__path__[0], f"{name}.py").write_text(text)


def test_the_only_class_is_the_one_that_a_module_defines_for_others(package: ModuleType) -> None:
    module(package, "_boat", "class Boat: pass")
    module(package, "tern", "from ferries_of_a_test._boat import Boat\nclass _Mast: pass\nclass Tern(Boat): pass")
    assert plugins.load_class(package, "tern").__name__ == "Tern"
    assert plugins.list_names(package) == ("tern",)


@pytest.mark.parametrize("text", ["", "class A: pass\nclass B: pass", "from pathlib import Path"])
def test_no_class_and_several_classes_are_errors(package: ModuleType, text: str) -> None:
    module(package, "gull", text)
    with pytest.raises(ValueError, match="unpack"):
        plugins.load_class(package, "gull")


def test_a_missing_module(package: ModuleType) -> None:
    with pytest.raises(ModuleNotFoundError):
        plugins.load_class(package, "cormorant")


def test_the_sources() -> None:
    assert sources.list_names() == ("commoncrawl", "files", "live", "sample", "warc", "wayback")
    assert sources.load_source("wayback") is Wayback
    assert sources.load_source("sample") is Sample  # and not Live, which it imports
    with pytest.raises(ModuleNotFoundError):
        sources.load_source("tape")
