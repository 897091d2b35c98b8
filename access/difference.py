"""What one world allows and another does not, over every layer, each asked alone. Pure.

As far as these worlds grant: other grants on the project, its folder and its organization are not included.
"""

from collections.abc import Iterator, Sequence

from access import aws, grants, keys, passes, tokens, unread
from access.gain import Gain
from access.objects import Object


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every gain of the new world: tokens, IAM, keys, perimeters, AWS roles, what is not read. No gain where nothing differs."""
    yield from tokens.gains(old, new)
    yield from grants.gains(old, new)
    yield from keys.gains(old, new)
    yield from passes.gains_with_levels(old, new)
    yield from aws.gains(old, new)
    yield from unread.gains(old, new)
