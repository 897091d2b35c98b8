"""The way into the local cloud. There is no other: a simulated apply never writes to a real one."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from .document import ApplyError


def loopback_proxy(environment: Mapping[str, str]) -> tuple[str, str]:
    """HTTPS_PROXY and SSL_CERT_FILE. ApplyError if the proxy is not on 127.0.0.1."""
    proxy = environment.get("HTTPS_PROXY", "")
    if urlsplit(proxy).hostname != "127.0.0.1":
        raise ApplyError(f"HTTPS_PROXY: got {proxy or 'nothing'}; allowed: a local cloud on 127.0.0.1")
    return proxy, environment["SSL_CERT_FILE"]
