"""Passwords and other secrets, and texts without them."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from types import TracebackType
from urllib.parse import unquote, urlsplit

MASK = "***"
_SECRET_NAME = re.compile(r"(PASS|PASSWORD|SECRET|TOKEN|_KEY)$")
_USER_INFO = re.compile(r"(?<=://)([^\s/?#@:'\"]*):([^\s/'\"]*)@")
_PARAMETER = re.compile(r"([?&;][\w-]*(?:password|passwd|secret|token|signature|api[_-]?key)=)([^&;\s'\"]+)", re.I)
_MIN_LENGTH = 8
"""Shorter secrets are hidden in URLs only: anywhere else they may be ordinary words."""
_known: set[str] = set()


class RedactedRecord(logging.LogRecord):
    """A log record without secrets, whichever handler and formatter prints it."""

    def getMessage(self) -> str:  # noqa: N802 - of logging
        if self.exc_info and self.exc_info[1] and not self.exc_text:
            self.exc_text = redact("".join(traceback.format_exception(self.exc_info[1])).rstrip("\n"))
        return redact(super().getMessage())


def hide_in_logs() -> None:
    """Make every log record of this process, and the traceback that ends it, one without secrets.

    Does not replace what another package has installed in their place.
    """
    if logging.getLogRecordFactory() is logging.LogRecord:
        logging.setLogRecordFactory(RedactedRecord)
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _print_exception


def _print_exception(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(error))))


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name is a secret as a whole: AWS_SECRET_ACCESS_KEY, FTP_PASSWORD."""
    return bool(_SECRET_NAME.search(name))


def has_password(name: str, value: str) -> bool:
    """Whether a setting or variable has a password or key."""
    return bool(is_secret_name(name) or find_secrets(value))


def hide_named_secrets(values: Mapping[str, object]) -> None:
    """Hide the secrets in settings or variables: whole values by their name, and passwords in addresses of proxies."""
    for name, value in values.items():
        if isinstance(value, str):
            if is_secret_name(name):
                hide_secrets([value])
            elif name.lower().endswith("_proxy"):
                hide_secrets(find_secrets(value))


def mask_urls(text: str) -> str:
    """Hide the passwords and keys of all URLs in a text.

    >>> mask_urls("postgresql://pilot:tide@db.example/news?sslpassword=x")
    'postgresql://pilot:***@db.example/news?sslpassword=***'
    """
    return _PARAMETER.sub(rf"\1{MASK}", _USER_INFO.sub(rf"\1:{MASK}@", text))


def mask_address(text: str) -> str:
    """Hide all of a URL behind its host: who knows the address can use it.

    >>> mask_address("https://hc-ping.com/5f3a")
    'https://hc-ping.com/***'
    """
    parts = urlsplit(mask_urls(text))
    return f"{parts.scheme}://{parts.netloc}/{MASK}" if parts.netloc else MASK


def find_secrets(text: str, *, whole_path: bool = False) -> set[str]:
    """Return the passwords and keys in the URLs of a text, as written and decoded; with `whole_path` also the path."""
    found = {match[2] for match in _USER_INFO.finditer(text)} | {match[2] for match in _PARAMETER.finditer(text)}
    if whole_path:
        parts = urlsplit(text)
        found |= {parts.path.strip("/"), parts.query}
    # A password that is also the name of the user or of the database is no secret, and would hide that name everywhere.
    return {each for secret in found for each in (secret, unquote(secret)) if text.count(secret) == 1}


def hide_secrets(secrets: Iterable[str]) -> None:
    """Make `redact` hide these texts from now on, in this process."""
    long = {secret for secret in secrets if len(secret) >= _MIN_LENGTH}
    _known.update(long, (json.dumps(secret)[1:-1] for secret in long))


def redact(text: str) -> str:
    """Hide the known secrets, and the passwords of URLs, in a text for a person, a log or the database."""
    for secret in sorted(_known, key=len, reverse=True):
        if secret in text:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text)
    return mask_urls(text) if "://" in text else text
