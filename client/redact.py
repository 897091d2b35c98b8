"""Nothing secret and nothing that steers a terminal leaves this program."""

import re
import urllib.parse

_known: set[str] = set()
_SHAPES = re.compile(
    r"(?P<keep>://)[^\s/@]+@"  # user and password of a proxy
    r"|ya29\.[\w.-]+|\bAIza[\w-]{30,}|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|(?i:bearer(?:\s|\+|%20)+)[\w.~+/%-]+=*"
    r"|AWS4-HMAC-SHA256.{0,600}?Signature(?:=|%3D|%253D)\w+"
    r"|(?i:signature)(?:=|%3D|%253D)[0-9a-fA-F]{16,}"
    r"|(?P<name>(?i:access_?token|refresh_?token|id_?token|subject_?token|security-token|secret_?access_?key|client_secret"
    r"|authorization|metadata-token|\"token)\W{1,12})[\w.~+/%=-]{8,}",
    re.DOTALL,
)


def remember(*values: str | None) -> None:
    """Never let these values out again. Shorter than 8 characters is no secret."""
    for value in values:
        if value and len(value) >= 8:
            _known.update({value, urllib.parse.quote(value, safe=""), urllib.parse.quote(value)})


def clean(text: str, limit: int = 600) -> str:
    """The text on one line, without secrets and control characters, cut to `limit` characters (0: uncut, in its lines).

    A host's answer must not add lines that look like this program's own, such as a fix.
    """
    for secret in sorted(_known.copy(), key=len, reverse=True):  # another thread may add to it
        text = text.replace(secret, "[redacted]")
    text = _SHAPES.sub(lambda m: (m["keep"] or m["name"] or "") + "[redacted]" + ("@" if m["keep"] else ""), text)
    text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    if not limit:
        return text
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit] + "..."
