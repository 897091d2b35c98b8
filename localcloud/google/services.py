"""Service Usage: which APIs are enabled in a project (serviceusage v1)."""

import re

from . import discovery
from .api_call import ApiCall, ApiError, handlers
from .errors import info, invalid
from .operations import started
from .state import Body
from .writes import page

_PACKAGE = "google.api.serviceusage.v1"
_MOST = 20
"""Services of one batchEnable (serviceusage v1, BatchEnableServicesRequest)."""


def list_services(call: ApiCall) -> Body:
    """Those of the project, `filter=state:ENABLED` by default; disabled ones are those that this Google knows."""
    wanted = call.parameters.get("filter") or "state:ENABLED"
    if wanted not in ("state:ENABLED", "state:DISABLED"):
        raise invalid("filter must be state:ENABLED or state:DISABLED")
    enabled = call.state.services.get(call.project, {})
    others = {f"{api}.googleapis.com" for api in discovery.VERSIONS} - set(enabled)
    names = sorted(enabled if wanted.endswith("ENABLED") else others)
    return page(call, "services", [_service(call, name) for name in names], 200)


def get(call: ApiCall) -> Body:
    return _service(call, _name(call))


def enable(call: ApiCall) -> Body:
    """One service; already enabled is as good."""
    service = _name(call)
    _enable(call, [service])
    return _done(call, {"service": _service(call, service)}, "EnableServiceResponse")


def batch_enable(call: ApiCall) -> Body:
    """Up to 20 services, all or nothing."""
    names = call.body.get("serviceIds", [])
    if not names or len(names) > _MOST:
        raise invalid(f"service_ids: got {len(names)}, allowed: 1 to {_MOST}")
    _enable(call, names)
    return _done(call, {"services": [_service(call, name) for name in names]}, "BatchEnableServicesResponse")


def disable(call: ApiCall) -> Body:
    """One service. Services that depend on it are not modelled."""
    service = _name(call)
    call.state.services[call.project].pop(service, None)
    return _done(call, {"service": _service(call, service)}, "DisableServiceResponse")


def _enable(call: ApiCall, names: list[str]) -> None:
    if unknown := [
        name for name in names if not re.fullmatch(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.googleapis\.com", name)
    ]:
        reason = "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
        detail = info(reason, "serviceusage.googleapis.com", services=",".join(unknown))
        message = f"Not found or permission denied for service(s): {', '.join(unknown)}."
        raise ApiError(403, "PERMISSION_DENIED", message, [detail])
    for name in names:
        call.state.services[call.project].setdefault(name, call.google.now())


def _name(call: ApiCall) -> str:
    return str(call.parameters["name"]).rpartition("/")[2]


def _service(call: ApiCall, name: str) -> Body:
    parent = f"projects/{call.state.projects[call.project]['projectNumber']}"
    state = "ENABLED" if name in call.state.services[call.project] else "DISABLED"
    return {"name": f"{parent}/services/{name}", "parent": parent, "config": {"name": name}, "state": state}


def _done(call: ApiCall, response: Body, schema: str) -> Body:
    number = call.state.projects[call.project]["projectNumber"]
    return started(call, f"operations/acf.p2-{number}-{{id}}", response, schema=schema, package=_PACKAGE)


HANDLERS = handlers(
    "serviceusage.services", list=list_services, get=get, enable=enable, batchEnable=batch_enable, disable=disable
)
