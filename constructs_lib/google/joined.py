"""A service perimeter that others own: a project and rules are added, and nothing else of it is managed here."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import (
    access_context_manager_service_perimeter_dry_run_ingress_policy as dry_run_rules,
)
from cdktf_cdktf_provider_google import access_context_manager_service_perimeter_ingress_policy as enforced_rules
from cdktf_cdktf_provider_google.access_context_manager_service_perimeter_dry_run_resource import (
    AccessContextManagerServicePerimeterDryRunResource,
)
from cdktf_cdktf_provider_google.access_context_manager_service_perimeter_resource import (
    AccessContextManagerServicePerimeterResource,
)
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.ingress import IngressRule, ingress_blocks
from constructs_lib.google.perimeter import PerimeterConfig

_KIND = "AccessContextManagerServicePerimeter"


class JoinedPerimeter(Construct):
    """A project's membership and rules in the perimeter `accessPolicies/NUMBER/servicePerimeters/NAME`.

    `enforced` and `dry_run` are what is added to the perimeter's `status` and `spec`; their restricted services are the
    owner's, and are not written. At least one is needed. `member=False`: the project is inside already, and stays if this
    is destroyed. A rule's title is PREFIX: TITLE (DIGEST). The perimeter needs an explicit spec for a dry run.
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
        rules = [self._create_rule(side, config, rule, member) for rule in config.ingress]
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

    def _create_rule(self, side: str, config: PerimeterConfig, rule: IngressRule, member: list[Any]) -> Any:
        module: Any = dry_run_rules if side == "dry_run" else enforced_rules
        kind = f"{_KIND}{'DryRun' if side == 'dry_run' else ''}IngressPolicy"
        named: Callable[[str], Any] = lambda part: getattr(module, f"{kind}{part}")  # noqa: E731
        return getattr(module, kind)(
            self,
            f"{side}_{re.sub('[^a-z0-9]', '_', rule.title.lower())}",
            perimeter=self.name,
            title=rule.titled(self._prefix, config.project_number),
            **ingress_blocks(rule, config.project_number, named),
            # The new rule is added before the old one goes: no gap, and each request has the perimeter's etag.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            depends_on=[*self._depends_on, *member, rule.level.level],
        )
