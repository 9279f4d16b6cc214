"""An article, and what changed between its revisions."""

from __future__ import annotations

from collections.abc import Mapping

from newscrawl.article import Access
from newscrawl.diff import compare, group_unchanged
from newscrawl.storage import StoredArticle
from newscrawl.web.context import Context
from newscrawl.web.request import PageNotFoundError, PageRequest, PageResponse, Redirect, TemplatePage, make_path

_MAX_CLUSTER = 30
_ACCESS_LABELS: Mapping[Access, str] = {"full": "full text", "teaser": "teaser", "blocked": "headline only"}


def show_article(context: Context, request: PageRequest) -> PageResponse:
    """Show an article by its number; one that was merged into another redirects there."""
    stored = _find_article(context, request)
    if str(stored.id) != request.captured["number"]:
        return Redirect(make_path("article", stored.id))
    cluster = context.store.cluster_members(stored.id, _MAX_CLUSTER)
    variables = {
        "stored": stored,
        "article": stored.article,
        "captures": context.store.captures(stored.id),
        "versions": context.store.versions(stored.id) if stored.revision > 1 else (),
        "cluster": cluster if len(cluster) > 1 else (),
        "max_cluster": _MAX_CLUSTER,
    }
    return TemplatePage("article.html", variables)


def show_changes(context: Context, request: PageRequest) -> PageResponse:
    """Show what changed between two revisions: `from` and `to`, by default the last two."""
    stored = _find_article(context, request)
    versions = context.store.versions(stored.id)
    newest = len(versions)
    new = min(request.get_number("to", newest), newest)
    old = min(request.get_number("from", max(1, new - 1)), newest)
    variables = {
        "stored": stored,
        "article": stored.article,
        "versions": versions,
        "old": old,
        "new": new,
        "changes": compare(versions[old - 1], versions[new - 1]) if newest > 1 else None,
        "group_unchanged": group_unchanged,
        "access_labels": _ACCESS_LABELS,
    }
    return TemplatePage("changes.html", variables)


def _find_article(context: Context, request: PageRequest) -> StoredArticle:
    stored = context.store.article(int(request.captured["number"]))
    if stored is None:
        raise PageNotFoundError(f"There is no article {request.captured['number']} in this archive.")
    return stored
