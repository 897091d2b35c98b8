"""The service perimeter: which services are protected, and which calls are admitted from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import access_context_manager_service_perimeter as bindings
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.access import AccessPolicy
from constructs_lib.google.deletion import set_deletion_policy
from constructs_lib.google.ingress import ANY_IDENTITY as ANY_IDENTITY
from constructs_lib.google.ingress import IngressRule as IngressRule
from constructs_lib.google.ingress import ingress_blocks
from constructs_lib.references import checked


@dataclass(frozen=True)
class PerimeterConfig:
    """What a perimeter enforces, or would enforce."""

    project_number: str
    restricted_services: tuple[str, ...]
    ingress: tuple[IngressRule, ...]

    def __post_init__(self) -> None:
        if not self.restricted_services:
            raise ValueError("perimeter: no restricted_services; a perimeter without one protects nothing")
        titles = [rule.title for rule in self.ingress]
        if repeated := {title for title in titles if titles.count(title) > 1}:
            raise ValueError(f"perimeter: got several ingress rules called {sorted(repeated)}; titles are unique")


class Perimeter(Construct):
    """A regular service perimeter around one project.

    `enforced` becomes `status`. `dry_run` becomes `spec`: its violations are logged, nothing is blocked. At least one
    is needed. A change takes up to 30 minutes to take effect. The name forces replacement, with nothing enforced in
    between, so an enforced perimeter has prevent_destroy: to rename or remove it, first apply it as a dry run.
    `deletion_policy` is as in `constructs_lib.google.deletion`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        policy: AccessPolicy,
        short_name: str,
        description: str,
        enforced: PerimeterConfig | None = None,
        dry_run: PerimeterConfig | None = None,
        deletion_policy: str | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        if enforced is None and dry_run is None:
            raise ValueError("perimeter: enforced or dry_run is needed")
        self.name = f"{policy.name}/servicePerimeters/{limits.perimeter_name(short_name)}"
        configs = [config for config in (enforced, dry_run) if config]
        for config in configs:
            checked(self, limits.project_number, config.project_number)
            for identity in (one for rule in config.ingress for one in rule.identities or ()):
                checked(self, limits.ingress_identity, identity)
        levels = dict.fromkeys(rule.level.level for config in configs for rule in config.ingress)
        self.perimeter = bindings.AccessContextManagerServicePerimeter(
            self,
            "perimeter",
            parent=policy.name,
            name=self.name,
            title=short_name,
            description=description,
            perimeter_type="PERIMETER_TYPE_REGULAR",
            status=_block("Status", enforced) if enforced else None,
            spec=_block("Spec", dry_run) if dry_run else None,
            use_explicit_dry_run_spec=True if dry_run else None,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if enforced else None,
            depends_on=[*policy.resources, *depends_on, *levels],
        )
        set_deletion_policy(self.perimeter, deletion_policy)


def _block(side: str, config: PerimeterConfig) -> Any:
    """`config` in the classes of one side: status and spec have the same shape and different class names."""
    return _class(side)(
        resources=[f"projects/{limits.project_number.unless_reference(config.project_number)}"],
        restricted_services=sorted(limits.restricted_service(name) for name in config.restricted_services),
        # A list, whose order the API keeps (magic-modules #12572).
        ingress_policies=[
            _ingress_policy(side, config, rule) for rule in sorted(config.ingress, key=lambda rule: rule.title)
        ]
        or None,
    )


def _ingress_policy(side: str, config: PerimeterConfig, rule: IngressRule) -> Any:
    policies = f"{side}IngressPolicies"
    parts = ingress_blocks(rule, config.project_number, lambda name: _class(f"{policies}{name}"))
    return _class(policies)(title=rule.title, **parts)


def _class(name: str) -> Any:
    return getattr(bindings, f"AccessContextManagerServicePerimeter{name}")
