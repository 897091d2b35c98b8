"""Where requests may go: Google, AWS, and the addresses at which a host gives its own programs credentials."""

import ipaddress
import re
from collections.abc import Set
from urllib.parse import urlsplit

from .fault import Fault, Layer
from .proxy import CONTAINER, METADATA

_LOCAL = re.compile(r"http://(?:\[([0-9a-f:.]{2,45})\]|([\w.-]+))(?::([0-9]{1,5}))?(?:/[\x21-\x7e]*)?", re.ASCII | re.I)


def container_host(url: str) -> str:
    """The host of a url that may give a container's credentials, "" for every other url.

    AWS's own SDKs allow the same hosts over http ("Container credential provider", AWS SDKs and Tools Reference Guide),
    and any host over https, which this client refuses.
    """
    found = _LOCAL.fullmatch(url)
    if not found:
        return ""
    host, port = (found[1] or found[2]).lower(), found[3]
    if host == "localhost":
        return host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    host = str(address)
    if host in CONTAINER:
        return host if port in (None, "80") else ""
    return host if host == "::1" or (address.version == 4 and address.is_loopback) else ""


def permitted(url: str, hosts: Set[str]) -> str:
    """The host of a url that this chain may call; `hosts` are further ones. Raises Fault."""
    if local := container_host(url):
        return local
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http" and host in METADATA and parts.port in (None, 80):
        return host
    aws = host == "checkip.amazonaws.com" or (
        host.startswith("sts.") and host.endswith(".amazonaws.com") and host.count(".") == 3
    )
    google = host in ("sts.googleapis.com", "iamcredentials.googleapis.com")
    if parts.scheme == "https" and (aws or google or host in hosts) and parts.port in (None, 443):
        return host
    raise Fault(
        Layer.CONFIGURATION,
        f"{parts.scheme}://{host} is no host of this chain",
        "allow it with --allow-host",
        "nothing was sent",
    )
