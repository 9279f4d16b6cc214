"""Standalone pages: one HTML file without scripts or requests, for screens by day and night, and for paper."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from newscrawl.diff import group_unchanged
from newscrawl.storage import StoredArticle
from newscrawl.storage.steps import VersionStep
from newscrawl.web.filters import FILTERS, finalize

_STATIC = files("newscrawl.web") / "static"


def render_page(template: str, *styles: str, **variables: Any) -> str:
    """Render a template with style sheets inline, under a Content-Security-Policy that allows only these styles."""
    style = "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in styles)
    policy = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    environment = Environment(
        loader=PackageLoader("newscrawl.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.filters |= FILTERS
    environment.globals["group_unchanged"] = group_unchanged
    return environment.get_template(template).render(style=Markup(style), policy=policy, **variables)  # noqa: S704 - ours


def render_changes(stored: StoredArticle, steps: Sequence[VersionStep]) -> str:
    return render_page("standalone_changes.html", "standalone.css", article=stored.article, steps=steps)
