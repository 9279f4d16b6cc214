"""Pages that stand alone: a file that asks for nothing else, runs nothing, and reads by day, night and on paper."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from newscrawl.diff import folded
from newscrawl.export.display import format_day, format_time
from newscrawl.web.filters import plain

_STATIC = files("newscrawl.web") / "static"


def page(template: str, *styles: str, **told: Any) -> str:
    """A template (of templates/) with what it tells, and these style sheets (of static/) inside.

    All that is told is escaped. A Content-Security-Policy in the page allows those styles and nothing else.
    """
    style = "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in styles)
    policy = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    environment = Environment(
        loader=PackageLoader("newscrawl.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=plain,
    )
    environment.globals |= {"moment": format_time, "day": format_day, "folded": folded}
    return environment.get_template(template).render(style=Markup(style), policy=policy, **told)  # noqa: S704 - our own
