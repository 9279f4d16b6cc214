"""The web application (ASGI): Datasette over the archive's SQLite file, with our pages in front of it."""

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
from datasette.database import Database, QueryInterrupted, Results
from datasette.plugins import pm
from datasette.utils.asgi import Base400, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

from newscrawl.errors import StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.web import metadata
from newscrawl.web.cache import Cache, read_file_version
from newscrawl.web.conditional import check_conditions
from newscrawl.web.context import Context
from newscrawl.web.filters import FILTERS, finalize, outgoing_link
from newscrawl.web.guard import App, guard_app
from newscrawl.web.pages import PAGES, Page
from newscrawl.web.query_pool import QueryPool, QueryStoppedError
from newscrawl.web.query_worker import authorize
from newscrawl.web.request import (
    Document,
    PageNotFoundError,
    PageRequest,
    PageResponse,
    Redirect,
    TemplatePage,
    make_path,
)

DATABASE = "news"
_FOLDER = Path(__file__).parent
_SETTINGS = {
    "allow_download": False,
    "default_page_size": 50,
    "facet_time_limit_ms": 200,
    "suggest_facets": False,
    "truncate_cells_html": 240,
    "default_cache_ttl": 0,
}
_CLOSED = re.compile(r"/(-/|_internal|_memory|:memory:|\.json|favicon\.ico$)")
"""Pages of Datasette that describe the machine or log in users."""
_ARTICLE_TABLES = ("articles", "latest")  # the table and the view with one row per article
_LOG = logging.getLogger(__name__)

View = Callable[..., Awaitable[Any]]


@contextmanager
def open_app(file: Path, *, hosts: Collection[str] = (), name: str = "", title: str = "") -> Iterator[App]:
    """Open the application over an archive's SQLite file, which it never writes.

    It answers requests for `hosts` and for the names of this machine. `title` heads every page, and `name` says in its
    foot what is served; by default both are that of the file. Raises StorageError if the file is no archive of this
    version.
    """
    url = f"sqlite:///{quote(str(file.absolute()))}"
    with open_archive(url, create=False, read_only=True) as store:
        datasette = Datasette(
            settings=_SETTINGS,
            metadata=metadata.make_metadata(DATABASE),
            template_dir=str(_FOLDER / "templates"),
            static_mounts=[("assets", str(_FOLDER / "static"))],
        )
        datasette.remove_database("_memory")
        datasette.add_database(_ReadOnlyDatabase(datasette, str(file.absolute())), name=DATABASE)
        context = Context(
            store, title or file.stem, name or file.name, Cache(partial(read_file_version, file.absolute()))
        )
        plugin = ArchivePlugin(datasette, context)
        pm.register(plugin, name=f"newscrawl-{id(plugin)}")
        try:
            yield guard_app(datasette.app(), hosts)
        finally:
            pm.unregister(plugin)
            datasette.databases[DATABASE].pool.close()
            datasette.databases[DATABASE].close()
            datasette.executor.shutdown(wait=False)


