"""What a plan lets somebody do who could not before, by the difference of its two sides; and what no plan may leave. Pure."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from access import provisioners
from access.difference import gains
from access.gain import Gain
from access.invariants import breaches
from access.objects import after, before, recorded
from access.other_changes import differences
from deploy.guard import Refusal
from deploy.notices import Notice


def notices(plan: dict[str, Any]) -> Iterator[Notice]:
    """What the plan widens, and what was widened outside of Terraform: wider where the plan leaves it so."""
    found, planned, written = before(plan), after(plan), recorded(plan)
    yield from (_notice(gain) for gain in gains(found, planned))
    yield from (_notice(gain) for gain in provisioners.of_plan(plan))
    if opened := list(gains(written, found)):
        staying = {(gain.address, gain.what, gain.missing) for gain in gains(written, planned)}
        for gain in opened:
            wider = (gain.address, gain.what, gain.missing) in staying
            end = "this plan leaves it so" if wider else "this plan ends it"
            yield _notice(gain, f"happened outside of Terraform, and {end}: ", wider)


def others(plan: dict[str, Any]) -> Iterator[str]:
    """What the plan changes that is no access."""
    return differences(before(plan), after(plan))


def refusals(plan: dict[str, Any], acting: Mapping[str, str] = MappingProxyType({})) -> Iterator[Refusal]:
    """What no world may hold, whatever it held before: a plan that ends it passes."""
    for breach in breaches(after(plan), before(plan), acting):
        why = f"{breach.what} (rule {breach.rule.id})"
        yield Refusal(breach.address, "apply it", why, "what-is-refused-whatever-was-there-before")


def _notice(gain: Gain, where: str = "", wider: bool = True) -> Notice:
    return Notice(f"{where}{gain}", wider, gain.missing, gain.whole)
