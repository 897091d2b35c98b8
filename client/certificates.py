"""TLS that failed. google-auth reads other variables than google-genai: behind an intercepting proxy both are needed."""

import os
import re
import shlex
from pathlib import Path

from .fault import Fault, Layer

_READERS = {"SSL_CERT_FILE": "google-genai", "REQUESTS_CA_BUNDLE": "google-auth"}
_INSTEAD = {"SSL_CERT_FILE": "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE": "CURL_CA_BUNDLE"}  # read if the first is not set
_BOTH = (
    "set SSL_CERT_FILE and REQUESTS_CA_BUNDLE, both, to a file with the certificate authority of the proxy in between"
)
_ROWS = (  # OpenSSL's words, in lower case
    (
        "has expired|not yet valid",
        "the certificate of {host} is expired or not valid yet, or the local clock is wrong",
        "compare `date -u` with a clock (sudo chronyc makestep); if it is right, renew the certificate of the proxy in between",
    ),
    (
        "hostname mismatch|ip address mismatch|doesn't match|not valid for",
        "what answers as {host} shows a certificate for another name",
        "look at `getent hosts {host}`, at hosts files, private DNS zones and the proxy: something else answers there",
    ),
    (
        "wrong.version.number|http.request|unknown protocol|record.layer.failure|packet length too long",
        "what answers as {host} on port 443 speaks no TLS, but plain HTTP for instance",
        "look for a captive portal or a proxy on the way; a proxy's variable is http://HOST:PORT, also for HTTPS",
    ),
    (
        "eof occurred|unexpected.eof|sslzeroreturn|handshake operation timed out",
        "something closed the connection to {host} in the TLS handshake",
        "look for a firewall that filters by name (SNI), the network ACL and the proxy's list of hosts: {host} must be on it",
    ),
    (
        "authority key identifier|basic constraints|key usage|invalid ca|too weak|too small",
        "Python does not accept the form of the certificate of {host}, or of its authority",
        "create the proxy's authority again by RFC 5280: Python 3.13 and newer check it strictly",
    ),
)


def tls_fault(host: str, text: str) -> Fault:
    """Why `host` is not believed; `text` is the exception's, in lower case."""
    given = {name: _path(name) for name in _READERS if _path(name)}
    absent = next((name for name, path in given.items() if not Path(path).exists()), "")
    row = next(((cause, fix) for pattern, cause, fix in _ROWS if re.search(pattern, text)), None)
    if absent:
        cause, fix = f"{absent} names no file: {given[absent]}", f"correct {absent}, or unset it"
    elif "no certificate or crl found" in text or "pem lib" in text:
        cause, fix = f"{' or '.join(given)} names a file without a certificate", "write it again, as PEM"
    elif row:
        cause, fix = (part.format(host=host) for part in row)
    elif "verif" not in text:
        cause, fix = f"TLS to {host} failed", "look at the proxy and the firewall on the way; then try again"
    else:
        cause, fix = _unknown_authority(f"TLS to {host} failed: its certificate is not trusted here", given)
    return Fault(Layer.NETWORK, cause, fix, "neither token nor permissions: the connection was not made")


def _unknown_authority(cause: str, given: dict[str, str]) -> tuple[str, str]:
    if not given:
        return cause, _BOTH
    if len(given) == 1:
        ((have, path),) = given.items()
        (lack,) = set(_READERS) - {have}
        return (
            f"{cause}, and only {have} is set, which {_READERS[lack]} does not read",
            f"export {lack}={shlex.quote(path)}",
        )
    files = " and ".join(f"{name}={path}" for name, path in given.items())
    return f"{cause}, and {files} are set", "add the certificate authority of the proxy in between to what they name"


def _path(name: str) -> str:
    return os.environ.get(name) or os.environ.get(_INSTEAD[name]) or ""
