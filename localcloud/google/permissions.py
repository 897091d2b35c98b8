"""Which IAM permission a management method takes, and on which resources it may have been granted.

The permissions go by the methods ("IAM permissions reference"). The data plane's methods ask IAM themselves.
"""

from . import denied
from .api_call import ApiCall

_TYPES = {
    "accesscontextmanager.accessPolicies": "accesscontextmanager.policies",
    "accesscontextmanager.accessPolicies.accessLevels": "accesscontextmanager.accessLevels",
    "accesscontextmanager.accessPolicies.authorizedOrgsDescs": "accesscontextmanager.authorizedOrgsDescs",
    "accesscontextmanager.accessPolicies.servicePerimeters": "accesscontextmanager.servicePerimeters",
    "cloudbilling.projects": "resourcemanager.projects",
    "cloudresourcemanager.projects": "resourcemanager.projects",
    "iam.projects.locations.workloadIdentityPools": "iam.workloadIdentityPools",
    "iam.projects.locations.workloadIdentityPools.providers": "iam.workloadIdentityPoolProviders",
    "iam.projects.roles": "iam.roles",
    "iam.projects.serviceAccounts": "iam.serviceAccounts",
    "logging.projects.metrics": "logging.logMetrics",
    "monitoring.projects.alertPolicies": "monitoring.alertPolicies",
    "monitoring.projects.notificationChannels": "monitoring.notificationChannels",
    "serviceusage.services": "serviceusage.services",
    "storage.buckets": "storage.buckets",
}
_VERBS = {
    "patch": "update",
    "batchEnable": "enable",
    "getBillingInfo": "get",
    "updateBillingInfo": "createBillingAssignment",
}
_VERBS |= {"listAttestationRules": "get", "setAttestationRules": "update"}
_FREE = ("testIamPermissions", "cloudresourcemanager.projects.list")
"""Methods that take no permission, or show what the caller may see."""


def required(method: str) -> str:
    """The permission that a method takes, "" if no permission is asked for here."""
    kind, _, verb = method.rpartition(".")
    return f"{_TYPES[kind]}.{_VERBS.get(verb, verb)}" if kind in _TYPES and not {verb, method} & {*_FREE} else ""


def check(call: ApiCall) -> None:
    """403 unless the caller has the method's permission on the resource, its project or its organization."""
    permission = required(call.method)
    if not permission:
        return
    resource = _resource(call)
    if not denied.granted(call, permission, *_policies(call, resource)):
        raise denied.denial(
            permission, domain=call.service, resource=resource, full_name=f"//{call.service}/{resource}"
        )


def _resource(call: ApiCall) -> str:
    if call.method == "accesscontextmanager.accessPolicies.create":
        return str(call.body.get("parent", ""))
    if call.method == "cloudresourcemanager.projects.create":
        return f"organizations/{call.body.get('parent', {}).get('id', '')}"
    names = [
        str(call.parameters[key]) for key in ("name", "resource", "parent", "metricName") if key in call.parameters
    ]
    return names[0] if names and "/" in names[0] else f"projects/{call.project}"


def _policies(call: ApiCall, resource: str) -> list[str]:
    """The resources whose IAM policies count, by the keys of `state.iam_policies`."""
    policy = "/".join(resource.split("/")[:2])
    if resource.startswith("organizations"):
        return [resource]
    if resource.startswith("accessPolicies"):  # one that does not exist is not found by a caller who may read others
        held = call.state.access_policies.get(policy)
        return (
            [held["parent"], policy]
            if held
            else [name for name in call.state.iam_policies if name.startswith("organizations/")]
        )
    parent = (call.state.project(call.project) or {}).get("parent", {})
    account = call.state.service_account(resource.partition("/serviceAccounts/")[2])
    own = [account["name"]] if account else []  # however the path names it: by `-`, by number, by unique id
    return [*own, f"projects/{call.project}", f"organizations/{parent.get('id', '')}"]
