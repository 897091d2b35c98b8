"""A service perimeter that several environments are in: a project and rules are added as resources, and nothing else of it."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import (
    access_context_manager_service_perimeter_dry_run_egress_policy as dry_run_egress,
)
from cdktf_cdktf_provider_google import (
    access_context_manager_service_perimeter_dry_run_ingress_policy as dry_run_ingress,
)
from cdktf_cdktf_provider_google import access_context_manager_service_perimeter_egress_policy as enforced_egress
from cdktf_cdktf_provider_google import access_context_manager_service_perimeter_ingress_policy as enforced_ingress
from cdktf_cdktf_provider_google.access_context_manager_service_perimeter_dry_run_resource import (
    AccessContextManagerServicePerimeterDryRunResource,
)
from cdktf_cdktf_provider_google.access_context_manager_service_perimeter_resource import (
    AccessContextManagerServicePerimeterResource,
)
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.egress import EgressRule, egress_blocks
from constructs_lib.google.ingress import IngressRule, ingress_blocks
from constructs_lib.google.perimeter import PerimeterConfig

_KIND = "AccessContextManagerServicePerimeter"
_MODULES: dict[str, Any] = {
    "IngressPolicy": enforced_ingress,
    "EgressPolicy": enforced_egress,
    "DryRunIngressPolicy": dry_run_ingress,
    "DryRunEgressPolicy": dry_run_egress,
}


class JoinedPerimeter(Construct):
    """A project's membership and rules in the perimeter `accessPolicies/NUMBER/servicePerimeters/NAME`.

    `enforced` and `dry_run` are what is added to the perimeter's `status` and `spec`; their services are the owner's, and
    are not written. At least one is needed. `member=False`: the project is inside already, and stays if this
    is destroyed, or has no rules here. A rule's title is PREFIX: TITLE (DIGEST). The perimeter needs an explicit spec for a dry run.
    `resources` is what a grant has to wait for.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        prefix: str,
        enforced: PerimeterConfig | None = None,
        dry_run: PerimeterConfig | None = None,
        member: bool = True,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        if enforced is None and dry_run is None:
            raise ValueError("joined perimeter: enforced or dry_run is needed")
        self.name = limits.service_perimeter(name)
        self._prefix, self._member, self._depends_on = prefix, member, list(depends_on)
        self.resources: list[ITerraformDependable] = []
        if dry_run:
            self._attach("dry_run", dry_run)
        if enforced:
            self._attach("enforced", enforced)

    def _attach(self, side: str, config: PerimeterConfig) -> None:
        """The project first: a rule may name only what is inside."""
        member = [self._create_member(side, config.project_number)] if self._member else []
        rules = [self._create_rule(side, config, rule, member) for rule in config.rules]
        self.resources += [*member, *rules]

    def _create_member(self, side: str, project_number: str) -> Any:
        project = f"projects/{limits.project_number(project_number)}"
        if side == "dry_run":
            return AccessContextManagerServicePerimeterDryRunResource(
                self, "dry_run_member", perimeter_name=self.name, resource=project, depends_on=self._depends_on
            )
        return AccessContextManagerServicePerimeterResource(
            self,
            "enforced_member",
            perimeter_name=self.name,
            resource=project,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=self._depends_on,
        )

    def _create_rule(
        self, side: str, config: PerimeterConfig, rule: IngressRule | EgressRule, member: list[Any]
    ) -> Any:
        number = config.project_number
        named: Callable[[str], Any] = lambda part: getattr(_MODULES[kind], f"{_KIND}{kind}{part}")  # noqa: E731
        dry_run = "DryRun" if side == "dry_run" else ""
        if isinstance(rule, EgressRule):
            kind, levels = f"{dry_run}EgressPolicy", []
            blocks = egress_blocks(rule, number, named)
        else:
            kind, levels = f"{dry_run}IngressPolicy", [rule.level.level]
            blocks = ingress_blocks(rule, number, named)
        return named("")(
            self,
            f"{side}_{re.sub('[^a-z0-9]', '_', rule.title.lower())}",
            perimeter=self.name,
            title=rule.titled(self._prefix, number),
            **blocks,
            # The new rule is added before the old one goes: no gap, and each request has the perimeter's etag.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            depends_on=[*self._depends_on, *member, *levels],
        )
