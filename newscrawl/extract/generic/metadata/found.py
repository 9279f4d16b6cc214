"""A value of the metadata, and where it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value, with its source as in `Article.sources` ("json-ld headline")."""

    value: T
    source: str
