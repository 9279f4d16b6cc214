"""newscrawl: a news publisher's pages as a clean, queryable archive.

Use it as a library (`extract_article`, `find_links`, `open_archive`), or in any Scrapy project (`Addon`).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newscrawl.addon import Addon as Addon
    from newscrawl.article import Article as Article
    from newscrawl.article import Link as Link
    from newscrawl.library.archive import Archive as Archive
    from newscrawl.library.archive import open_archive as open_archive
    from newscrawl.library.articles import extract_article as extract_article
    from newscrawl.library.articles import format_article as format_article
    from newscrawl.library.links import LinkList as LinkList
    from newscrawl.library.links import find_links as find_links

__version__ = "1.0.0"

_MODULES = {
    "Addon": "newscrawl.addon",
    **dict.fromkeys(("Article", "Link"), "newscrawl.article"),
    **dict.fromkeys(("extract_article", "format_article"), "newscrawl.library.articles"),
    **dict.fromkeys(("LinkList", "find_links"), "newscrawl.library.links"),
    **dict.fromkeys(("Archive", "open_archive"), "newscrawl.library.archive"),
}
"""Where public names are defined. Each is imported at its first use: the modules themselves import this package."""
__all__ = [*_MODULES, "__version__"]  # noqa: PLE0604 - the names above


if not TYPE_CHECKING:  # a type checker knows the names above, and reports every other one

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
