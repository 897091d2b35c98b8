"""Which addresses an access level takes ("Access level attributes"): public ones, in blocks without host bits."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from .errors import invalid

# RFC 1918, 6598 (carrier-grade NAT), 1122, 3927, 5771; 4193, 4291. Documentation ranges are public to Google.
_REFUSED = [
    ip_network(block)
    for block in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "224.0.0.0/4", "240.0.0.0/4", "fc00::/7", "fe80::/10", "ff00::/8", "::1/128",
    )
]  # fmt: skip
_UNSPECIFIED = (ip_network("0.0.0.0/32"), ip_network("::/128"))


def check(field: str, block: str) -> None:
    """400 for what is no CIDR block, has host bits, or lies in a private or otherwise unroutable range.

    `0.0.0.0/0` is taken: it means everybody (terraform-google-vpc-service-controls #89 has such a level).
    """
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        raise invalid(f"{field}: '{block}' is no CIDR block") from None
    if "/" not in block or network.network_address != ip_address(block.partition("/")[0]):
        raise invalid(f"{field}: '{block}' has host bits set, or no length: the block is '{network}'")
    if network in _UNSPECIFIED or any(_inside(network, refused) for refused in _REFUSED):
        raise invalid(f"{field}: '{block}' is a private or reserved range; only public addresses are supported")


def _inside(network: IPv4Network | IPv6Network, refused: IPv4Network | IPv6Network) -> bool:
    return network.version == refused.version and network.subnet_of(refused)  # type: ignore[arg-type]
