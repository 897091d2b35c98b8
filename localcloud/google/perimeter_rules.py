"""What Access Context Manager refuses in a perimeter's configuration (`status` or `spec`).

Sources, in addition to accesscontextmanager v1: terraform-google-vpc-service-controls #6 (levels), #109 (IngressTo.resources),
#116 (members), #225 (titles), magic-modules #1438 (services), terraform-provider-google #25594 (identities are mandatory
in ingress_from). An egress rule that has sources alone is one of the provider's own tests (service_perimeter_egress_policy).
Texts of rules without a number are ours.
"""

import re
from collections.abc import Iterable, Iterator

from . import acm, members
from .access_levels import names_in, unavailable
from .api_call import ApiCall
from .errors import invalid
from .state import Body

_PROJECT = "projects/[1-9][0-9]{0,18}"
_NETWORK = r"//compute\.googleapis\.com/projects/[a-z0-9:.-]+/global/networks/[a-z0-9-]+"
_SERVICE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.googleapis\.com")
_UNSUPPORTED = ("generativelanguage.googleapis.com",)
"""Services in no list of what VPC Service Controls supports."""
_ATTRIBUTES = 6000
"""Attributes of the rules of one configuration ("VPC Service Controls quotas")."""
_TITLES = 240_000
"""Characters of all rules' titles in a policy (accesscontextmanager v1, IngressPolicy)."""
_LISTS = ("restrictedServices", "accessLevels", "ingressPolicies", "egressPolicies", "vpcAccessibleServices")


def check(call: ApiCall, name: str, side: str, config: Body, bridge: bool) -> None:
    """400 for a configuration that cannot be; `name` is the perimeter's, `side` status or spec."""
    short = name.rpartition("/")[2]
    if bridge and any(config.get(field) for field in _LISTS):
        raise invalid(f"Invalid Service Perimeter '{name}'. A perimeter bridge has nothing but resources in '{side}'.")
    for resource in config.get("resources", ()):
        _check_resource(call, name, resource)
    for service in config.get("restrictedServices", ()):
        if not _SERVICE.fullmatch(service) or service in _UNSUPPORTED:
            raise invalid(
                f"Service '{service}' is not supported by VPC Service Controls. The list of supported services is "
                "documented at https://cloud.google.com/vpc-service-controls/docs/overview."
            )
    for level in names_in(config):
        if acm.policy_of(level) != acm.policy_of(name) or level not in call.state.access_levels:
            raise unavailable(level, f"'{side}' field of Perimeter '{short}'")
    vpc = config.get("vpcAccessibleServices", {})
    if vpc.get("allowedServices") and not vpc.get("enableRestriction"):
        raise invalid(f"{side}.vpc_accessible_services: allowed_services needs enable_restriction")
    titles = [title for title in _titles(config) if title]
    if len(set(titles)) < len(titles):
        raise invalid("Ingress and Egress rules titles must be unique within a perimeter.")
    if (count := attributes(config)) > _ATTRIBUTES:
        raise invalid(f"{side}: got {count} attributes in ingress and egress rules, allowed: at most {_ATTRIBUTES}")
    if fault := next(_directional(call, config), ""):
        raise invalid(f"Invalid Directional Policies set in Perimeter '{name}': {fault}")


def check_titles(name: str, perimeters: Iterable[Body]) -> None:
    """400 if the titles of all rules of a policy together are too long ("IngressPolicy", "EgressPolicy")."""
    configs = (body.get(side, {}) for body in perimeters for side in ("status", "spec"))
    length = sum(len(title) for config in configs for title in _titles(config))
    if length > _TITLES:
        raise invalid(
            f"{acm.policy_of(name)}: the titles of all ingress and egress rules have {length} characters, "
            f"allowed: at most {_TITLES}"
        )


def attributes(config: Body) -> int:
    """How many attributes a configuration's rules have ("VPC Service Controls quotas").

    Projects, networks, access levels, identities, roles and method selectors, and `*` for a method, service or project.
    """
    count = 0
    for rule in rules(config):
        for side in rule.values():
            if isinstance(side, dict):
                sources = [source for source in side.get("sources", ()) if "pscEndpoint" not in source]
                count += len(sources) + sum(len(side.get(field, ())) for field in ("identities", "resources", "roles"))
                for operation in side.get("operations", ()):
                    count += len(operation.get("methodSelectors", ())) + (operation.get("serviceName") == "*")
    return count


