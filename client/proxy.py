"""The proxy in the environment: which one, for whom, and what is wrong with it."""

import os
import re
from collections.abc import Set

from .fault import Fault, Layer

CONTAINER = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23")
"""ECS; EKS Pod Identity, over IPv4 and IPv6."""
NEVER_PROXIED = ("169.254.169.254", *CONTAINER[:2], "fd00:ec2::254", CONTAINER[2])
NO_PROXY = "NO_PROXY=" + ",".join(NEVER_PROXIED)  # no brackets: requests would not see the address
METADATA = frozenset({"169.254.169.254", "fd00:ec2::254", CONTAINER[0]})
"""Where a proxy of the environment is used; the other containers' addresses are called directly."""
_USABLE = re.compile(r"(https?://)?([^@/]*@)?[\w.-]+(:\d+)?/?|", re.ASCII)
_UNUSABLE = {"InvalidProxyURL", "InvalidSchema", "InvalidURL", "LocationParseError", "ProxySchemeUnknown"}
_NOT_CAUSE = "neither token nor permissions: no byte reached Google or AWS"


def proxy_for(host: str) -> str:
    """HOST:PORT of the proxy for a host (or ""), as requests chooses it: networks in NO_PROXY count too."""
    from requests.utils import get_environ_proxies, select_proxy

    url = f"{'http' if host in METADATA else 'https'}://" + (f"[{host}]" if ":" in host else host)
    chosen: str = select_proxy(url, get_environ_proxies(url, None)) or ""
    return chosen.rpartition("@")[2].rpartition("//")[2].rstrip("/")


def proxy_fault(host: str, names: Set[str], text: str) -> Fault | None:
    """What an exception's type `names` and `text` say about the proxy on the way to `host`; None if nothing."""
    proxy, variable = proxy_for(host), "HTTP_PROXY" if host in METADATA else "HTTPS_PROXY"
    if "socks" in text or "unknown scheme for proxy" in text or names & _UNUSABLE:
        cause = (
            f"{_unusable() or variable} names no proxy that can be used: only http proxies can (SOCKS needs a package)"
        )
        fix = "name one as http://HOST:PORT, or unset the variable"
    elif re.search(r"\b407 ", text):
        cause, fix = (
            f"the proxy {proxy} wants a user and a password",
            f"put them into {variable}, in front of {proxy} and an @",
        )
    elif "tunnel connection failed" in text or ("ProxyError" in names and "connect to proxy" not in text):
        cause, fix = (
            f"the proxy {proxy} refused the connection to {host}",
            f"let the proxy allow CONNECT to {host}:443, or unset {variable}",
        )
    elif "ProxyError" in names and names & {"NewConnectionError", "NameResolutionError"}:
        cause, fix = f"the proxy {proxy} on the way to {host} cannot be reached", f"correct or unset {variable}"
    else:  # urllib3 says ProxyError too when the host behind it breaks off
        return None
    return Fault(Layer.NETWORK, cause, NO_PROXY if host in METADATA else fix, _NOT_CAUSE)


def _unusable() -> str:
    """The variable of the environment that holds no http proxy, with its value but for user and password."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"):
        if not _USABLE.fullmatch(value := os.environ.get(name, "")):
            return f"{name}={re.sub('//[^/]*@', '//', value)}"
    return ""
