"""The reading room as an ASGI application: Datasette over the archive's file, with our pages in front of it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

from newscrawl.errors import StorageError
from newscrawl.storage import Store
from newscrawl.web import metadata
from newscrawl.web.cache import Memory, stamp_of
from newscrawl.web.context import Room
from newscrawl.web.filters import FILTERS, outgoing, plain
from newscrawl.web.guard import App, guarded
from newscrawl.web.pages import PAGES, Page
from newscrawl.web.request import Answer, Asked, Elsewhere, NothingHereError, Shown, Written, address

DATABASE = "news"
"""What the archive is called in addresses."""
_HERE = Path(__file__).parent
_SETTINGS = {
    "allow_download": False,
    "default_page_size": 50,
    "facet_time_limit_ms": 200,
    "suggest_facets": False,
    "truncate_cells_html": 240,
    "default_cache_ttl": 0,
}
_CLOSED = re.compile(r"/(-/|_internal|_memory|:memory:|\.json|favicon\.ico$)")
"""Pages of Datasette's that tell of the machine or sign people in."""
_LONGEST = 100_000_000
"""Bytes of a value that SQL may make: no page is near it, and a text of a gigabyte takes seconds that nothing stops."""
_OF_ARTICLES = ("articles", "latest")
"""The table and the view that have a row an article."""
_LOG = logging.getLogger(__name__)

View = Callable[..., Awaitable[Any]]


@contextmanager
def open_room(file: Path, *, hosts: Collection[str] = (), name: str = "") -> Iterator[App]:
    """The application over an archive's SQLite file, which answers to these hosts besides this machine's own names.

    `name` is what it calls itself; that of the file if empty. Raises StorageError where the file is no archive of this
    version's. Nothing is ever written.
    """
    url = f"sqlite:///{quote(str(file.absolute()))}"
    with Store.open(url, create=False, read_only=True) as store:
        datasette = Datasette(
            settings=_SETTINGS,
            metadata=metadata.describe(DATABASE),
            template_dir=str(_HERE / "templates"),
            static_mounts=[("assets", str(_HERE / "static"))],
        )
        datasette.remove_database("_memory")
        datasette.add_database(_File(datasette, str(file.absolute())), name=DATABASE)
        plugin = Plugin(datasette, Room(store, name or file.name, Memory(partial(stamp_of, file.absolute()))))
        pm.register(plugin, name=f"newscrawl-{id(plugin)}")
        try:
            yield guarded(datasette.app(), hosts)
        finally:
            pm.unregister(plugin)
            datasette.databases[DATABASE].close()
            datasette.executor.shutdown(wait=False)


