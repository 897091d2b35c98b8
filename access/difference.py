"""What one world allows and another does not, over every layer, each asked alone. Pure.

As far as these worlds grant: other grants on the project, its folder and its organization are not included.
"""

from collections.abc import Iterator, Sequence

from access import aws, grants, keys, perimeter_gains, run_as, tokens, undocumented_members, unread
from access.gain import Gain
from access.objects import Object


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every gain of the new world, as each layer reports it; what is not read is one that cannot be decided."""
    if tuple(old) == tuple(new):  # such as a plan without drift, where what exists is what was recorded
        return
    yield from tokens.gains(old, new)
    yield from grants.gains(old, new)
    yield from keys.gains(old, new)
    yield from perimeter_gains.gains_with_levels(old, new)
    yield from aws.gains(old, new)
    yield from run_as.gains(old, new)
    yield from undocumented_members.gains(old, new)
    yield from unread.gains(old, new)