class _ReadOnlyDatabase(Database):
    """Opens the archive read-only, whatever characters its path has, and runs SQL in other processes."""

    def __init__(self, datasette: Any, path: str) -> None:
        super().__init__(datasette, path)
        self.pool = QueryPool(Path(path))

    def connect(self, write: bool = False) -> sqlite3.Connection:
        if write:
            raise sqlite3.OperationalError("the archive is read-only")
        connection = sqlite3.connect(f"file:{quote(self.path)}?mode=ro", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(authorize)
        self._all_file_connections.append(connection)
        return connection

    async def execute(  # noqa: PLR0913, PLR0917 - the parameters of Datasette's method
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = False,  # they belong on the page, not in the terminal
    ) -> Results:
        """Run a query, as Datasette's method does, within limits of time and memory. Raises QueryInterrupted."""
        milliseconds = min(custom_time_limit or self.ds.sql_time_limit_ms, self.ds.sql_time_limit_ms)
        max_rows = self.ds.max_returned_rows + (self.ds.max_returned_rows == (page_size or self.ds.page_size))
        run = partial(self.pool.run, sql, params or {}, milliseconds, max_rows if truncate else None)
        try:
            result = await asyncio.get_running_loop().run_in_executor(self.pool.threads, run)
        except QueryStoppedError as error:
            raise QueryInterrupted(error, sql, params) from error
        return Results(result.rows, result.is_truncated, [(name,) for name in result.columns])


@dataclass(frozen=True, eq=False)
class ArchivePlugin:
    """Our pages and templates as a plugin of one Datasette; others in this process are left alone."""

    datasette: Any
    context: Context
    __name__ = "newscrawl"

    @hookimpl
    def register_routes(self, datasette: Any) -> list[tuple[str, View]]:
        if datasette is not self.datasette:
            return []
        routes = [(f"{pattern}$", self._make_view(page)) for pattern, page in PAGES]
        return [(_CLOSED.pattern, self._make_view(_show_nothing)), *routes]

    @hookimpl
    def prepare_jinja2_environment(self, env: Any, datasette: Any) -> None:
        if datasette is self.datasette:
            env.filters.update(FILTERS)
            env.finalize = finalize
            env.globals["asset"] = asset_url

    @hookimpl
    def extra_template_vars(self, request: Any, datasette: Any) -> dict[str, Any]:
        if datasette is not self.datasette:
            return {}
        words = request.args.get("q") if request and request.path == "/search" else ""
        return {
            "archive_title": self.context.title,
            "archive_name": self.context.name,
            "words": words or "",
            "path": request.path if request else "",
        }

    @hookimpl
    def render_cell(self, row: Any, value: Any, column: str, table: str | None, datasette: Any) -> Any:
        if datasette is not self.datasette:
            return None
        number, label = (value["value"], value["label"]) if isinstance(value, dict) else (value, value)
        if column == "headline" and table in _ARTICLE_TABLES and "id" in row.keys():  # noqa: SIM118 - no mapping
            row_id = row["id"]
            return _link_article(row_id["value"] if isinstance(row_id, dict) else row_id, value)
        if column == "article_id" and isinstance(number, int):
            return _link_article(number, str(label))
        if isinstance(value, str) and (url := outgoing_link(value)):
            return Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(url)
        return None

    @hookimpl(hookwrapper=True)
    def handle_exception(self, datasette: Any, request: Any, exception: Exception) -> Any:
        """Show our page for every error: Datasette's own handler prints a traceback even for a missing page."""
        outcome = yield
        if datasette is self.datasette:
            outcome.force_result([lambda: self._show_error(request, exception)])

    def _make_view(self, page: Page) -> View:
        async def view(request: Any) -> Any:
            captured = {name: unquote(part, errors="replace") for name, part in request.url_vars.items() if part}
            args = {name: request.args.get(name) for name in request.args}
            parsed = PageRequest(request.path.partition("?")[0], captured, args)
            return await self._respond(request, await asyncio.to_thread(page, self.context, parsed))

        return view

    async def _respond(self, request: Any, response: PageResponse) -> Any:
        if isinstance(response, Redirect):
            return Response.redirect(response.path)
        if isinstance(response, Document):
            status, headers = check_conditions(response, request.headers)
            text = "" if status == 304 else response.text
            return Response(text, status=status, headers=headers, content_type=response.content_type)
        text = await self.datasette.render_template(response.template, dict(response.variables), request=request)
        return Response.html(text, status=response.status)

    async def _show_error(self, request: Any, error: Exception) -> Any:
        status, message = _describe_error(error)
        if status == 500:
            _LOG.error("%s: %s", request.path, error, exc_info=error)
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "status": status, "error": message}, status=status)
        return await self._respond(request, TemplatePage("error.html", {"status": status, "message": message}, status))


def _show_nothing(_context: Context, _request: PageRequest) -> PageResponse:
    raise PageNotFoundError("There is no such page.")


def _describe_error(error: Exception) -> tuple[int, str]:
    if isinstance(error, PageNotFoundError):
        return 404, str(error)
    if isinstance(error, StorageError):
        return 503, str(error)
    if isinstance(error, sqlite3.ProgrammingError):  # such as a column name with U+0000
        return 400, str(error)
    if isinstance(error, QueryInterrupted) or getattr(error, "message_is_html", False):
        return (
            400,
            "The query took longer than a second, or too much memory, and was stopped. Narrow it, or use sqlite3.",
        )
    if isinstance(error, Base400 | DatasetteError):
        messages = dict.fromkeys(("404", "Database not found"), "There is no such page.")
        messages["Table not found"] = "There is no such table."
        # Datasette gives 500 to errors without a status; all of them are about the request.
        return 400 if error.status == 500 else error.status, messages.get(str(error.args[0]), str(error.args[0]))
    return 500, "The server failed; see the terminal for details."


def _link_article(number: int, label: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(make_path("article", number), finalize(label))


@cache
def asset_url(name: str) -> str:
    """Return the URL of a static file, with a hash of its content so that browsers may cache it."""
    digest = hashlib.sha256((_FOLDER / "static" / name).read_bytes()).hexdigest()
    return f"/assets/{name}?{digest[:8]}"
