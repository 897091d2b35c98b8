"""Names that the kit makes from the prefix and another setting, each under its own limit."""

from collections.abc import Callable, Iterator
from typing import Any

from constructs_lib import limits
from stacks.settings.derived import Settings
from stacks.settings.problems import Path, Problem, from_limit


def derived_names(settings: Settings) -> Iterator[Problem]:
    """A problem for each derived name that breaks its limit: the prefix is the culprit, or the setting that replaces it."""
    for rule, name, path in _named(settings):
        try:
            rule(name)
        except limits.LimitError as error:
            ours = _given(settings, path) is None
            place = ("prefix",) if ours else path
            yield from_limit(place, error, f', the {error.rule} made of prefix "{settings.prefix}"' if ours else "")


def _named(settings: Settings) -> Iterator[tuple[Callable[[str], str], str, Path]]:
    yield limits.pool_id, settings.pool_id, ("google", "pool_id")
    yield limits.provider_id, settings.provider_id, ("google", "provider_id")
    yield limits.custom_role_id, settings.custom_role_id, ("google", "custom_role_id")
    for index, workload in enumerate(settings.workload):
        if workload.role_name is None:
            yield limits.aws_role_name, settings.role_name(workload), ("workload", index, "role_name")
        if workload.auth == "impersonation":
            yield (
                limits.service_account_id,
                settings.service_account_id(workload),
                ("workload", index, "service_account_id"),
            )
    if settings.perimeter:
        yield limits.perimeter_name, settings.policy_name("perimeter"), ()
        yield limits.access_level_name, settings.policy_name("workloads_proposed"), ()
    for entry in settings.on_premises:
        yield (
            limits.access_level_name,
            settings.policy_name(f"on_premises_{entry.name}"),
            (),
        )


def _given(settings: Settings, path: Path) -> str | None:
    """What the file itself says in place of a derived name; the empty path is for names that it cannot replace."""
    node: Any = settings if path else None
    for part in path:
        node = node[part] if isinstance(part, int) else getattr(node, part, None)
    return None if node is None else str(node)
