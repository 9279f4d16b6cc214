"""The table of all settings as text: for the docs, and as the newscrawl.toml of `newscrawl init`."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator

from newscrawl.configuration.options import OPTIONS, Option

_INTRODUCTION = """\
# Settings of newscrawl; `newscrawl config` shows what is set, and where.
# A line without "#" changes a setting. Relative paths are relative to this file.
# A variable NEWSCRAWL_CONTACT in .env beside this file or in the environment, or -s NEWSCRAWL_CONTACT=…, wins over
# the line "contact = …". Passwords belong into .env, which must not be published.
"""
_SCRAPY = """
# Settings of Scrapy, by their own names: https://docs.scrapy.org/en/latest/topics/settings.html
[scrapy]
# DOWNLOAD_DELAY = 1.0
# CONCURRENT_REQUESTS_PER_DOMAIN = 1
# LOG_LEVEL = "WARNING"
"""
_WIDTH = 118


def make_template() -> str:
    """Make a newscrawl.toml in which every setting is explained and commented out, with its default."""
    common = [option for option in OPTIONS if option.is_common]
    rare = [option for option in OPTIONS if not option.is_common]
    entries = "\n".join(_make_entry(option) for option in (*common, *rare))
    return f"{_INTRODUCTION}\n{entries}{_SCRAPY}"


def make_table(*, common_only: bool = False) -> str:
    """Make the table of settings in Markdown: all with what is valid, or only the most used."""
    return "\n".join(_make_short_rows() if common_only else _make_rows()) + "\n"


def _make_rows() -> Iterator[str]:
    yield "| setting | in newscrawl.toml | default | valid | |"
    yield "|---|---|---|---|---|"
    for option in OPTIONS:
        yield f"| `{option.name}` | `{option.key}` | {_show_default(option)} | {option.kind.form} | {option.help} |"


def _make_short_rows() -> Iterator[str]:
    yield "| setting | default | |"
    yield "|---|---|---|"
    for option in OPTIONS:
        if option.is_common:
            yield f"| `{option.name}` | {_show_default(option)} | {option.help} |"


def _make_entry(option: Option) -> str:
    text = re.sub("`([^`]*)`", r"\1", option.help)
    lines = textwrap.wrap(f"{text[0].upper()}{text[1:]}.", _WIDTH, break_long_words=False, break_on_hyphens=False)
    comment = "\n".join(f"# {line}" for line in lines)
    return f"{comment}\n# {option.key} = {_write_toml(option)}\n"


def _write_toml(option: Option) -> str:
    if option.shown_default:
        return json.dumps(option.shown_default)
    return f"{option.default:g}" if isinstance(option.default, float) else json.dumps(option.default)


def _show_default(option: Option) -> str:
    if option.default == "":
        return ""
    if isinstance(option.default, bool):
        return "`1`" if option.default else "`0`"
    return (
        f"`{option.shown_default or option.default}`"
        if isinstance(option.default, str | int)
        else f"{option.default:g}"
    )
