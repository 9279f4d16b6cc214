"""What each run stored, as leaves of a hash tree whose root is in the run's row.

A leaf says which digest an article or a capture had when the run last stored it. Leaves are never changed by another
run, so a root can be computed again at any time, however often its articles have changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select, update

from newscrawl.storage.database import Database
from newscrawl.storage.hash_tree import ProvenLeaf, compute_root, prove_leaf
from newscrawl.storage.tables import ArticleRow, CaptureRow, RunLeafRow, RunRow, table_of
from newscrawl.storage.values import split_sorted

_LEAVES, _RUNS, _ARTICLES, _CAPTURES = map(table_of, (RunLeafRow, RunRow, ArticleRow, CaptureRow))
_FETCHED = 10_000
_INSERT = insert(_LEAVES)
_DELETE = delete(_LEAVES).where(
    _LEAVES.c.run_id == bindparam("own_run"),
    _LEAVES.c.kind == bindparam("own_kind"),
    _LEAVES.c.item_id.in_(bindparam("items")),
)
LeafKind = Literal["article", "capture"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProof:
    """That a run stored an article or a capture with a digest."""

    run_id: int
    kind: LeafKind
    item_id: int
    digest: str
    recorded_root: str | None
    """That of the run's row; None: the run has not ended."""
    proof: ProvenLeaf

    @property
    def is_proven(self) -> bool:
        """Whether the path leads to the root of the run."""
        return self.proof.root == self.recorded_root


class RunLeafStore(Database):
    """The part of Store that computes the roots of runs again."""

    def prove(self, kind: LeafKind, item_id: int) -> list[RunProof]:
        """Return a proof for each run that stored an article or a capture, oldest first."""
        with self._reading() as connection:
            own = (_LEAVES.c.kind == kind, _LEAVES.c.item_id == item_id)
            statement = select(_LEAVES.c.run_id, _LEAVES.c.digest, _RUNS.c.root).join(
                _RUNS, _RUNS.c.id == _LEAVES.c.run_id
            )
            proofs = []
            for run_id, digest, root in connection.execute(statement.where(*own).order_by(_LEAVES.c.run_id)).all():
                if proof := prove_leaf(_read_leaves(connection, run_id), _encode(kind, item_id, digest)):
                    values = {"run_id": run_id, "kind": kind, "item_id": item_id, "digest": digest}
                    proofs.append(RunProof(**values, recorded_root=root, proof=proof))
            return proofs


def save_leaves(connection: Connection, run_id: int, kind: LeafKind, digests: Mapping[int, str]) -> None:
    """Save what a run has just stored, by id; of an item that it stores again only the last digest counts."""
    for part in split_sorted(digests):
        connection.execute(_DELETE, {"own_run": run_id, "own_kind": kind, "items": part})
        leaves = [{"run_id": run_id, "kind": kind, "item_id": at, "digest": digests[at]} for at in part]
        connection.execute(_INSERT, leaves)


def save_root(connection: Connection, run_id: int) -> None:
    """Save the root over what a run has stored."""
    root = compute_root(_read_leaves(connection, run_id))
    connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(root=root))


def find_wrong_roots(connection: Connection) -> Iterator[str]:
    """Find the ended runs whose leaves do not have the root that the run recorded, in one line each."""
    statement = select(_RUNS.c.id, _RUNS.c.root).where(_RUNS.c.ended_at.is_not(None)).order_by(_RUNS.c.id)
    for run_id, recorded in connection.execute(statement).all():
        if compute_root(_read_leaves(connection, run_id)) != recorded:
            yield f"run {run_id}: what it stored (run_leaves) does not have its root {recorded}"


def save_missing_roots(connection: Connection) -> None:
    """Save the roots of ended runs that have none: their rows were lost, and made again."""
    without = select(_RUNS.c.id).where(_RUNS.c.ended_at.is_not(None), _RUNS.c.root.is_(None))
    for run_id in connection.scalars(without).all():
        save_root(connection, run_id)


def find_changed_items(connection: Connection) -> Iterator[str]:
    """Find the articles and captures that do not have a digest that any run stored, in one line each."""
    for kind, table, column in (
        ("article", _ARTICLES, _ARTICLES.c.content_digest),
        ("capture", _CAPTURES, _CAPTURES.c.digest),
    ):
        own = (_LEAVES.c.kind == kind, _LEAVES.c.item_id == table.c.id)
        counted = (
            select(_LEAVES.c.item_id, func.max(_LEAVES.c.run_id).label("run_id"))
            .where(_LEAVES.c.kind == kind)
            .group_by(_LEAVES.c.item_id)
            .subquery()
        )
        is_stored = exists().where(*own, _LEAVES.c.digest == column)
        changed = (
            select(table.c.id, counted.c.run_id)
            .join(counted, counted.c.item_id == table.c.id)
            .where(or_(column.is_(None), ~is_stored))
        )
        for item_id, run_id in connection.execute(changed.order_by(table.c.id)):
            yield f"{kind} {item_id}: its digest is none that a run stored, last run {run_id}"


def _read_leaves(connection: Connection, run_id: int) -> Iterator[bytes]:
    statement = select(_LEAVES).where(_LEAVES.c.run_id == run_id).order_by(_LEAVES.c.kind, _LEAVES.c.item_id)
    for row in connection.execute(statement, execution_options={"yield_per": _FETCHED}):
        yield _encode(row.kind, row.item_id, row.digest)


def _encode(kind: str, item_id: int, digest: str) -> bytes:
    return f"{kind}:{item_id}:{digest}".encode()