class _File(Database):
    """The archive as Datasette opens it: to read, whatever signs its path has."""

    def connect(self, write: bool = False) -> sqlite3.Connection:
        if write:
            raise sqlite3.OperationalError("the reading room only reads")
        connection = sqlite3.connect(f"file:{quote(self.path)}?mode=ro", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        self._all_file_connections.append(connection)
        return connection

    async def execute(self, *args: Any, **named: Any) -> Any:
        """As Datasette has it, but that what SQLite says of a reader's SQL goes to the reader and to no terminal."""
        return await super().execute(*args, **{**named, "log_sql_errors": False})


@dataclass(frozen=True, eq=False)
class Plugin:
    """Our pages and templates as a plugin of one Datasette; of any other in this process it keeps out."""

    datasette: Any
    room: Room
    __name__ = "newscrawl"

    @hookimpl
    def register_routes(self, datasette: Any) -> list[tuple[str, View]]:
        """Our pages, and nothing for what is closed."""
        if datasette is not self.datasette:
            return []
        ours = [(f"{pattern}$", self._view(page)) for pattern, page in PAGES]
        return [(_CLOSED.pattern, self._view(_nothing)), *ours]

    @hookimpl
    def prepare_jinja2_environment(self, env: Any, datasette: Any) -> None:
        """Our filters; and everything that a template shows goes through `plain`."""
        if datasette is self.datasette:
            env.filters.update(FILTERS)
            env.finalize = plain
            env.globals["asset"] = asset

    @hookimpl
    def extra_template_vars(self, request: Any, datasette: Any) -> dict[str, Any]:
        """What the frame around each page needs."""
        if datasette is not self.datasette:
            return {}
        words = request.args.get("q") if request and request.path == "/search" else ""
        return {"archive": self.room.name, "words": words or "", "at": request.path if request else ""}

    @hookimpl
    def render_cell(self, row: Any, value: Any, column: str, table: str | None, datasette: Any) -> Any:
        """Articles by number or headline lead to their page, addresses out of the house."""
        if datasette is not self.datasette:
            return None
        if column == "headline" and table in _OF_ARTICLES and "id" in row.keys():  # noqa: SIM118 - a row is no mapping
            return _to_article(_number(row["id"]), value)
        return _cell(value, column)

    @hookimpl(hookwrapper=True)
    def handle_exception(self, datasette: Any, request: Any, exception: Exception) -> Any:
        """Our page for every error: Datasette's own handler prints a traceback even for a page that is not there."""
        outcome = yield
        if datasette is self.datasette:
            outcome.force_result([lambda: self._failed(request, exception)])

    def _view(self, page: Page) -> View:
        async def view(request: Any) -> Any:
            return await self._answered(request, await asyncio.to_thread(page, self.room, _asked(request)))

        return view

    async def _answered(self, request: Any, answer: Answer) -> Any:
        if isinstance(answer, Elsewhere):
            return Response.redirect(answer.path)
        if isinstance(answer, Written):
            return Response(answer.text, content_type=answer.content_type)
        text = await self.datasette.render_template(answer.template, dict(answer.shown), request=request)
        return Response.html(text, status=answer.status)

    async def _failed(self, request: Any, error: Exception) -> Any:
        status, said = _reason(error)
        if status == 500:
            _LOG.error("%s: %s", request.path, error, exc_info=error)
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "status": status, "error": said}, status=status)
        return await self._answered(request, Shown("error.html", {"status": status, "said": said}, status))


def _asked(request: Any) -> Asked:
    named = {name: unquote(part, errors="replace") for name, part in request.url_vars.items() if part is not None}
    args = {name: request.args.get(name) for name in request.args}
    return Asked(request.path.partition("?")[0], named, args)


def _nothing(_room: Room, _asked: Asked) -> Answer:
    raise NothingHereError("There is no such page.")


def _reason(error: Exception) -> tuple[int, str]:
    """Status and what to say to the reader."""
    if isinstance(error, NothingHereError):
        return 404, str(error)
    if isinstance(error, StorageError):
        return 503, str(error)
    if isinstance(error, sqlite3.ProgrammingError):  # what is no SQL at all, such as a column with U+0000
        return 400, str(error)
    if isinstance(error, Base400 | DatasetteError):
        if getattr(error, "message_is_html", False):
            return error.status, "The query took longer than a second, and was stopped. Narrow it, or ask with sqlite3."
        told = dict.fromkeys(("404", "Database not found"), "There is no such page.")
        told["Table not found"] = "There is no such table."
        # What has no status of its own is 500 in Datasette; all of it is said of what was asked for.
        return 400 if error.status == 500 else error.status, told.get(str(error.args[0]), str(error.args[0]))
    return 500, "Something went wrong in the reading room itself; the terminal says what."


def _cell(value: Any, column: str) -> Any:
    label = value["label"] if isinstance(value, dict) else value
    number = _number(value)
    if column == "article_id" and isinstance(number, int):
        return _to_article(number, str(label))
    if isinstance(value, str) and (url := outgoing(value)):
        return Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(url)
    return None


def _number(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) else value


def _to_article(number: int, label: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address("article", number), plain(label))


@cache
def asset(name: str) -> str:
    """The address of a file of ours, with what tells its version."""
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()
    return f"/assets/{name}?{digest[:8]}"
