"""From where: access policies and IP access levels."""

from collections.abc import Sequence

from cdktf import Fn, ITerraformDependable, Op, Precondition, TerraformResourceLifecycle, Token
from cdktf_cdktf_provider_google.access_context_manager_access_level import (
    AccessContextManagerAccessLevel,
    AccessContextManagerAccessLevelBasic,
    AccessContextManagerAccessLevelBasicConditions,
)
from cdktf_cdktf_provider_google.access_context_manager_access_policy import AccessContextManagerAccessPolicy
from constructs import Construct

from constructs_lib import limits
from constructs_lib.google.deletion import set_deletion_policy

# A list joined by blanks. 0.0.0.0/0 and the like would satisfy a count.
SINGLE_ADDRESSES = "^([1-9][0-9.]*/32 ?)+$"


class AccessPolicy(Construct):
    """An access policy: a scoped one of our own, or the number of an existing one.

    Google admits one policy without scopes and 50 scoped ones in an organization, and no two with one scope. A scope
    cannot be changed: a new scope is a new policy, and destroys the perimeter with the old one. `name` is
    `accessPolicies/NUMBER`, whose number Google assigns to an own policy. `deletion_policy` is of our own policy alone,
    as in `constructs_lib.google.deletion`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        title: str,
        project_number: str,
        organization_id: str | None = None,
        existing: str | None = None,
        deletion_policy: str | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id)
        if (organization_id is None) == (existing is None):
            raise ValueError("access policy: exactly one of organization_id and existing is needed")
        if existing is not None:
            self.name = f"accessPolicies/{limits.access_policy_number(existing)}"
            self.resources: list[ITerraformDependable] = list(depends_on)
            return
        policy = AccessContextManagerAccessPolicy(
            self,
            "policy",
            parent=f"organizations/{limits.organization_id(organization_id)}",
            title=limits.access_policy_title(title),
            scopes=[limits.access_policy_scope(f"projects/{project_number}")],
            depends_on=list(depends_on),
        )
        set_deletion_policy(policy, deletion_policy)
        self.name = f"accessPolicies/{policy.name}"
        self.resources = [policy]


class IpAccessLevel(Construct):
    """An access level that is granted to callers from these addresses.

    `ip_subnetworks` is a list of CIDRs, sorted here because the API keeps the order (magic-modules #12119), or a token
    for one that is only known when it is planned, and then of single addresses (/32). An empty list would admit the whole internet: it can be neither
    synthesized nor planned. `name` is `accessPolicies/NUMBER/accessLevels/SHORT_NAME`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        policy: AccessPolicy,
        short_name: str,
        ip_subnetworks: Sequence[str],
        description: str,
    ) -> None:
        super().__init__(scope, id)
        known_later = Token.is_unresolved(ip_subnetworks)
        subnetworks = list(ip_subnetworks) if known_later else sorted(limits.allow_list(list(ip_subnetworks)))
        self.name = f"{policy.name}/accessLevels/{limits.access_level_name(short_name)}"
        self.level = AccessContextManagerAccessLevel(
            self,
            "level",
            parent=policy.name,
            name=self.name,
            title=short_name,
            description=description,
            basic=AccessContextManagerAccessLevelBasic(
                conditions=[AccessContextManagerAccessLevelBasicConditions(ip_subnetworks=subnetworks)]
            ),
            lifecycle=self._lifecycle(subnetworks if known_later else None),
            depends_on=policy.resources,
        )

    @staticmethod
    def _lifecycle(known_later: Sequence[str] | None) -> TerraformResourceLifecycle:
        # Without create_before_destroy Terraform deletes a level before the perimeter lets go of it; the API refuses,
        # and no re-apply gets out (terraform-provider-google #7969).
        if known_later is None:
            return TerraformResourceLifecycle(create_before_destroy=True)
        not_empty = Precondition(
            condition=Op.gte(Fn.length_of(known_later), 1),
            error_message="the list of addresses is empty, and an empty list admits the whole internet: apply the AWS stack first",
        )
        single = Precondition(
            condition=Fn.can(Fn.regex(SINGLE_ADDRESSES, Fn.join(" ", known_later))),
            error_message="the list of addresses may hold single IPv4 addresses only, each with /32",
        )
        return TerraformResourceLifecycle(create_before_destroy=True, precondition=[not_empty, single])
