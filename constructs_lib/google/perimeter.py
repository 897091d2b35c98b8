"""The service perimeter: which services are protected, and which calls come in all the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import access_context_manager_service_perimeter as bindings
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.access import AccessPolicy, IpAccessLevel
from constructs_lib.google.deletion import set_deletion_policy

ANY_IDENTITY = "ANY_IDENTITY"


@dataclass(frozen=True)
class IngressRule:
    """Calls from `level`'s addresses, by these identities, to these services. `identities=None` is any identity.

    `methods` and `permissions` narrow the calls; with neither, every method is allowed. `title` is unique in its
    perimeter and has at most 100 characters.
    """

    title: str
    level: IpAccessLevel
    identities: tuple[str, ...] | None
    services: tuple[str, ...]
    methods: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.identities == ():
            raise ValueError(
                f"ingress rule {self.title!r}: no identities; allowed: at least one, or None for any identity"
            )
        if not self.services:
            raise ValueError(f"ingress rule {self.title!r}: no services; allowed: at least one")
        limits.ingress_title(self.title)
        for service in self.services:
            limits.service_name(service)
        for method in self.methods:
            limits.ingress_method(method)
        for permission in self.permissions:
            limits.permission(permission)


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
        resources=[f"projects/{limits.project_number(config.project_number)}"],
        restricted_services=sorted(limits.restricted_service(name) for name in config.restricted_services),
        # A list, whose order the API keeps (magic-modules #12572).
        ingress_policies=[
            _ingress_policy(side, config, rule) for rule in sorted(config.ingress, key=lambda rule: rule.title)
        ]
        or None,
    )


def _ingress_policy(side: str, config: PerimeterConfig, rule: IngressRule) -> Any:
    policies = f"{side}IngressPolicies"
    identities = rule.identities and sorted(limits.ingress_identity(identity) for identity in rule.identities)
    return _class(policies)(
        title=rule.title,
        ingress_from=_class(f"{policies}IngressFrom")(
            sources=[_class(f"{policies}IngressFromSources")(access_level=rule.level.name)],
            identities=identities,
            identity_type=ANY_IDENTITY if rule.identities is None else None,
        ),
        ingress_to=_class(f"{policies}IngressTo")(
            resources=[f"projects/{config.project_number}"],
            operations=[
                _class(f"{policies}IngressToOperations")(
                    service_name=service,
                    method_selectors=list(_selectors(f"{policies}IngressToOperationsMethodSelectors", rule)),
                )
                for service in sorted(rule.services)
            ],
        ),
    )


def _selectors(name: str, rule: IngressRule) -> Iterator[Any]:
    """A selector has exactly one of `method` and `permission`."""
    for method in sorted(rule.methods) if rule.methods or rule.permissions else ["*"]:
        yield _class(name)(method=method)
    for permission in sorted(rule.permissions):
        yield _class(name)(permission=permission)


def _class(name: str) -> Any:
    return getattr(bindings, f"AccessContextManagerServicePerimeter{name}")
