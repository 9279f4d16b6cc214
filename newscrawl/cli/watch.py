"""`watch`: saved searches, and where their new matches are reported."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from newscrawl.address_policy import read_allowed
from newscrawl.batch.watches import (
    WatchResult,
    describe_new,
    feed,
    mail,
    make_delivery,
    run_watches,
    send_test,
    shorten_headline,
    webhook,
)
from newscrawl.cli.options import add_conditions, add_format, get_conditions, option_type, reject_unknown_options
from newscrawl.cli.output import format_list_time, format_rows, print_error, print_message
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError, LostDatabaseError, NewscrawlError, StorageError
from newscrawl.export.display import format_count, strip_controls
from newscrawl.storage import Query, Store, Watch, WatchTarget

SYNTAX = "[options] add NAME [WORDS]|list|run [NAME...]|test NAME|remove NAME"
DESCRIPTION = """\
Save a search, and report each article that matches it once: as a feed file,
by a webhook, by mail, and as a line. Crawls and ingests report at their end;
`run` does so at any time, for cron.

  scrapy watch add ferries 'ferry OR harbor' --section shipping --mail me@host
  scrapy watch add mills '"tide mill"' --feed mills.rss
  scrapy watch add acme ticker:ACME --webhook https://hooks.example/news
  scrapy watch test acme            send a test to its targets
  scrapy watch run                  report what is new; --dry-run: only list it
  scrapy watch list                 all of them, and what could not be reported

