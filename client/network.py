"""No answer at all: name resolution, routes, silence."""

from collections import deque
from collections.abc import Iterator

from .certificates import tls_fault
from .fault import Fault, Layer
from .proxy import METADATA, NO_PROXY, proxy_fault, proxy_for

_CONTAINER = "169.254.170.2"
_OPTIONS = "aws ec2 modify-instance-metadata-options --instance-id INSTANCE"


def network_fault(host: str, error: BaseException, *, out_of_time: bool = False) -> Fault:
    """What an exception of requests, urllib3, httpx or httpx2 says about the way to `host`. Its text is not quoted."""
    names = {type(e).__name__ for e in walk(error)}
    text = " ".join(str(e).lower() for e in walk(error))
    proxy = proxy_for(host)
    if host in METADATA and not proxy:
        return _metadata(host, silent=any("ReadTimeout" in n for n in names))
    if fault := proxy_fault(host, names, text):
        return fault
    if "ssl" in text or "certificate" in text or "FileNotFoundError" in names or any("SSL" in n for n in names):
        return tls_fault(host, text)
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
    if host in METADATA:
        return Fault(
            Layer.METADATA,
            f"the metadata service cannot be reached through the proxy {proxy} of HTTP_PROXY: {cause}",
            NO_PROXY,
            "neither the role nor Google: no credentials were read yet",
        )
    through = f" through the proxy {proxy}" if proxy else ""
    return Fault(
        Layer.NETWORK, cause + through, fix, "neither token nor permissions: no answer came back", transient=True
    )


def timeout_fault(cause: str) -> Fault:
    """The budget of one attempt is used up."""
    return Fault(
        Layer.TIMEOUT,
        cause,
        "allow more time with --timeout; if it hangs again, look at the route to the NAT gateway and at proxies",
        "no answer was a denial",
    )


def _metadata(host: str, *, silent: bool) -> Fault:
    if host == _CONTAINER:
        return Fault(
            Layer.AWS_IDENTITY,
            f"nothing answers at {host}, to which AWS_CONTAINER_CREDENTIALS_*_URI leads",
            "run this in an ECS task with a task role, or unset the variable to use the instance's role",
            "neither Google nor the NAT gateway: these credentials never leave the host",
        )
    if silent:  # the hop limit holds for the answer to PUT only
        cause = f"the metadata service at {host} takes the connection but its answer does not arrive: hop limit 1, seen from a container"
        fix = (
            "set hop_limit = 2 of the workload in the settings and deploy (a deploy undoes a change by hand); where the instance "
            f"is not built by these settings: {_OPTIONS} --http-put-response-hop-limit 2; or run in the host's network"
        )
    else:
        cause = f"nothing answers at {host}: this is no EC2 instance, or its metadata service is off"
        fix = f"{_OPTIONS} --http-endpoint enabled --http-tokens required"
    return Fault(Layer.METADATA, cause, fix, "neither Google nor the NAT gateway: metadata never leaves the host")


def walk(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it wraps: cause, context, group, arguments. At most a thousand."""
    seen: set[int] = set()
    todo: deque[object] = deque([error])
    while todo and len(seen) < 1000:
        item = todo.popleft()
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            members = getattr(item, "exceptions", ())
            todo += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args[:1000]]
            todo += members[:1000] if isinstance(members, tuple) else ()
