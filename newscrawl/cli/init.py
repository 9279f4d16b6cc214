"""`init`: write a file of settings."""

from __future__ import annotations

import argparse
from pathlib import Path

from newscrawl import sample
from newscrawl.cli.project import Project
from newscrawl.configuration import make_template
from newscrawl.errors import CommandLineError, NewscrawlError
from newscrawl.export.display import name_commands

FILE_NAME = "newscrawl.toml"
SYNTAX = "[FOLDER]"
DESCRIPTION = f"Write {FILE_NAME}, which explains every setting, into this folder or another one. It replaces no file."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add none."""


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    if len(words) > 1 or any(word.startswith("-") for word in words):
        raise CommandLineError("give one folder, or none")
    file = Path(*words) / FILE_NAME
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(make_template())
    except FileExistsError as error:
        raise NewscrawlError(f"{file}: is there already, and stays as it is") from error
    except OSError as error:
        raise NewscrawlError(f"{file}: {error.strerror or error}") from error
    place = f"cd {words[0]}, then " if words else ""
    print(f"wrote {file}; its settings apply in this folder and those below it" if not words else f"wrote {file}")
    print(f"next: {place}set contact in it, so that publishers can write to you")
    for command, purpose in (
        (f"scrapy crawl {sample.SPIDER} -a source=sample", "try it offline, on the built-in sample edition"),
        ("scrapy crawl news -a site=https://…", "crawl a site"),
        ("scrapy articles", "list and search what was stored"),
    ):
        print(name_commands(f"  {command}".ljust(52)) + purpose)
    return 0
