"""The own address, as AWS sees it, next to the allowed ones."""

import ipaddress
import queue
import re
import threading
from typing import Any

from .config import Network
from .fault import Fault, Layer
from .network import timeout_fault

_HOST = "checkip.amazonaws.com"
OFF = "--no-egress or KEYLESS_EGRESS_CHECK=off leaves this check out"


def own_address(seconds: float) -> str:
    """The address that checkip.amazonaws.com answers within `seconds`. Raises Fault.

    It runs in a separate thread: a name server that hangs cannot be interrupted.
    """
    from .transport import Transport

    transport = Transport(seconds)
    outcome: queue.SimpleQueue[str | Fault] = queue.SimpleQueue()
    threading.Thread(target=lambda: outcome.put(_ask(transport)), name="checks", daemon=True).start()
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty:
        found = timeout_fault(f"{_HOST} had not answered after {seconds:.3g} s")
    if isinstance(found, Fault):
        raise Fault(found.layer, found.cause, f"{found.fix}; {OFF}", found.not_cause)
    return found


def _ask(transport: Any) -> str | Fault:
    try:
        answer = transport(f"https://{_HOST}/")
        text = answer.data.decode("ascii").strip()
        if not re.fullmatch(r"[0-9a-fA-F:.]{2,45}", text):  # a scope after % could be any text
            raise ValueError(text)
        return str(ipaddress.ip_address(text))
    except Fault as fault:
        return fault
    except ValueError:
        cause = f"{_HOST} answered {answer.status} without an address"
        return Fault(Layer.EGRESS, cause, "look for a proxy in between", "credentials and permissions")
    except Exception as error:  # noqa: BLE001 (a thread that ends without an outcome would look like silence)
        return Fault(Layer.UNEXPECTED, f"{_HOST} failed with {type(error).__name__}", "report it with this line")
    finally:
        transport.session.close()


def compare(address: str, allowed: tuple[Network, ...]) -> str:
    """What is to be seen. Raises Fault if the address is not an allowed one."""
    found, networks = ipaddress.ip_address(address), ", ".join(map(str, allowed))
    if not allowed:
        return f"{found} (KEYLESS_ALLOWED_CIDRS is not set: nothing to compare with)"
    if not any(found in network for network in allowed):
        six = "over IPv6, past the NAT gateway: " if found.version == 6 else ""
        raise Fault(
            Layer.EGRESS,
            f"own egress address {found} is not in {networks}",
            f"{six}leave through the NAT gateway, or add {found} to the access level",
            "credentials",
        )
    return f"{found}, allowed are {networks}"
