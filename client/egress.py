"""The own address, as AWS sees it, beside the allowed ones."""

import ipaddress
import re
from typing import Any

from .config import Network
from .fault import Fault, Layer


def own_address(request: Any) -> str:
    """The address that checkip.amazonaws.com answers. Raises Fault."""
    try:
        answer = request("https://checkip.amazonaws.com/")
        text = answer.data.decode("ascii").strip()
        if not re.fullmatch(r"[0-9a-fA-F:.]{2,45}", text):  # a scope after % could be any text
            raise ValueError(text)
        return str(ipaddress.ip_address(text))
    except Fault as fault:
        raise Fault(
            fault.layer, fault.cause, f"{fault.fix}; --no-egress leaves this check out", fault.not_cause
        ) from None
    except ValueError:
        raise Fault(
            Layer.EGRESS,
            f"checkip.amazonaws.com answered {answer.status} without an address",
            "look for a proxy in between, or --no-egress",
            "credentials and permissions",
        ) from None


def compare(address: str, allowed: tuple[Network, ...]) -> str:
    """What is to be seen. Raises Fault if the address is not an allowed one."""
    found, networks = ipaddress.ip_address(address), ", ".join(map(str, allowed))
    if not allowed:
        return f"{found} (KEYLESS_ALLOWED_CIDRS is not set: nothing to compare with)"
    if not any(found in network for network in allowed):
        six = "over IPv6, past the NAT gateway: " if found.version == 6 else ""
        raise Fault(
            Layer.EGRESS,
            f"own egress address {found} is not among the allowed {networks}",
            f"{six}leave through the NAT gateway, or add {found} to the access level",
            "credentials",
        )
    return f"{found}, allowed are {networks}"
