"""Which providers may run."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.derived import Settings
from stacks.settings.problems import Problem

# The lowest that the kit was run with. Before 6.21 google's rules have no title, and before 6.48 a plan does not show
# that another scope replaces an access policy.
LOWEST = {"aws": "5.100.0", "google": "6.50.0"}


def versions(settings: Settings) -> Iterator[Problem]:
    for name, lowest in LOWEST.items():
        constraint = getattr(settings.versions, name)
        if limits.lowest_version(constraint) is None:
            yield Problem(
                ("versions", name), f'got "{constraint}", which no version meets; allowed: one that some version meets'
            )
        elif limits.lowest_version(f"{constraint}, >= {lowest}") is None:
            yield Problem(
                ("versions", name),
                f'got "{constraint}", which admits nothing from {lowest} on; allowed: a constraint that admits {lowest} or'
                " newer: the kit was not run with anything older",
            )
