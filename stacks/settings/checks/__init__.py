"""What concerns more than one field. Each check yields every problem it finds; `problems_of` runs them all."""

from collections.abc import Iterator

from stacks.settings.checks.aws import nat, network, zones
from stacks.settings.checks.backend import backend
from stacks.settings.checks.perimeter import audit, people, perimeter, policy
from stacks.settings.checks.workloads import federation, workloads
from stacks.settings.derived import Settings
from stacks.settings.derived_names import derived_names
from stacks.settings.problems import Problem

CHECKS = (network, zones, nat, workloads, federation, policy, perimeter, people, audit, backend, derived_names)


def problems_of(settings: Settings) -> Iterator[Problem]:
    """Every problem between the fields of settings whose fields are each valid."""
    for check in CHECKS:
        yield from check(settings)
