"""How the data plane's services say that IAM does not grant a permission."""

from policy import iam

from .api_call import ApiCall, ApiError
from .errors import info


def granted(call: ApiCall, permission: str, *policies: str) -> bool:
    """Whether the caller has a permission by the IAM policies of these resources."""
    bodies = [call.state.iam_policies[name] for name in policies if name in call.state.iam_policies]
    roles = {
        name: role.get("includedPermissions", [])
        for name, role in call.state.roles.items()
        if not role.get("deleted") and role.get("stage") != "DISABLED"
    }
    return iam.allows(bodies, roles, call.identity, permission) is not None


def denial(permission: str, *, domain: str, resource: str = "", full_name: str = "") -> ApiError:
    """PERMISSION_DENIED with the reason IAM_PERMISSION_DENIED; a service that hides the resource names no permission."""
    place = f"resource '{full_name}'" if full_name else "resource"
    named = {"resource": resource} if resource else {}
    detail = info("IAM_PERMISSION_DENIED", domain, permission=permission, **named)
    message = f"Permission '{permission}' denied on {place} (or it may not exist)."
    return ApiError(403, "PERMISSION_DENIED", message, [detail])
