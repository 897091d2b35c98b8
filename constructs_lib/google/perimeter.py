"""The service perimeter: which services are protected, and which calls pass it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import access_context_manager_service_perimeter as bindings
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.access import AccessPolicy
from constructs_lib.google.deletion import set_deletion_policy
from constructs_lib.google.egress import EgressRule, egress_blocks
from constructs_lib.google.ingress import ANY_IDENTITY as ANY_IDENTITY
from constructs_lib.google.ingress import IngressRule as IngressRule
from constructs_lib.google.ingress import ingress_blocks
from constructs_lib.google.rule import Rule
from constructs_lib.references import checked


@dataclass(frozen=True)
class PerimeterConfig:
    """What a perimeter enforces, or would enforce.

    `accessible_services` are those that networks inside may reach; None is every one. With `inside=False` the project, of which
    the rules are, is not a member.
    """

    project_number: str
    restricted_services: tuple[str, ...]
    ingress: tuple[IngressRule, ...]
    egress: tuple[EgressRule, ...] = ()
    accessible_services: tuple[str, ...] | None = None
    inside: bool = True

    def __post_init__(self) -> None:
        if not self.restricted_services:
            raise ValueError("perimeter: no restricted_services; a perimeter without one protects nothing")
        titles = [rule.title for rule in self.rules]
        if repeated := {title for title in titles if titles.count(title) > 1}:
            raise ValueError(
                f"perimeter: got several rules called {sorted(repeated)}; titles are unique, ingress and egress together"
            )
        counts = {rule.title: rule.attributes(self.project_number) for rule in self.rules}
        largest = f"the rule {max(counts, key=counts.__getitem__)!r} takes {max(counts.values())}" if counts else ""
        replace(limits.rule_attributes, hint=lambda _: largest)(sum(counts.values()))

    @property
    def rules(self) -> tuple[IngressRule | EgressRule, ...]:
        return (*self.ingress, *self.egress)

    def titled(self, prefix: str) -> "PerimeterConfig":
        """The same, with the titles that the rules have where they are resources."""
        number = self.project_number
        ingress = tuple(replace(rule, title=rule.titled(prefix, number)) for rule in self.ingress)
        egress = tuple(replace(rule, title=rule.titled(prefix, number)) for rule in self.egress)
        return replace(self, ingress=ingress, egress=egress)


class Perimeter(Construct):
    """A regular service perimeter around one project, or with `shared` one that others join.

    `enforced` becomes `status`. `dry_run` becomes `spec`: its violations are logged, nothing is blocked. At least one
    is needed. A change takes up to 30 minutes to take effect. The name forces replacement, with nothing enforced in
    between, so an enforced perimeter has prevent_destroy: to rename or remove it, first apply it as a dry run.
    `deletion_policy` is as in `constructs_lib.google.deletion`. Members and rules of a shared perimeter are resources, by
    `constructs_lib.google.joined`: they are neither written here nor removed. An update writes back those that the plan saw, and
    loses what joined after it (docs/decisions/044-shared-perimeters.md).
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
        shared: bool = False,
        deletion_policy: str | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        if enforced is None and dry_run is None:
            raise ValueError("perimeter: enforced or dry_run is needed")
        if shared and dry_run is None:
            raise ValueError("perimeter: a shared one needs dry_run, since a join is tested in it first")
        self.name = f"{policy.name}/servicePerimeters/{limits.perimeter_name(short_name)}"
        configs = [config for config in (enforced, dry_run) if config]
        for config in configs:
            checked(self, limits.project_number, config.project_number)
            for identity in (one for rule in config.rules for one in rule.identities or ()):
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
            status=_block("Status", enforced, shared) if enforced else None,
            spec=_block("Spec", dry_run, shared) if dry_run else None,
            use_explicit_dry_run_spec=True if dry_run else None,
            lifecycle=_lifecycle(enforced, shared),
            depends_on=[*policy.resources, *depends_on, *levels],
        )
        set_deletion_policy(self.perimeter, deletion_policy)


def _lifecycle(enforced: PerimeterConfig | None, shared: bool) -> TerraformResourceLifecycle | None:
    sides = [*(["status"] if enforced else []), "spec"]
    others = [f"{side}[0].{name}" for side in sides for name in ("resources", "ingress_policies", "egress_policies")]
    if not (enforced or shared):
        return None
    return TerraformResourceLifecycle(
        prevent_destroy=True if enforced else None, ignore_changes=others if shared else None
    )


def _block(side: str, config: PerimeterConfig, shared: bool) -> Any:
    """`config` in the classes of one side: status and spec have the same shape and different class names."""
    inline = not shared
    accessible = config.accessible_services
    return _class(side)(
        resources=[f"projects/{limits.project_number.unless_reference(config.project_number)}"]
        if inline and config.inside
        else None,
        restricted_services=sorted(limits.restricted_service(name) for name in config.restricted_services),
        vpc_accessible_services=_class(f"{side}VpcAccessibleServices")(
            enable_restriction=True, allowed_services=sorted(map(limits.accessible_service, accessible))
        )
        if accessible
        else None,
        ingress_policies=_policies(side, "Ingress", config, config.ingress, ingress_blocks) if inline else None,
        egress_policies=_policies(side, "Egress", config, config.egress, egress_blocks) if inline else None,
    )


def _policies(
    side: str, direction: str, config: PerimeterConfig, rules: Sequence[Rule], blocks: Any
) -> list[Any] | None:
    """The rules of a direction, sorted: a list, whose order the API keeps (magic-modules #12572)."""
    policies = f"{side}{direction}Policies"
    return [
        _class(policies)(
            title=rule.title, **blocks(rule, config.project_number, lambda name: _class(f"{policies}{name}"))
        )
        for rule in sorted(rules, key=lambda rule: rule.title)
    ] or None


def _class(name: str) -> Any:
    return getattr(bindings, f"AccessContextManagerServicePerimeter{name}")
