"""SIP messages as values: as much of RFC 3261 as a test telephone needs."""

import re
import secrets
from dataclasses import dataclass

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "c": "content-type",
    "l": "content-length",
}
_NAME_ADDR = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^<"]*?))\s*<sips?:(?P<user>[^@>;]*)@?[^>]*>')


@dataclass(frozen=True)
class SipMessage:
    """A request or a response. Header names are in lower case and in the order of arrival."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    def header(self, name: str) -> str:
        """Give the first value of this header, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    def headers_named(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def is_response(self) -> bool:
        return self.start.startswith("SIP/2.0")

    @property
    def method(self) -> str:
        """Give the method of a request, or the method that a response answers."""
        return self.header("cseq").split()[1] if self.is_response else self.start.split()[0]

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    @property
    def branch(self) -> str:
        found = re.search(r"branch=([^;,\s]+)", self.header("via"))
        return found[1] if found else ""


@dataclass(frozen=True)
class NameAddress:
    """Who a From or P-Asserted-Identity header names."""

    name: str
    user: str


def parse_message(data: bytes) -> SipMessage:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((_full_name(name), value.strip()) for name, _, value in pairs)
    return SipMessage(start, headers, body)


def _full_name(name: str) -> str:
    lower = name.strip().lower()
    return _COMPACT.get(lower, lower)


def render_message(start: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    typed = [*headers, ("Content-Type", "application/sdp")] if body else headers
    lines = [start, *(f"{name}: {value}" for name, value in typed), f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def parse_name_address(text: str) -> NameAddress:
    found = _NAME_ADDR.match(text)
    if found is None:
        return NameAddress("", "")
    return NameAddress(found["quoted"] or found["bare"] or "", found["user"])


def contact_uri(message: SipMessage) -> str:
    found = re.search(r"<([^>]+)>", message.header("contact"))
    return found[1] if found else ""


def media_address(sdp: str) -> tuple[str, int] | None:
    """Where the other side wants its RTP, from a session description (RFC 4566)."""
    port = re.search(r"^m=audio ([0-9]+)", sdp, re.MULTILINE)
    host = re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE)
    return (host[1], int(port[1])) if port and host else None


def describe_media(port: int) -> str:
    """Offer PCMU and telephone events (RFC 4733) at this port."""
    lines = [
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
        f"m=audio {port} RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv",
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n"


def new_branch() -> str:
    return f"z9hG4bK{secrets.token_hex(8)}"


def new_tag() -> str:
    return secrets.token_hex(6)
