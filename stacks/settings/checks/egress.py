"""What leaves a perimeter of our own: egress rules, and the services that networks inside may reach."""

from collections.abc import Iterator

from stacks.settings.checks.common import listed, repeated
from stacks.settings.derived import Settings
from stacks.settings.models import PerimeterEgress
from stacks.settings.problems import Path, Problem


def egress(settings: Settings) -> Iterator[Problem]:
    """Rules with an effect, each for as little as it says."""
    perimeter = settings.perimeter
    if not perimeter:
        return
    for name, value in {"egress": perimeter.egress, "accessible_services": perimeter.accessible_services}.items():
        if value and settings.others_perimeter:
            yield Problem(
                ("perimeter", name), "cannot be with join: what leaves the perimeter is its owner's to decide"
            )
    yield from repeated(("perimeter", "egress"), [entry.name for entry in perimeter.egress], "name")
    yield from repeated(("perimeter", "accessible_services"), perimeter.accessible_services or [])
    for index, entry in enumerate(perimeter.egress):
        path: Path = ("perimeter", "egress", index)
        for name in ("projects", "services", "methods", "workloads"):
            yield from repeated((*path, name), getattr(entry, name))
        yield from _rule(settings, entry, path)


def _rule(settings: Settings, entry: PerimeterEgress, path: Path) -> Iterator[Problem]:
    names = [workload.name for workload in settings.workload]
    for at, name in enumerate(entry.workloads):
        if name not in names:
            yield Problem(
                (*path, "workloads", at), f'got "{name}"; allowed: a workload, {listed(names) or "and there is none"}'
            )
    for at, number in enumerate(entry.projects):
        if number == settings.google.project_number:
            why = "which is inside the perimeter: calls to it need no egress rule; allowed: projects outside"
            yield Problem((*path, "projects", at), f'got "{number}", {why}')
    for at, service in enumerate(entry.services):
        if service not in settings.restricted_anywhere:
            why = "has no effect: the perimeter does not restrict it, so calls to it leave without a rule"
            yield Problem((*path, "services", at), f'got "{service}", which {why}')
    if "*" in entry.methods and entry.methods[1:]:
        yield Problem(
            (*path, "methods"), "got '*' and more; allowed: '*' alone, which is every method, or some by their names"
        )
    elif "*" not in entry.methods and entry.services[1:]:
        why = "methods are of one service, and Google refuses them for another one; write one table for each service"
        yield Problem((*path, "services"), f"got {len(entry.services)} services: {why}")