def rules(config: Body) -> list[Body]:
    """All rules of a configuration."""
    return [*config.get("ingressPolicies", ()), *config.get("egressPolicies", ())]


def _titles(config: Body) -> list[str]:
    return [rule.get("title", "") for rule in rules(config)]


def _check_resource(call: ApiCall, name: str, resource: str) -> None:
    if not re.fullmatch(f"{_PROJECT}|{_NETWORK}|folders/[1-9][0-9]*", resource):
        raise invalid(
            f"Invalid Service Perimeter '{name}'. Invalid perimeter member: '{resource}'. Must be of the form "
            f"'{_PROJECT}' Or '//compute.googleapis.com/projects/PROJECT_ID/global/networks/NAME'."
        )
    policy = acm.policy(call, acm.policy_of(name))
    if not resource.startswith("projects/"):
        return
    project = call.state.project(resource)
    if project is None or f"organizations/{project.get('parent', {}).get('id')}" != policy["parent"]:
        raise invalid(f"Invalid Service Perimeter '{name}'. '{resource}' is not in {policy['parent']}.")
    scopes = policy.get("scopes", [])
    if scopes and scopes[0].startswith("projects/") and resource not in scopes:
        raise invalid(f"Invalid Service Perimeter '{name}'. '{resource}' is not in the policy's scope {scopes[0]}.")


def _directional(call: ApiCall, config: Body) -> Iterator[str]:
    for direction, field in (("Ingress", "ingressPolicies"), ("Egress", "egressPolicies")):
        for rule in config.get(field, ()):
            if len(rule.get("title", "")) > 100:
                yield f"the title '{rule['title']}' has more than 100 characters."
            lower = direction.lower()
            yield from _origin(call, f"{direction}From", rule.get(f"{lower}From", {}))
            yield from _target(f"{direction}To", rule.get(f"{lower}To", {}), config)


def _origin(call: ApiCall, at: str, origin: Body) -> Iterator[str]:
    identities = origin.get("identities", [])
    if identities and origin.get("identityType"):
        yield f"Error in {at}: only one of `identities` and `identity_type` can be set."
    if not identities and not origin.get("identityType") and not (at == "EgressFrom" and origin.get("sources")):
        yield f"Error in {at}: one of `identities` and `identity_type` must be set."
    for identity in identities:
        named = members.ACCOUNT.fullmatch(identity) and not identity.startswith("domain:")
        if not named and not members.FEDERATED.fullmatch(identity):
            yield f"Error in {at}: The email address '{identity}' is invalid or non-existent."
        if email := members.missing_account(call.state, identity):
            yield f"Error in {at}: The email address '{email}' is invalid or non-existent."
    for source in origin.get("sources", ()):
        if len(source) != 1:
            yield f"Error in {at}: a source has exactly one of `access_level`, `resource` and `psc_endpoint`."
        level = source.get("accessLevel", "*")
        if level != "*" and "/accessLevels/" not in level:
            yield f"Error in {at}: '{level}' is no name of an access level."
        if source.get("resource") == "*":
            yield f"Error in {at}: '*' is not allowed as a resource."
    restricted = origin.get("sourceRestriction") == "SOURCE_RESTRICTION_ENABLED"
    if at == "EgressFrom" and bool(origin.get("sources")) != restricted:
        yield f"Error in {at}: `sources` and SOURCE_RESTRICTION_ENABLED go together."


def _target(at: str, target: Body, config: Body) -> Iterator[str]:
    resources = target.get("resources", [])
    if "*" in resources and len(resources) > 1:
        yield f"Error in {at}: '*' must be the only entry of resources."
    for resource in resources if at == "IngressTo" else ():
        if resource != "*" and resource not in config.get("resources", ()):
            yield (
                f"Error in {at}: '{resource}' is defined in `{at}.resources`, but it is not present in "
                "`ServicePerimeterConfig.resources`. Only resources protected by this Service Perimeter can be put in "
                f"{at}.resources."
            )
    for operation in target.get("operations", ()):
        service, selectors = operation.get("serviceName", ""), operation.get("methodSelectors", [])
        if service == "*" and selectors:
            yield f"Error in {at}: service_name '*' takes no method_selectors."
        elif service != "*" and not _SERVICE.fullmatch(service):
            yield f"Error in {at}: '{service}' is no service."
        elif service != "*" and not selectors:
            yield f"Error in {at}: no method_selectors for {service}."
        if any(len(selector) != 1 for selector in selectors):
            yield f"Error in {at}: a method_selector has exactly one of `method` and `permission`."
