"""Every reason for which a page gives no article has a kind, which says when the page is fetched again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import newscrawl
from newscrawl.crawl.network import download, failures
from newscrawl.states import REFUSALS, RefusalKind, classify_refusal, count_failures

PACKAGE = Path(newscrawl.__file__).parent
_PLACES = {
    **dict.fromkeys(("NotAnArticleError", "UnknownLayoutError", "PlaceholderError", "MissingFieldError"), 1),
    **dict.fromkeys(("UnreadablePageError", "ExtractionStoppedError", "BlockedError", "RequestFailure"), 1),
    **dict.fromkeys(("RefusedError", "BrokenResponseError"), 0),
}
"""Calls with a reason, and which of their arguments it is; others have it as reason=."""
INCOMPLETE = {"cut_off", "broken_encoding", "partial_content", "missing_segment", "truncated_length"} | {
    "truncated_time",
    "truncated_disconnect",
    "truncated_unspecified",
}
_COMPUTED: dict[tuple[str, str], set[str]] = {
    ("crawl/network/download.py", "PRIVATE_ADDRESS"): {"private_address"},
    ("middlewares.py", "PRIVATE_ADDRESS"): {"private_address"},
    ("crawl/network/download.py", "find_reason(error)"): {reason for _, reason in download._REASONS} | {"no_answer"},
    ("crawl/network/failures.py", "f'http_{status}'"): {"http_404", "http_500"},
    ("crawl/network/failures.py", "error.reason"): set(),
    ("crawl/network/hosts.py", "reason"): {"http_403", "http_429", "challenge_path", "challenge_title"},
    ("crawl/sources/commoncrawl.py", "_RANGE_IGNORED"): {"range_ignored"},
    ("crawl/extraction_pool.py", "reason"): {"timeout", "worker_died"},
    ("batch/worker_pool.py", "reason"): {"timeout", "worker_died"},
    ("crawl/spider.py", "kind"): set(),  # names in the URL rules of publishers, which are permanent by address
    ("pipelines.py", "OUTSIDE_DATES"): {"out_of_dates"},
    ("crawl/network/archive_service.py", "reason"): {"archive_robots", "archive_excluded", "not_in_archive"},
    ("middlewares.py", "reason"): INCOMPLETE,
    ("middlewares.py", "error.reason"): {"content_encoding", "too_large"},
    ("batch/capture_worker.py", "page.incomplete_reason"): INCOMPLETE,
    ("pipelines.py", "page.incomplete_reason"): INCOMPLETE,
    ("storage/articles/deletion.py", "DELETED"): {"deleted"},
    # the page stays discovered
    ("crawl/page_ledger.py", "NEAREST_CAPTURE"): set(),
    ("crawl/spider.py", "NEAREST_CAPTURE"): set(),
    ("extract/__init__.py", "reason"): {"robot_check", "captcha"},
    ("extract/generic/page_kind.py", "reason"): {"video", "audio", "profile", "section_front", "unknown_layout"},
    ("extract/layout.py", "f'missing_{name}'"): {"missing_headline", "missing_body"},
}
"""Values of reasons that are no constants, by module and expression."""
_PASSED_ON = {
    "error.reason",
    "result.reason",
    "miss.reason",
    "failed.reason",
    "item.reason",
    "self.reason",
    "opts.reason",
    "reason",
}
"""Expressions for a reason that another place has given, by keyword."""


def find_reasons() -> Iterator[tuple[str, ast.expr, bool]]:
    """Yield the module, the expression for a reason, and whether it is given by keyword."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = _PLACES.get(name)
            if place is not None and len(node.args) > place:
                yield module, node.args[place], False
            elif name in (*_PLACES, "MissedPage", "PageResult", "_miss", "make_result", "values"):
                yield from ((module, each.value, True) for each in node.keywords if each.arg == "reason")


def test_every_reason_has_a_kind() -> None:
    unknown: list[tuple[str, str]] = []
    computed: set[tuple[str, str]] = set()
    for module, expression, by_keyword in find_reasons():
        if isinstance(expression, ast.Constant):
            if expression.value is not None and expression.value not in REFUSALS:
                unknown.append((module, str(expression.value)))
        elif (at := (module, ast.unparse(expression))) in _COMPUTED:
            computed.add(at)
            unknown += [(module, reason) for reason in _COMPUTED[at] - REFUSALS.keys() if reason[:5] != "http_"]
        elif not by_keyword or at[1] not in _PASSED_ON:
            unknown.append(at)
    assert unknown == [], "newscrawl/states.py says for each reason when its page is fetched again"
    unknown += [(str(error), each.reason) for error, each in failures._FAILURES.items() if each.reason not in REFUSALS]
    assert unknown == []
    assert computed == _COMPUTED.keys(), "reasons that no code gives any more"


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("http_404", "temporary"),
        ("http_451", "temporary"),
        ("http_503", "temporary"),
        ("http_410", "permanent"),
        ("video", "by content"),
        ("out_of_dates", "not wanted"),
        ("a_reason_of_a_plug_in", "by content"),
        (None, "by content"),
    ],
)
def test_what_a_reason_means(reason: str | None, kind: str) -> None:
    assert classify_refusal(reason) == kind


def test_what_an_address_says_is_permanent() -> None:
    assert {classify_refusal(name, by_address=True) for name in ("video", "lottery", "url_too_long")} == {"permanent"}
    assert classify_refusal("no_time", by_address=True) == "not wanted"


def test_refusals_of_one_kind_in_a_row_are_counted() -> None:
    temporary, by_content = RefusalKind.TEMPORARY, RefusalKind.BY_CONTENT
    assert count_failures(None, 0, temporary) == 1
    assert count_failures(temporary, 3, temporary) == 4
    assert count_failures(temporary, 3, by_content) == 1
    assert count_failures(by_content, 3, RefusalKind.NOT_WANTED) == 0
    assert count_failures(by_content, 3, RefusalKind.PERMANENT) == 0
