"""IAM policies of projects, service accounts, pools and access policies: read, changed, written back with the etag they were read with.

Sources: "Understanding allow policies" (etag, versions), pulumi-gcp #1028 (409), terraform-provider-google #8280 (a
service account that does not exist), global-multiplayer-demo #39 (a pool that does not), terraform-google-iam #219 (roles).
"""

import copy
import hashlib
import re
from typing import Any

from . import acm, members, pools
from .api_call import ApiCall, Handler
from .errors import aborted, invalid, not_found
from .parameters import paths
from .service_accounts import account
from .state import Body
from .writes import etag

_EMPTY = "ACAB"
"""The etag of a policy that was never set."""
_PUBLIC = ("allUsers", "allAuthenticatedUsers")


def get_policy(call: ApiCall) -> Body:
    """The policy. Conditions are shown to who asks for version 3; others see names of roles that cannot be written."""
    options = call.body.get("options", {}) if call.body else {}
    wanted = options.get("requestedPolicyVersion", call.parameters.get("options.requestedPolicyVersion", 1))
    if wanted not in (0, 1, 3):
        raise invalid(f"options.requested_policy_version: got {wanted}, allowed: 0, 1, 3")
    policy = copy.deepcopy(call.state.iam_policies.get(_resource(call), {"etag": _EMPTY}))
    if wanted < 3 and policy.get("version") == 3:
        policy["version"] = 1
        policy["bindings"] = [_without_condition(binding) for binding in policy["bindings"]]
    return policy


def set_policy(call: ApiCall) -> Body:
    """Write the masked parts, `bindings` and `etag` by default, if the etag is still the policy's. An etag may be absent."""
    resource, new = _resource(call), call.body.get("policy", {})
    current = call.state.iam_policies.get(resource, {"etag": _EMPTY})
    if new.get("etag", current["etag"]) != current["etag"]:
        raise aborted(
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. "
            f"The request's ETag '{new['etag']}' did not match the current policy's ETag '{current['etag']}'."
        )
    conditional = any(binding.get("condition") for binding in new.get("bindings", ()))
    if (conditional or current.get("version") == 3) and new.get("version") != 3:
        raise invalid("policy.version: got another one than 3, which conditional role bindings need")
    mask = paths(call.body.get("updateMask", "")) or ["bindings", "etag"]
    result: Body = {"version": 3 if conditional else 1, "etag": etag(call.state)}
    source = {part: (new if part in mask else current).get(part, []) for part in ("bindings", "auditConfigs")}
    if bindings := _bindings(call, source["bindings"], current):
        result["bindings"] = bindings
    if configs := _audit_configs(source["auditConfigs"]):
        result["auditConfigs"] = configs
    call.state.iam_policies[resource] = result
    return copy.deepcopy(result)


def _resource(call: ApiCall) -> str:
    if ".serviceAccounts." in call.method:
        return str(account(call, "resource")["name"])
    if ".accessPolicies." in call.method:
        return str(acm.policy(call, call.parameters["resource"])["name"])
    if ".workloadIdentityPools." in call.method:
        return str(pools.named(call)["name"])
    if not call.project:
        raise not_found()
    return f"projects/{call.project}"


def _bindings(call: ApiCall, given: list[Body], current: Body) -> list[Body]:
    """Those of one role and condition in one, members sorted, without empty ones; or 400."""
    before = {member for binding in current.get("bindings", ()) for member in binding.get("members", ())}
    merged: dict[tuple[str, str], Body] = {}
    for binding in given:
        role, condition = binding.get("role", ""), binding.get("condition")
        _check_role(call, role)
        for member in binding.get("members", ()):
            _check_member(call, member, before)
        if condition and not condition.get("expression"):
            raise invalid("Invalid binding: a condition needs an expression.")
        into = merged.setdefault((role, repr(condition)), {"role": role, "members": []})
        into["members"] = sorted({*into["members"], *binding.get("members", ())})
        if condition:
            into["condition"] = condition
    return [binding for _, binding in sorted(merged.items()) if binding["members"]]


def _check_role(call: ApiCall, role: str) -> None:
    if role.startswith(("projects/", "organizations/")):
        held = call.state.roles.get(role)
        parent = (call.state.project(call.project) or {}).get("parent", {})
        hierarchy = (f"projects/{call.project}", f"organizations/{parent.get('id', '')}")
        if held is None or held.get("deleted") or role.partition("/roles/")[0] not in hierarchy:
            raise invalid(f"Role ({role}) does not exist in the resource's hierarchy.")
    elif (
        not re.fullmatch(r"roles/(owner|editor|viewer|browser|[a-zA-Z0-9]+\.[a-zA-Z0-9.]+)", role) or "custom." in role
    ):
        raise invalid(f"Role {role} is not supported for this resource.")


def _check_member(call: ApiCall, member: str, before: set[str]) -> None:
    if member in before and member.startswith("deleted:"):
        return
    if member in _PUBLIC and ".serviceAccounts." in call.method:
        return
    if not members.ACCOUNT.fullmatch(member) and not members.FEDERATED.fullmatch(member):
        raise invalid(f"Invalid service account, user, group, domain or principal ({member}).")
    if email := members.missing_account(call.state, member):
        raise invalid(f"Service account {email} does not exist.")
    if pool := members.missing_pool(call.state, member):
        raise invalid(
            f"Identity Pool does not exist ({pool}). Please check that you specified a valid resource name as returned "
            "in the `name` attribute in the configuration API."
        )


def _audit_configs(given: list[Body]) -> list[Body]:
    configs: dict[str, list[Any]] = {}
    for config in given:
        service, logs = config.get("service", ""), config.get("auditLogConfigs", [])
        if not re.fullmatch(r"allServices|[a-z][a-z0-9.-]*\.googleapis\.com", service):
            raise invalid(f"Invalid audit config: service {service!r}.")
        if not logs or any("logType" not in log for log in logs):
            raise invalid(f"Invalid audit config for {service}: at least one auditLogConfig, each with a logType.")
        configs.setdefault(service, []).extend(log for log in logs if log not in configs.get(service, ()))
    return [{"service": service, "auditLogConfigs": logs} for service, logs in sorted(configs.items())]


def _without_condition(binding: Body) -> Body:
    if "condition" not in binding:
        return binding
    digest = hashlib.sha256(repr(binding["condition"]).encode()).hexdigest()[:20]
    return {"role": f"{binding['role']}_withcond_{digest}", "members": binding["members"]}


HANDLERS: dict[str, Handler] = {
    f"{owner}.{verb}IamPolicy": handler
    for owner in (
        "cloudresourcemanager.projects",
        "iam.projects.serviceAccounts",
        "iam.projects.locations.workloadIdentityPools",
        "accesscontextmanager.accessPolicies",
    )
    for verb, handler in (("get", get_policy), ("set", set_policy))
}
