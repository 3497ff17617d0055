"""E-mails into notes: .eml files, and text pasted with its header lines.

The body begins with the header lines that matter (From, To, Cc, Date, Subject), so that whoever reads the note sees
whose words follow; quoted replies stay as they are.
"""

from __future__ import annotations

import email
import html
import re
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_OPENING = re.compile(r"\A\s*(?:[A-Za-z-]{2,30}:[^\n]*\n(?:[ \t]+[^\n]*\n)*){2,}")
_NEEDED = re.compile(r"^from:", re.IGNORECASE | re.MULTILINE)
_BESIDE = re.compile(r"^(?:to|subject|date|sent):", re.IGNORECASE | re.MULTILINE)
_LINES = re.compile(r"<(?:br|/tr|/li)\b[^>]*>", re.IGNORECASE)
_BLOCKS = re.compile(r"</(?:p|div|h\d|table|ul|ol|blockquote)\b[^>]*>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(style|script|head)\b.*?</\1>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Mail:
    """`domains` are those of everybody who wrote or received it, the sender's first; `sender` is the address it came from."""

    body: str
    title: str
    date: str
    domains: list[str] = field(default_factory=list)
    sender: str = ""


def read_eml(content: bytes) -> Mail:
    """An .eml file. Its text part, else its HTML part as text; attachments are left out."""
    message = email.message_from_bytes(content, policy=policy.default)
    part = message.get_body(preferencelist=("plain", "html"))
    text = ""
    if part is not None:
        text = _content(part)
        if part.get_content_subtype() == "html":
            text = from_html(text)
    headers = "".join(f"{name}: {_one_line(message, name)}\n" for name in _SHOWN if message.get(name))
    return _mail(message, f"{headers}\n{_with_plain_ends(text).strip()}".strip())


def read_pasted(text: str) -> Mail | None:
    """A pasted e-mail, its body kept as it is; None when the text does not begin with an e-mail's header lines."""
    opening = _OPENING.match(text)
    if opening is None or not (_NEEDED.search(opening.group()) and _BESIDE.search(opening.group())):
        return None
    header = re.sub(r"^sent:", "Date:", opening.group().lstrip(), flags=re.IGNORECASE | re.MULTILINE)
    return _mail(email.message_from_string(header + "\n", policy=policy.default), text.strip("\n"))


def from_html(text: str) -> str:
    """What a reader of HTML mail sees, as text."""
    plain = html.unescape(_TAG.sub("", _LINES.sub("\n", _BLOCKS.sub("\n\n", _UNSEEN.sub("", text)))))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", "\n".join(" ".join(line.split()) for line in plain.splitlines()))


def _mail(message: EmailMessage, body: str) -> Mail:
    people = getaddresses([_one_line(message, name) for name in ("From", "To", "Cc") if message.get(name)])
    domains = [address.rpartition("@")[2].lower() for _, address in people if "@" in address]
    date = next((" ".join(str(value).split()) for name, value in message.raw_items() if name.lower() == "date"), "")
    sender = next((address for _, address in getaddresses([_one_line(message, "From")]) if "@" in address), "")
    return Mail(body, _one_line(message, "Subject"), date, list(dict.fromkeys(domains)), sender)


def _one_line(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name) or "").split())
    except (ValueError, IndexError, AttributeError):  # the library gives up on some broken headers
        return ""


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an encoding that does not exist
        payload = part.get_payload(decode=True)
        return payload.decode("latin-1") if isinstance(payload, bytes) else str(payload)


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
