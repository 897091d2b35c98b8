"""What concerns more than one field. Each check yields every problem it finds."""

from collections.abc import Callable, Collection, Iterator

from stacks.settings.checks import (
    aws,
    backend,
    egress,
    gemini,
    instances,
    join,
    listed,
    names,
    perimeter,
    share,
    versions,
    workloads,
)
from stacks.settings.derived import Settings
from stacks.settings.problems import Problem

# Each check and the tables that it reads.
CHECKS: dict[Callable[[Settings], Iterator[Problem]], set[str]] = {
    aws.network: {"aws"},
    aws.zones: {"aws"},
    aws.nat: {"aws"},
    aws.roles: {"aws", "workload"},
    aws.assumed_role: {"aws"},
    workloads.workloads: {"aws", "workload"},
    instances.places: {"aws", "workload"},
    instances.egress: {"workload", "client"},
    instances.keys: {"aws", "workload"},
    workloads.client: {"aws", "workload", "client"},
    workloads.names: {"prefix", "aws", "workload"},
    workloads.accounts: {"prefix", "google", "workload", "perimeter", "backend"},
    workloads.deploying_roles: {"prefix", "aws", "workload", "backend"},
    workloads.roles: {"google", "workload"},
    workloads.pool: {"google"},
    workloads.federation: {"prefix", "aws", "google", "workload"},
    perimeter.policy: {"google", "perimeter"},
    perimeter.perimeter: {"perimeter", "backend", "workload", "on_premises"},
    join.join: {"google", "perimeter", "backend"},
    join.hand_over: {"perimeter"},
    share.share: {"google", "perimeter", "workload"},
    share.callers: {"aws", "perimeter", "workload"},
    egress.egress: {"google", "perimeter", "workload"},
    perimeter.impersonators: {"google", "perimeter", "backend"},
    perimeter.workloads: {"prefix", "google", "on_premises", "perimeter"},
    perimeter.protected_by: {"perimeter"},
    perimeter.people: {"on_premises", "perimeter"},
    perimeter.whole_pool: {"prefix", "aws", "google", "on_premises", "perimeter"},
    perimeter.audit: {"audit", "google", "perimeter"},
    backend.backend: {"backend"},
    versions.versions: {"versions"},
    gemini.tuned_model: {"google", "gemini"},
    listed.regions: {"aws", "unlisted"},
    listed.state_region: {"backend", "unlisted"},
    listed.location: {"gemini", "unlisted"},
    listed.services: {"perimeter", "unlisted"},
    names.google: {"prefix", "google"},
    names.network: {"prefix", "aws"},
    names.workloads: {"prefix", "workload"},
    names.levels: {"prefix", "perimeter", "on_premises"},
    names.given: {"prefix", "workload", "perimeter", "on_premises"},
}


def problems_of(settings: Settings, unusable: Collection[str] = ()) -> Iterator[Problem]:
    """Every problem between the fields of settings; checks that read one of the `unusable` tables are left out."""
    for check, tables in CHECKS.items():
        if tables.isdisjoint(unusable):
            yield from check(settings)
