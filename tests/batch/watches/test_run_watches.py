"""Reports of saved searches: to whom, once, and what happens when one fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from time import monotonic

import feedparser
import pytest
from sqlalchemy import text

from newscrawl.batch.watches import WatchResult, describe_new, run_watches, send_test
from newscrawl.batch.watches.delivery import Delivery, DeliveryError
from newscrawl.batch.watches.webhook import make_secret
from newscrawl.storage import Query, Store, WatchTarget
from tests.batch.watches.conftest import Hooks, MailServer
from tests.storage.captures import HOST, Keep, capture


def run(store: Store, delivery: Delivery) -> WatchResult:
    [result] = run_watches(store, store.watches(), delivery)
    return result


def add(store: Store, *targets: WatchTarget, words: str = "cranes") -> None:
    store.add_watch("cranes", Query(words=words), targets)


def hook(hooks: Hooks) -> WatchTarget:
    return WatchTarget(kind="webhook", address=hooks.url, secret=make_secret())


def test_each_target_gets_each_new_article_once(
    store: Store, keep: Keep, hooks: Hooks, mail_server: tuple[MailServer, str], delivery: Delivery, tmp_path: Path
) -> None:
    server, address = mail_server
    delivery, feed = replace(delivery, mail_server=address), tmp_path / "cranes.rss"
    mail = WatchTarget(kind="mail", address="desk@news.example")
    keep(capture("old"))
    add(store, hook(hooks), mail, WatchTarget(kind="feed", address=str(feed)))

    first = run(store, delivery)
    assert (list(first.new), first.reported, first.troubles) == ([], {}, ())
    assert (hooks.received, server.received) == ([], [])
    assert len(feedparser.parse(feed.read_bytes()).entries) == 1, "a feed has what is stored, too"

    keep(capture("b", headline="Cranes \x1b[31mMove\nAgain – €"), capture("c", headline="No Matter", body=()))
    second = run(store, delivery)
    assert len(second.new) == 1
    assert second.reported == {"feed": 1, "mail": 1, "webhook": 1}
    assert describe_new(store, second) == "watch cranes: 1 new article: Cranes [31mMove Again – €"
    [(_, body)] = hooks.received
    sent = json.loads(body)
    assert (sent["type"], sent["data"]["watch"], sent["data"]["conditions"]) == (
        "watch.matched",
        "cranes",
        {"words": "cranes"},
    )
    [article] = sent["data"]["articles"]
    assert (article["id"], article["url"].rpartition("/")[2]) == (2, "b")
    assert not {"body", "body_text"} & article.keys()
    [message] = server.received
    assert message["Subject"] == "cranes: 1 new article: Cranes [31mMove Again – €"
    assert f"{HOST}/news/articles/2016-03-01/b\n" in message.get_content().replace("\r\n", "\n")
    assert [entry.link[-1] for entry in feedparser.parse(feed.read_bytes()).entries] == ["b", "d"]

    third = run(store, delivery)
    assert (list(third.new), third.reported, third.troubles) == ([], {}, ())
    assert (len(hooks.received), len(server.received)) == (1, 1)


def test_a_failed_webhook_is_tried_three_times_and_by_the_next_run_with_the_same_id(
    store: Store, keep: Keep, hooks: Hooks, delivery: Delivery
) -> None:
    add(store, hook(hooks))
    keep(capture("a"))
    hooks.statuses = [503, 429, 500]
    failed = run(store, delivery)
    assert (len(failed.new), failed.reported, failed.troubles) == (1, {}, ("webhook: 127.0.0.1: answered HTTP 500",))
    [target] = store.watches()[0].targets
    assert (target.waiting, target.failures, target.trouble) == (1, 1, "127.0.0.1: answered HTTP 500")
    keep(capture("b"))
    hooks.statuses = [502]
    done = run(store, delivery)
    assert (len(done.new), done.reported) == (1, {"webhook": 2})
    ids = [headers["webhook-id"] for headers, _ in hooks.received]
    assert len(hooks.received) == 6
    assert len(set(ids[:5])) == 1, "each attempt of one report has the same id"
    assert ids[5] != ids[0]
    assert len({body for _, body in hooks.received[:5]}) == 1
    assert store.watches()[0].targets[0].trouble is None


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (404, "127.0.0.1: answered HTTP 404"),
        (302, "127.0.0.1: answered HTTP 302; redirects are not followed: give the new address"),
    ],
)
def test_an_answer_that_will_not_change_is_not_retried_in_this_run(
    store: Store, keep: Keep, hooks: Hooks, delivery: Delivery, status: int, trouble: str
) -> None:
    add(store, hook(hooks))
    keep(capture("a"))
    hooks.statuses = [status]
    assert run(store, delivery).troubles == (f"webhook: {trouble}",)
    assert len(hooks.received) == 1


def test_private_addresses_are_refused_however_a_name_resolves(
    store: Store, keep: Keep, hooks: Hooks, delivery: Delivery
) -> None:
    port = hooks.server.server_port
    keep(capture("a"))
    for number, host in enumerate(("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]")):
        target = WatchTarget(kind="webhook", address=f"http://{host}:{port}/", secret=make_secret())
        watch = store.add_watch(f"w{number}", Query(), [target])
        with pytest.raises(DeliveryError, match="is no public address; NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES allows it"):
            send_test(store, watch, target, replace(delivery, allowed=()))
    assert hooks.received == []


def test_a_name_is_resolved_once_so_that_a_second_answer_cannot_lead_elsewhere(
    store: Store, hooks: Hooks, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["127.0.0.1"])  # a second question would have no answer

    def resolve(host: str, port: int, *_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", (next(answers) if host == "hooks.example" else host, port))]

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    target = replace(hook(hooks), address=hooks.url.replace("127.0.0.1", "hooks.example"))
    send_test(store, store.add_watch("all", Query(), [target]), target, delivery)
    assert hooks.received[0][0]["host"] == f"hooks.example:{hooks.server.server_port}"


def test_a_watch_that_fails_costs_no_other(store: Store, keep: Keep, hooks: Hooks, delivery: Delivery) -> None:
    dead = WatchTarget(kind="webhook", address="http://127.0.0.1:1/", secret=make_secret())
    store.add_watch("a", Query(), [dead])
    store.add_watch("b", Query(), [hook(hooks)])
    store.add_watch("c", Query(), [hook(hooks)])
    with store._writing() as connection:
        connection.execute(text("""UPDATE watches SET conditions = '{"mood": 1}' WHERE name = 'b'"""))
    keep(capture("x"))
    first, second, third = run_watches(store, store.watches(), delivery)
    assert first.troubles == ("webhook: 127.0.0.1: Connection refused",)
    assert second.troubles == ("watch b: unknown condition mood; remove it, and add it again",)
    assert third.reported == {"webhook": 1}


def test_no_attempt_begins_after_the_time_of_the_run(
    store: Store, keep: Keep, hooks: Hooks, delivery: Delivery
) -> None:
    add(store, hook(hooks))
    keep(capture("a"))
    late = replace(delivery, deadline=monotonic() - 1)
    assert run(store, late).troubles == ("webhook: no time was left in this run; the next run sends it",)
    assert run(store, delivery).reported == {"webhook": 1}


def test_many_articles_are_several_messages_and_one_mail(
    store: Store,
    keep: Keep,
    hooks: Hooks,
    mail_server: tuple[MailServer, str],
    delivery: Delivery,
) -> None:
    server, address = mail_server
    add(store, hook(hooks), WatchTarget(kind="mail", address="desk@news.example"))
    keep(*(capture(f"s{number}") for number in range(205)))
    assert run(store, replace(delivery, mail_server=address)).reported == {"mail": 205, "webhook": 205}
    assert [len(json.loads(body)["data"]["articles"]) for _, body in hooks.received] == [100, 100, 5]
    [message] = server.received
    assert message["Subject"].startswith("cranes: 205 new articles: ")
    assert message.get_content().rstrip().endswith("… and 105 more.")


def test_a_mail_that_is_refused_or_has_no_server_waits(
    store: Store, keep: Keep, mail_server: tuple[MailServer, str], delivery: Delivery
) -> None:
    server, address = mail_server
    add(store, WatchTarget(kind="mail", address="desk@news.example"))
    keep(capture("a"))
    server.answer = "452 mailbox full"
    [trouble] = run(store, replace(delivery, mail_server=address)).troubles
    assert trouble.startswith("mail: the mail server refused it: ")
    assert "mailbox full" in trouble
    [trouble] = run(store, replace(delivery, mail_server="127.0.0.1:1")).troubles
    assert trouble.startswith("mail: no mail server answers at 127.0.0.1:1 (")
    server.answer = "250 OK"
    assert run(store, replace(delivery, mail_server=address)).reported == {"mail": 1}


def test_mail_goes_through_the_program_sendmail_where_there_is_one(
    store: Store, keep: Keep, delivery: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f'#!/bin/sh\n[ "$*" = "-t -i" ] || exit 3\ncat > {tmp_path}/mail\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    add(store, WatchTarget(kind="mail", address="desk@news.example"))
    keep(capture("a"))
    assert run(store, delivery).reported == {"mail": 1}
    assert "To: desk@news.example" in (tmp_path / "mail").read_text()
    program.write_text("#!/bin/sh\necho 'queue is full' >&2; exit 75\n")
    keep(capture("b"))
    assert run(store, delivery).troubles == ("mail: sendmail: queue is full",)


def test_feeds_of_each_kind_are_replaced_whole(store: Store, keep: Keep, delivery: Delivery, tmp_path: Path) -> None:
    names = ("f.rss", "f.xml", "f.atom", "f.json", "f.jsonfeed")
    for name in names:
        store.add_watch(name, Query(words="cranes"), [WatchTarget(kind="feed", address=str(tmp_path / name))])
    keep(capture("a"), capture("b"))
    assert all(not result.troubles for result in run_watches(store, store.watches(), delivery))
    for name in names[:3]:
        parsed = feedparser.parse((tmp_path / name).read_bytes())
        assert not parsed.bozo
        assert (len(parsed.entries), parsed.feed.title) == (2, f"Sample Edition: {name}")
    for name in names[3:]:
        assert len(json.loads((tmp_path / name).read_text())["items"]) == 2
    (tmp_path / "f.rss").unlink()
    (tmp_path / "gone").mkdir()
    list(run_watches(store, store.watches(), delivery))
    assert (tmp_path / "f.rss").is_file(), "a feed that was deleted is written again"


def test_a_feed_that_cannot_be_written_waits(store: Store, keep: Keep, delivery: Delivery, tmp_path: Path) -> None:
    folder = tmp_path / "feeds"
    add(store, WatchTarget(kind="feed", address=str(folder / "f.rss")))
    keep(capture("a"))
    [trouble] = run(store, delivery).troubles
    assert "there is no folder" in trouble
    folder.mkdir()
    assert run(store, delivery).reported == {"feed": 1}
