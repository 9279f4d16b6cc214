"""Mail through the mail server of this machine."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from newscrawl.batch.watches.delivery import Delivery, DeliveryError, Message
from newscrawl.errors import ArgumentError
from newscrawl.export.display import format_count, format_time, strip_controls
from newscrawl.storage import Hit, WatchTarget

_LISTED = 100
"""Articles that a mail lists."""
_SECONDS = 20.0
_FOLDERS = os.pathsep.join(("/usr/sbin", "/usr/lib", "/sbin"))
"""Where sendmail is, if it is not on the PATH."""


def check_address(text: str) -> str:
    """Return a mail address. Raises ArgumentError."""
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise ArgumentError("this is no mail address") from error
    if not address.username or not text.isascii() or not text.isprintable():
        raise ArgumentError("this is no mail address")
    return text


def send(target: WatchTarget, message: Message, delivery: Delivery) -> None:
    """Hand a mail to the server: NEWSCRAWL_MAIL_SERVER, else the program sendmail, else port 25 of this machine.

    Raises DeliveryError.
    """
    mail = _make_mail(target.address, message)
    program = shutil.which("sendmail") or shutil.which("sendmail", path=_FOLDERS)
    try:
        if delivery.mail_server or not program:
            host, _, port = (delivery.mail_server or "localhost").partition(":")
            with smtplib.SMTP(host, int(port or 25), timeout=_SECONDS) as server:
                server.send_message(mail)
        else:
            command = [program, "-t", "-i"]
            subprocess.run(command, input=bytes(mail), check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603
    except subprocess.CalledProcessError as error:
        detail = error.stderr.decode(errors="replace").strip().splitlines()
        raise DeliveryError(f"sendmail: {detail[0] if detail else f'exit code {error.returncode}'}") from error
    except smtplib.SMTPException as error:
        raise DeliveryError(f"the mail server refused it: {' '.join(str(error).split())}") from error
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        where = delivery.mail_server or "this machine"
        hint = "" if delivery.mail_server else "; install one, or set NEWSCRAWL_MAIL_SERVER=HOST:PORT"
        raise DeliveryError(f"no mail server answers at {where} ({error}){hint}") from error


def _make_mail(to: str, message: Message) -> EmailMessage:
    hits = list(message.store.hits_of(message.report.ids[:_LISTED]))
    total, name = len(message.report.ids), message.watch.name
    mail = EmailMessage()
    number = "a test" if message.is_test else format_count(total, "new article")
    mail["Subject"] = strip_controls(f"{name}: {number}" + (f": {_to_line(hits[-1].headline)}" if hits else ""))[:200]
    mail["From"] = f"newscrawl <newscrawl@{socket.gethostname()}>"
    mail["To"] = to
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message.id}@{socket.gethostname()}>"
    mail["Auto-Submitted"] = "auto-generated"
    rest = f"… and {total - len(hits):,} more.\n" if total > len(hits) else ""
    mail.set_content("\n".join(map(_format_hit, hits)) + rest)
    return mail


def _format_hit(hit: Hit) -> str:
    facts = [format_time(hit.published_at, hit.published_precision)] if hit.published_at else []
    facts += [", ".join(hit.byline)] if hit.byline else []
    lines = (hit.headline, " – ".join(facts), hit.dek or "", hit.url)
    return "".join(f"{_to_line(line)}\n" for line in lines if line)


def _to_line(text: str) -> str:
    return strip_controls(" ".join(text.split()))
