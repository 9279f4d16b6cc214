"""The digest of an article is the same in every database, and as docs/schema.md describes it."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawl.article import Contact, Dateline, Image
from newscrawl.export import formats
from newscrawl.export.exporter import ARCHIVE_FIELDS
from newscrawl.export.targets import to_exported
from newscrawl.storage import Query, Store
from newscrawl.storage.maintenance.content import DigestProof
from tests.storage.captures import Keep, at, body, capture
from tests.storage.maintenance.damage import contents

DOCS = Path(__file__).parents[3] / "docs" / "schema.md"
SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


def documented() -> dict[str, Any]:
    """The functions that docs/schema.md gives for other programs."""
    [code] = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    functions: dict[str, Any] = {}
    exec(code, functions)
    return functions


def store_various(keep: Keep) -> None:
    """Articles with every kind of value, one of them with revisions."""
    keep(
        capture("plain"),
        capture(
            "rich",
            headline="Crânes “Idle” — 🚢 \u2028",
            dek="",
            byline=("Ann Bo", "Cy Do" * 200),
            assistance=("Di Eh",),
            dateline=Dateline(place="LISBON", agency="Harbour Wire"),
            published_at=at(-1) + timedelta(microseconds=120),
            published_precision="second",
            updated_at=at(0.5),
            section="Ports",
            topics=("Ships", "Tugs\tand Ropes"),
            tickers=("SEA:US",),
            abstract=("Gulls", "Gales"),
            images=(Image(caption="A crane."), Image(url="https://img.example/2.jpg", credit="Photo: X"), Image()),
            contacts=(Contact(role="editor", name="Cy Do", email="cy@harbour.example"),),
            body=body("One tug left.", 'Said "no".'),
            sources={"headline": "dom h1", "body": "dom p"},
        ),
        capture("empty", body=(), access="teaser", dateline=Dateline()),
    )
    keep(capture("plain", 2, body=body("Two tugs left.")))


# Written down when digests were introduced. Another value would make every stored digest wrong.
EXPECTED = {
    "plain": "467bc9a0586a619c55b38d54448444a6906822861097e6ee6beaf721c5fc401c",
    "rich": "c0d5213b339e4a64e84b5db90580249b4269e47f12e481a62aea220ddd596519",
    "empty": "1bf6dfc77a3e1d2677e8356ef7f39fdfe63ec80b584369ef4d10825c8177be31",
}


def test_digests_never_change_and_are_the_same_in_every_database(store: Store, keep: Keep) -> None:
    store_various(keep)
    digests = {stored.article.url.rpartition("/")[2]: store.prove_digests(stored.id) for stored in everything(store)}
    assert all(proof.matches for proofs in digests.values() for proof in proofs)
    assert {name: proofs[0].recorded for name, proofs in digests.items()} == EXPECTED


def everything(store: Store) -> list[Any]:
    return list(store.articles(Query()))


@SQLITE
def test_the_documented_program_computes_them(store: Store, keep: Keep, url: str) -> None:
    store_various(keep)
    digests = {stored.id: store.prove_digests(stored.id) for stored in everything(store)}
    assert len(digests) == 3
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.row_factory = sqlite3.Row
        compute = documented()["content_digest"]
        assert {number: compute(database, number) for number in digests} == {
            number: proofs[0].recorded for number, proofs in digests.items()
        }


@SQLITE
def test_an_exported_line_has_the_digest_of_its_article(store: Store, keep: Keep) -> None:
    store_various(keep)
    file = io.BytesIO()
    exporter = formats.find_format("jsonl")(file)
    for entry in to_exported(store.articles(Query())):
        exporter.write(entry)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert len(lines) == 3
    for line in lines:
        number = line["id"]
        article = {name: value for name, value in line.items() if name not in (*ARCHIVE_FIELDS, "body_text")}
        computed = hashlib.sha256(documented()["canonical"](article)).hexdigest()
        assert computed == store.prove_digests(number)[0].recorded


@SQLITE
def test_a_version_keeps_its_digest_when_others_come_before_and_after_it(store: Store, keep: Keep, url: str) -> None:
    keep(capture("a", 2, body=body("Two.")))
    [first] = revisions(store)
    keep(capture("a", 4, body=body("Four.")))
    keep(capture("a", 0, body=body("Zero.")))
    assert [proof.recorded for proof in revisions(store)][1] == first.recorded
    assert [row["number"] for row in contents(url)["revisions"]] == [1, 2, 3]
    assert all(proof.matches for proof in revisions(store))


def revisions(store: Store) -> list[DigestProof]:
    return store.prove_digests(1)[1:]


@SQLITE
def test_a_version_that_is_seen_again_keeps_all_checksums_but_one(store: Store, keep: Keep, url: str) -> None:
    keep(capture("a"))
    [before] = contents(url)["revisions"]
    keep(capture("a", 5))
    [after] = contents(url)["revisions"]
    assert after["seen_until"] == at(5)
    assert (after["checksums"][:-8], after["content_digest"]) == (before["checksums"][:-8], before["content_digest"])
    assert after["checksums"] != before["checksums"]
    assert list(store.damaged_articles(lambda *_: None)) == []


@SQLITE
def test_what_is_not_content_has_no_part_in_it(store: Store, keep: Keep) -> None:
    keep(capture("a"))
    before = store.prove_digests(1)[0].recorded
    keep(replace(capture("a", 9), url=capture("a").url + "?utm_source=x"))
    assert store.prove_digests(1)[0].recorded == before
