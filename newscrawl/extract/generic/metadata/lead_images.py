"""The lead image of an article, as its metadata name it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals


def read_lead_image(signals: Signals) -> Found[str] | None:
    """Return the address of the lead image as the page states it, perhaps relative."""
    return next((Found(address.strip(), source) for source, address in _stated(signals) if _is_address(address)), None)


def _stated(signals: Signals) -> Iterator[tuple[str, str]]:
    yield from (
        (f"meta {name}", text) for name, text in signals.first_meta("og:image:secure_url", "og:image", "og:image:url")
    )
    yield from (("json-ld image", address) for address in _addresses(signals.article.get("image")))
    yield from ((f"meta {name}", text) for name, text in signals.first_meta("twitter:image", "twitter:image:src"))


def _addresses(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        address = each.get("url") or each.get("contentUrl") or each.get("@id") if isinstance(each, dict) else each
        if isinstance(address, str):
            yield address


def _is_address(text: str) -> bool:
    return bool(text.strip()) and " " not in text.strip() and not text.startswith("data:")
