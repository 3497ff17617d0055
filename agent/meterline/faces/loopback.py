"""What a request must look like before it reaches the application: from this machine, from our own page, of a sane size."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    b"content-security-policy": _CONTENT_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}


class LoopbackOnly:
    """ASGI middleware. Also sets the security headers on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS.items()]
            await send(message)

        problem = refusal(scope["method"], scope["headers"])
        if problem is None:
            await self.app(scope, receive, send_with_headers)
        else:
            await _refuse(send_with_headers, *problem)


def refusal(method: str, headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, str, str] | None:
    """Status, kind and text of why a request is turned away; None when it may pass."""
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    if not is_loopback(given.get("host", "")):
        return 403, "refused", "This service answers on a loopback host only, such as 127.0.0.1 or localhost."
    origin = given.get("origin")
    if origin is not None and urlsplit(origin).netloc != given["host"]:
        return 403, "refused", "Requests from another site's page are not answered."
    if method in ("POST", "PUT", "PATCH"):
        length = given.get("content-length", "")
        if not length.isdecimal():
            return 411, "invalid", "Send a Content-Length."
        if int(length) > MAX_BODY_BYTES:
            return 413, "invalid", f"The request is too large: {MAX_BODY_BYTES // 1024} KiB are the most."
    return None


def is_loopback(authority: str) -> bool:
    """Whether a Host header (name or address, with or without a port) names this machine by a loopback name."""
    try:
        host = urlsplit(f"//{authority}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _refuse(send: Send, status: int, kind: str, text: str) -> None:
    body = json.dumps({"error": {"kind": kind, "text": text}}).encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
