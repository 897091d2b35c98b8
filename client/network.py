"""No answer at all: name resolution, routes, TLS, proxies, silence."""

import os
import urllib.request
from collections.abc import Iterator

from .fault import Fault, Layer

_METADATA = ("169.254.169.254", "fd00:ec2::254", "169.254.170.2")


def network_fault(host: str, error: BaseException, *, out_of_time: bool = False) -> Fault:
    """What an exception of requests, urllib3 or httpx2 says about the way to `host`. Its text is not quoted."""
    names = {type(e).__name__ for e in _chain(error)}
    text = " ".join(str(e).lower() for e in _chain(error))
    proxy = proxy_for(host)
    if host in _METADATA and not proxy:
        return _metadata(host, silent=any("ReadTimeout" in n for n in names))
    if "ProxyError" in names or "tunnel connection failed" in text:
        return Fault(
            Layer.NETWORK,
            f"the proxy refused or broke the connection to {host}",
            f"let the proxy allow CONNECT to {host}:443, or unset HTTPS_PROXY",
            "neither token nor permissions: no byte reached Google or AWS",
        )
    if "ssl" in text or "certificate" in text or any("SSL" in n for n in names):
        return _tls(host, verification="verif" in text)
    if {"gaierror", "NameResolutionError"} & names or "name or service not known" in text or "resolve" in text:
        cause, fix = (
            f"the name {host} does not resolve",
            "look at the VPC's enableDnsSupport and DHCP options, or `getent hosts " + host + "`",
        )
    elif any("Timeout" in n for n in names):
        if out_of_time:
            return timeout_fault(f"{host} had not answered when the time was used up")
        cause = f"nothing answers at {host}"
        fix = "look for the route 0.0.0.0/0 to the NAT gateway, egress 443 in the security group, and the network ACL"
    else:
        cause = f"the connection to {host} was refused or broke off"
        fix = "look at the route to the NAT gateway, egress 443 in the security group, and proxies; then try again"
    if host in _METADATA:
        return Fault(
            Layer.METADATA,
            f"the metadata service cannot be reached through the proxy of HTTP_PROXY: {cause}",
            "NO_PROXY=169.254.169.254,169.254.170.2,[fd00:ec2::254]",
            "neither the role nor Google: no credentials were read yet",
        )
    through = " through the proxy" if proxy else ""
    return Fault(
        Layer.NETWORK, cause + through, fix, "neither token nor permissions: no answer came back", transient=True
    )


def timeout_fault(cause: str) -> Fault:
    """The budget of one attempt is used up."""
    return Fault(
        Layer.TIMEOUT,
        cause,
        "give more with --timeout; if it hangs again, look at the route to the NAT gateway and at proxies",
        "no answer was a denial",
    )


def proxy_for(host: str) -> str:
    """The proxy in the environment for a host ('' if none), as requests would choose it."""
    proxies = urllib.request.getproxies_environment()
    literal = f"[{host}]" if ":" in host else host
    if any(urllib.request.proxy_bypass_environment(name, proxies) for name in (literal, host)):  # type: ignore[attr-defined]
        return ""
    return proxies.get("http" if host in _METADATA else "https", "") or proxies.get("all", "")


def _metadata(host: str, *, silent: bool) -> Fault:
    if silent:  # the hop limit holds for the answer to PUT only
        cause = f"the metadata service at {host} takes the connection but its answer does not arrive: hop limit 1, seen from a container"
        fix = "aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-put-response-hop-limit 2, or run in the host's network"
    else:
        cause = f"nothing answers at {host}: this is no EC2 instance, or its metadata service is off"
        fix = "aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-endpoint enabled --http-tokens required"
    return Fault(Layer.METADATA, cause, fix, "neither Google nor the NAT gateway: metadata never leaves the host")


def _tls(host: str, *, verification: bool) -> Fault:
    cause = f"TLS to {host} failed" + (": its certificate is not trusted here" if verification else "")
    fix = "set SSL_CERT_FILE and REQUESTS_CA_BUNDLE, both, to a file with the certificate authority of the proxy in between"
    have, lack = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    if bool(os.environ.get(have)) != bool(os.environ.get(lack)):
        have, lack = (have, lack) if os.environ.get(have) else (lack, have)
        reader = "google-auth" if lack == "REQUESTS_CA_BUNDLE" else "google-genai"
        cause += f", and only {have} is set, which {reader} does not read"
        fix = f"export {lack}={os.environ[have]}"
    return Fault(Layer.NETWORK, cause, fix, "neither token nor permissions: the connection was not made")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException | None] = [None]
    todo: list[object] = [error]
    while todo:
        item = todo.pop()
        if isinstance(item, BaseException) and item not in seen:
            seen.append(item)
            yield item
            todo += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
