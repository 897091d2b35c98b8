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
from constructs_lib.references import checked, in_order, is_reference

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
            self.name = f"accessPolicies/{checked(self, limits.access_policy_number, existing)}"
            self.resources: list[ITerraformDependable] = list(depends_on)
            return
        assert organization_id is not None
        policy = AccessContextManagerAccessPolicy(
            self,
            "policy",
            parent=f"organizations/{checked(self, limits.organization_id, organization_id)}",
            title=limits.access_policy_title(title),
            scopes=[f"projects/{checked(self, limits.project_number, project_number)}"],
            depends_on=list(depends_on),
        )
        set_deletion_policy(policy, deletion_policy)
        self.name = f"accessPolicies/{policy.name}"
        self.resources = [policy]


class IpAccessLevel(Construct):
    """An access level that is granted to callers from these addresses.

    `ip_subnetworks` is a list of CIDRs, sorted here because the API keeps the order (magic-modules #12119). A CIDR may be a
    reference, as those of `Network.egress_cidrs` are, and the list a token for one that only a plan knows. Terraform then
    checks in the plan what is checked here otherwise: at least one, each a public IPv4 range from /16 to /32 without host bits;
    with `single`, each a /32. An empty list would admit the whole internet: it can be neither synthesized nor planned. `name` is `accessPolicies/NUMBER/accessLevels/SHORT_NAME`.
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
        single: bool = False,
    ) -> None:
        super().__init__(scope, id)
        subnetworks = in_order(checked(self, limits.allow_cidr, one) for one in ip_subnetworks)
        known_after_apply = any(map(is_reference, subnetworks)) or Token.is_unresolved(ip_subnetworks)
        if not known_after_apply:
            limits.allow_list(list(ip_subnetworks))
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
            lifecycle=_lifecycle(subnetworks, single) if known_after_apply else _UNBROKEN,
            depends_on=policy.resources,
        )


# Without create_before_destroy Terraform deletes a level before the perimeter lets go of it; the API refuses, and no
# re-apply gets out (terraform-provider-google #7969).
_UNBROKEN = TerraformResourceLifecycle(create_before_destroy=True)


def _lifecycle(subnetworks: list[str], single: bool) -> TerraformResourceLifecycle:
    not_empty = Precondition(
        condition=Op.gte(Fn.length_of(subnetworks), 1),
        error_message="the list of addresses is empty, and an empty list admits the whole internet: apply the AWS stack first",
    )
    each = (
        Precondition(
            condition=Fn.can(Fn.regex(SINGLE_ADDRESSES, Fn.join(" ", subnetworks))),
            error_message="the list of addresses may hold single IPv4 addresses only, each with /32",
        )
        if single
        else Precondition(
            condition=_each_allowed(subnetworks),
            error_message=f"each address has to be {limits.egress_cidr.allowed}, with every bit behind the prefix zero",
        )
    )
    return TerraformResourceLifecycle(create_before_destroy=True, precondition=[not_empty, each])


def _each_allowed(subnetworks: list[str]) -> str:
    """The rule of `limits.egress_cidr` in Terraform's language, which has no `for` among cdktf's functions."""
    allowed = (
        "can(cidrnetmask(one)) && try(cidrsubnet(one, 0, 0) == one, false) && "
        f'can(regex("{limits.NARROW_IPV4}$", one)) && !can(regex("^{limits.BEGINS_NEVER_PUBLIC}", one))'
    )
    return f'${{alltrue([for one in split(" ", {Fn.join(" ", subnetworks)}) : {allowed}])}}'