Articles that are stored already are not reported, except with
--include-stored. An article that matches only after a revision is new then.
What could not be reported is reported by the next run. A webhook is a signed
JSON POST (Standard Webhooks); add prints its key once."""
_OPTIONS = {
    "add": ("feed", "webhook", "mail", "include_stored"),
    "list": ("format",),
    "run": ("dry_run",),
    "test": (),
    "remove": (),
}
"""The actions, and the options of each."""
_LISTED = 20
"""Articles that `run` lists of each search."""


def add_options(parser: argparse.ArgumentParser) -> None:
    add_conditions(parser)
    feed_help = "add: write the newest hundred matches to a file: .rss (.xml), .atom or .jsonfeed (.json)"
    parser.add_argument("--feed", metavar="FILE", type=option_type(feed.check_address), help=feed_help)
    hook_help = "add: send new matches there as a signed JSON POST"
    parser.add_argument("--webhook", metavar="URL", type=option_type(webhook.check_address), help=hook_help)
    mail_help = "add: mail new matches to this address, through the mail server of this machine"
    parser.add_argument("--mail", metavar="ADDRESS", type=option_type(mail.check_address), help=mail_help)
    stored_help = "add: report the matches that are stored already, too"
    parser.add_argument("--include-stored", action="store_true", help=stored_help)
    parser.add_argument("--dry-run", action="store_true", help="run: only list what is new")
    add_format(parser)


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    action, *names = words or [""]
    _check_options(action, names, opts)
    actions: Mapping[str, Callable[[Store], int]] = {
        "add": lambda store: _add(store, names[0], " ".join(names[1:]), opts, project),
        "list": lambda store: _list(store, opts),
        "run": lambda store: _run(store, _find(store, names), opts, project),
        "test": lambda store: _test(store, _find(store, names)[0], project),
        "remove": lambda store: _remove(store, _find(store, names)[0]),
    }
    with project.open_archive() as store:
        return actions[action](store)


def report_matches(store: Store, project: Project) -> None:
    """Report what is new at the end of a run that has ended well: what fails is reported by the next one."""
    try:
        _print_results(store, _deliver(store, store.watches(), project), is_brief=True)
    except LostDatabaseError:
        raise
    except StorageError as error:
        print_error(f"new matches of saved searches were not reported, which the next run does: {error}")


def _check_options(action: str, names: Sequence[str], opts: argparse.Namespace) -> None:
    reject_unknown_options(names)
    if action not in _OPTIONS:
        raise CommandLineError("say what to do: add, list, run, test or remove")
    if not names and action in ("add", "test", "remove"):
        raise CommandLineError(f"{action}: give the name of the saved search")
    if (len(names) > 1 and action in ("test", "remove")) or (names and action == "list"):
        raise CommandLineError(f"{action}: too many words")
    given = {name for name, value in get_conditions(opts).items() if value is not None}
    given |= {name for options in _OPTIONS.values() for name in options if getattr(opts, name) not in (None, False)}
    given -= {"format"} if opts.format == "table" else set()
    allowed = {*_OPTIONS[action], *(get_conditions(opts) if action == "add" else ())}
    for name in sorted(given - allowed):
        raise CommandLineError(f"--{name.replace('_', '-')} does not go with {action}")
    if action == "add" and not re.fullmatch(r"\w[\w.-]{0,99}", names[0]):
        raise CommandLineError(f"{names[0]!r}: a name has letters, digits, and _ . - inside")


def _find(store: Store, names: Sequence[str]) -> list[Watch]:
    """Return the saved searches of these names, or all. Raises StorageError."""
    watches = {watch.name: watch for watch in store.watches()}
    for name in names:
        if name not in watches:
            raise StorageError(f"{name}: there is no such saved search; `scrapy watch list` lists those that are there")
    return [watches[name] for name in names] if names else list(watches.values())


def _add(store: Store, name: str, words: str, opts: argparse.Namespace, project: Project) -> int:
    query = Query(words=words or None, **get_conditions(opts))
    targets = [WatchTarget(kind="feed", address=opts.feed)] if opts.feed else []
    targets += [WatchTarget(kind="mail", address=opts.mail)] if opts.mail else []
    secret = webhook.make_secret() if opts.webhook else None
    targets += [WatchTarget(kind="webhook", address=opts.webhook, secret=secret)] if opts.webhook else []
    watch = store.add_watch(name, query, targets, reports_stored=opts.include_stored)
    matches = format_count(watch.matches, "stored article matches", "stored articles match")
    print(f"watch {name}: added; {matches}" + ("" if opts.include_stored else ", and those to come are reported"))
    if secret:
        print(f"webhook: the key is {secret}\nIt is shown only now: the receiver checks the signature with it.")
    if opts.feed or opts.include_stored:
        return _print_results(store, _deliver(store, [watch], project), is_brief=True)
    return 0


def _remove(store: Store, watch: Watch) -> int:
    store.remove_watch(watch.id)
    print(f"watch {watch.name}: removed; its articles stay")
    return 0


def _run(store: Store, watches: Sequence[Watch], opts: argparse.Namespace, project: Project) -> int:
    return _print_results(store, _preview(store, watches) if opts.dry_run else _deliver(store, watches, project))


def _preview(store: Store, watches: Iterable[Watch]) -> Iterable[WatchResult]:
    return (WatchResult(watch=watch, new=store.find_new_matches(watch)) for watch in watches)


def _deliver(store: Store, watches: Iterable[Watch], project: Project) -> Iterable[WatchResult]:
    delivery = make_delivery(read_allowed(project.allow_private_addresses), project.mail_server)
    return run_watches(store, watches, delivery)


def _print_results(store: Store, results: Iterable[WatchResult], *, is_brief: bool = False) -> int:
    code, is_quiet = 0, True
    for result in results:
        if result.new:
            print(strip_controls(describe_new(store, result)))
            _print_articles(store, () if is_brief else result.new)
        for kind, number in result.reported.items():
            print(f"watch {result.watch.name}: {format_count(number, 'article')} reported by {kind}")
        for trouble in result.troubles:
            print_error(f"watch {result.watch.name}: {trouble}; the next run tries again")
            code = 1
        is_quiet = is_quiet and not (result.new or result.reported or result.troubles)
    if is_quiet and not is_brief and sys.stdout.isatty():  # cron mails what a command prints
        print("watch: nothing new")
    return code


def _print_articles(store: Store, ids: Sequence[int]) -> None:
    for hit in reversed(list(store.hits_of(ids[-_LISTED:]))):
        day = format_list_time(hit.published_at, "day")
        print(f"  {hit.id:>6}  {day:10}  {shorten_headline(hit)}\n                      {strip_controls(hit.url)}")
    if len(ids) > _LISTED:
        print(f"  … and {len(ids) - _LISTED:,} more")


def _test(store: Store, watch: Watch, project: Project) -> int:
    if not watch.targets:
        raise StorageError(f"watch {watch.name}: has no target to test; its matches are reported as a line")
    code = 0
    for target in watch.targets:
        try:
            delivery = make_delivery(read_allowed(project.allow_private_addresses), project.mail_server)
            send_test(store, watch, target, delivery)
            print(f"watch {watch.name}: {target.kind} {_show_address(target)}: a test was delivered")
        except NewscrawlError as error:
            print_error(f"watch {watch.name}: {target.kind}: {error}")
            code = 1
    return code


def _list(store: Store, opts: argparse.Namespace) -> int:
    watches = store.watches()
    if opts.format != "table":
        names = ["name", "conditions", "matches", "added_at", "checked_at", "targets"]
        rows = [{name: getattr(watch, name) for name in names} for watch in watches]
        for row in rows:
            row["targets"] = [_describe_target(target) for target in row["targets"]]
            row["conditions"] = _describe_conditions(row["conditions"]) if opts.format == "csv" else row["conditions"]
        sys.stdout.write(format_rows(opts.format, names, rows))
    elif not watches:
        print_message("No search is saved; `scrapy watch add NAME WORDS` saves one.")
    for watch in watches if opts.format == "table" else ():
        facts = f"{format_count(watch.matches, 'match', 'matches')}, checked {format_list_time(watch.checked_at)} UTC"
        print(strip_controls(f"{watch.name}: {_describe_conditions(watch.conditions) or 'all articles'} ({facts})"))
        for target in watch.targets:
            print(strip_controls(f"  {_describe_target(target)}"))
    return 0


def _describe_conditions(conditions: Mapping[str, Any]) -> str:
    words = [str(conditions["words"])] if "words" in conditions else []
    return ", ".join([*words, *(f"{name}={value}" for name, value in conditions.items() if name != "words")])


def _describe_target(target: WatchTarget) -> str:
    state = f"last report {target.delivered_at:%Y-%m-%d %H:%M} UTC" if target.delivered_at else "no report yet"
    waiting = f"; {format_count(target.waiting, 'article')} waiting" if target.waiting else ""
    trouble = f"; failed {format_count(target.failures, 'time')}: {target.trouble}" if target.trouble else ""
    return f"{target.kind} {_show_address(target)}: {state}{waiting}{trouble}"


def _show_address(target: WatchTarget) -> str:
    # The rest of the address of a webhook is often a password.
    return urlsplit(target.address).hostname or "" if target.kind == "webhook" else target.address
