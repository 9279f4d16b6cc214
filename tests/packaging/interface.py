"""What users rely on from release to release, read from the code, and the lists of it in docs/stability.md.

`python -m tests.packaging.interface` adds to the lists what is new. It takes nothing away: a change that drops or
renames something deletes its line by hand, and that is a major release.
"""

from __future__ import annotations

import argparse
import inspect
import io
import json
import logging
import re
import tempfile
import textwrap
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from scrapy.settings import Settings

import newscrawl
from newscrawl import console
from newscrawl.article import Article, Block, Contact, Dateline, Image
from newscrawl.configuration import OPTIONS
from newscrawl.crawl import json_logs, sources
from newscrawl.crawl.arguments import ARGUMENTS
from newscrawl.export import formats, targets
from newscrawl.export.exporter import ExportedArticle
from newscrawl.operations.exit_codes import NEW_MATCHES, Conclusion, ExitCode
from newscrawl.operations.metrics import write_metrics
from newscrawl.programs import PROGRAMS, load_program
from newscrawl.states import RefusalKind, State
from newscrawl.storage import Cluster, Run
from newscrawl.storage.tables import Base
from newscrawl.storage.views import VIEWS
from tests.crawls import preloaded

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "stability.md"

Section = dict[str, list[str]]
"""Names, each with the names in it; a plain list has the name ""."""


def read_interface() -> dict[str, Section]:
    """Read what the code has, by the headings of docs/stability.md."""
    printed, of_page = _list_printed()
    return {
        "Settings": {"": [option.name for option in OPTIONS]},
        "Commands and options": {name: _list_options(name) for name in PROGRAMS},
        "Arguments of a crawl": {"": [f"-a {name}=" for name in ARGUMENTS], "source": list(sources.list_names())},
        "Exit codes of a crawl": {"": [f"{code.value} {code.name}" for code in ExitCode]},
        "Fields of `--format json`": printed,
        "Tables and views": _list_columns(),
        "States of a page": {"state": list(get_args(State)), "refusal": [kind.value for kind in RefusalKind]},
        "Library": _list_library(),
        "An article as JSON": _list_article_fields(),
        "Export formats": _list_extensions(),
        "Columns of JSON Lines": {"": list(_EXPORTED.to_json())},
        "Columns of Parquet": {"": _list_parquet_columns()},
        "Columns of CSV": {"": _list_csv_columns()},
        "Metrics": _list_metrics(),
        "Keys of the JSON log": _list_log_keys(of_page),
    }


def read_docs() -> dict[str, Section]:
    """Read the lists of docs/stability.md."""
    found: dict[str, Section] = {}
    for part in re.split(r"^### ", DOCS.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        section = found[title] = Section()
        for entry in re.split(r"\n(?=- )|\n\n", rest.strip()):
            named = re.match("- `([^`]+)`(?:: )?", entry)
            section[named[1] if named else ""] = re.findall("`([^`]+)`", entry[named.end() if named else 0 :])
    return found


def list_changes(old: Mapping[str, Section], new: Mapping[str, Section]) -> set[tuple[str, str, str]]:
    """Return what `old` has and `new` lacks, as (heading, name, name in it)."""
    return {
        (title, name, member)
        for title, section in old.items()
        for name, members in section.items()
        for member in ["", *members]
        if name not in new.get(title, {}) or (member and member not in new[title][name])
    }


def write_docs() -> None:
    """Add what is new to the lists of docs/stability.md, and leave the text before them as it is."""
    known, now = read_docs(), read_interface()
    parts = []
    for title, section in now.items():
        before: Section = {name: [] for name in known.get(title, {})}
        merged = {
            name: [*members, *(old for old in known.get(title, {}).get(name, ()) if old not in members)]
            for name, members in (before | section).items()
        }
        parts.append(f"### {title}\n\n{_format(merged)}\n")
    text = f"{DOCS.read_text('utf-8').partition('### ')[0].rstrip()}\n"
    DOCS.write_text("\n".join([text, *parts]), "utf-8")


def _format(section: Section) -> str:
    def wrap(text: str, indent: str) -> str:
        # a name that has spaces stays on one line
        kept = re.sub("`[^`]+`", lambda match: match[0].replace(" ", "\0"), text)
        wrapped = textwrap.fill(kept, 140, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        return wrapped.replace("\0", " ")

    lines = []
    for name, members in section.items():
        listed = ", ".join(f"`{member}`" for member in members)
        lines.append(wrap(f"- `{name}`: {listed}".rstrip(": "), "  ") if name else f"{wrap(listed, '')}\n")
    return "\n".join(lines).rstrip()


def _list_options(name: str) -> list[str]:
    program, parser = load_program(name), argparse.ArgumentParser(add_help=False)
    program.add_options(parser)
    actions = re.findall(r"(?<![\w.\[])[a-z]{3,}(?=$|[ |])", program.SYNTAX)
    return [*actions, *(option for action in parser._actions for option in action.option_strings)]


_COMMANDS = {
    "articles": ("articles",),
    "articles --count-by": ("articles", "--count-by", "year"),
    "articles --show": ("articles", "--show", "2"),
    "articles --diff": ("articles", "--diff", "2"),
    "stats": ("stats",),
    "runs": ("runs",),
    "sites": ("sites",),
    "pages": ("pages",),
    "pages --state": ("pages", "--state", "refused"),
    "watch list": ("watch", "list"),
    "config": ("config",),
    "db check": ("db", "check"),
}


def _list_printed() -> tuple[Section, list[str]]:
    """The keys of what commands print of the sample edition, and of the JSON log of its crawl."""
    crawl = ("crawl", "bloomberg", "-a", "source=sample", "-s", "NEWSCRAWL_LOG_FORMAT=json", "-L", "DEBUG")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        done = preloaded.run_scrapy(crawl, folder=Path(folder), environment=_ENVIRONMENT)
        done.check_returncode()
        log = done.stderr
        _run("watch", "add", "ferries", "ferry", "--feed", "ferries.rss")
        printed = {name: json.loads(_run(*command, "--format", "json")) for name, command in _COMMANDS.items()}
    assert all(printed.values()), [name for name in printed if not printed[name]]
    of_page = next(line for line in log.splitlines() if "Crawled (200)" in line and '"url"' in line)
    fields_of = {name: list(each[0] if isinstance(each, list) else each) for name, each in printed.items()}
    fields_of["clusters"] = [field.name for field in fields(Cluster)]
    return fields_of, list(json.loads(of_page))


def _run(*command: str) -> str:
    with redirect_stdout(io.StringIO()) as out:
        console.main(command)
    return out.getvalue()


_ENVIRONMENT = {"NEWSCRAWL_CONFIG": "none", "SCRAPY_SETTINGS_MODULE": "newscrawl.settings"}


def _list_columns() -> Section:
    tables = {table.name: [column.name for column in table.columns] for table in Base.metadata.tables.values()}
    return tables | {view.name: list(view.columns) for view in VIEWS}


def _list_library() -> Section:
    """The names of `newscrawl.__all__` with parameters, or public attributes."""

    def list_members(value: Any) -> list[str]:
        if not inspect.isclass(value):
            return list(inspect.signature(value).parameters) if callable(value) else []
        if is_dataclass(value):
            return [field.name for field in fields(value)] + _list_methods(value)
        return _list_methods(value)

    return {name: list_members(getattr(newscrawl, name)) for name in newscrawl.__all__}


def _list_methods(kind: type) -> list[str]:
    own = {name for name in vars(kind) if not name.startswith("_")} | set(inspect.get_annotations(kind))
    if is_dataclass(kind):
        own -= {field.name for field in fields(kind)}
    return sorted(own)


def _list_article_fields() -> Section:
    parts = {"dateline": Dateline, "body": Block, "images": Image, "contacts": Contact}
    return {"": list(_ARTICLE.to_json())} | {
        name: [field.name for field in fields(kind)] for name, kind in parts.items()
    }


def _list_extensions() -> Section:
    found: Section = {name: [] for name in targets.list_target_formats()}
    for extension, name in targets._map_extensions().items():
        found[name].append(extension)
    return found


def _list_parquet_columns() -> list[str]:
    from newscrawl.export.formats.parquet import _schema

    return [f"{field.name} {field.type}" for field in _schema()]


def _list_csv_columns() -> list[str]:
    file = io.BytesIO()
    formats.find_format("csv")(file).begin()
    return file.getvalue().decode().strip().split(",")


def _list_metrics() -> Section:
    with tempfile.NamedTemporaryFile("r") as file:
        write_metrics(file.name, run=_RUN, last_success=None, states={}, articles=0)
        found = re.findall(r"^(\w+)\{(.*?)\}", Path(file.name).read_text("utf-8"), re.MULTILINE)
    return {name: re.findall('([a-z_]+)="', labels) for name, labels in found}


def _list_log_keys(of_page: list[str]) -> Section:
    """The keys of a record about a page, and of the last one of a run of two sites."""
    log = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    with redirect_stderr(log):
        json_logs.start_json(Settings({"NEWSCRAWL_LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}))
        try:
            raise ValueError
        except ValueError:
            logging.getLogger("newscrawl").exception("as a page fails")
        stats: Mapping[str, Any] = {"newscrawl/run": 1, NEW_MATCHES: {"ferries": 1}}
        json_logs.write_end(
            "news", stats, Conclusion(code=ExitCode.DONE, line="done", advice="nothing"), {"a": {}, "b": {}}
        )
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    failed, end = (list(json.loads(line)) for line in log.getvalue().splitlines())
    return {"each": [*of_page, *(key for key in failed if key not in of_page)], "the last": end}


_NOW = datetime(2026, 5, 6, tzinfo=UTC)
_ARTICLE = Article(
    url="https://www.tern.example/a",
    publisher="Tern Post",
    layout="generic",
    headline="Later boats",
    fetched_at=_NOW,
    access="full",
    body=(Block(kind="paragraph", text="The boats are late."),),
)
_EXPORTED = ExportedArticle(article=_ARTICLE)
_RUN = Run(
    id=1,
    spider="news",
    arguments={},
    started_at=_NOW,
    ended_at=_NOW,
    finish_reason="finished",
    exit_code=0,
    counts={},
)

if __name__ == "__main__":
    write_docs()
    for title, name, member in sorted(list_changes(read_docs(), read_interface())):
        print(f"{DOCS}: {title}: {name} {member}: the code has it no longer; only a major release may drop it")
