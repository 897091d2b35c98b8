"""Log-based metrics (logging v2). Nothing counts with them."""

import re

from .api_call import ApiCall, handlers
from .errors import already_exists, invalid, not_found
from .logging_query import LIMIT, QueryError, parse
from .state import Body
from .writes import page, timestamp


def create(call: ApiCall) -> Body:
    id = call.body.get("name", "")
    name = f"projects/{call.project}/metrics/{id}"
    if name in call.state.metrics:
        raise already_exists(f"Metric {id} already exists")
    return _write(call, name, id, timestamp(call))


def get(call: ApiCall) -> Body:
    return call.state.metrics[_held(call)]


def list_metrics(call: ApiCall) -> Body:
    prefix = f"projects/{call.project}/"
    return page(call, "metrics", [m for name, m in sorted(call.state.metrics.items()) if name.startswith(prefix)])


def update(call: ApiCall) -> Body:
    """Replace it, or make it ("metrics.update": creates or updates)."""
    id = str(call.parameters["metricName"]).partition("/metrics/")[2]
    if call.body.get("name", id) != id:
        raise invalid(f"name: got {call.body['name']!r}, which is not {id!r}, the name in the path")
    name = f"projects/{call.project}/metrics/{id}"
    return _write(call, name, id, call.state.metrics.get(name, {}).get("createTime") or timestamp(call))


def delete(call: ApiCall) -> Body:
    del call.state.metrics[_held(call)]
    return {}


def check_filter(text: str) -> None:
    """400 for an invalid filter."""
    if not 0 < len(text) <= LIMIT:
        raise invalid(f"filter: got {len(text)} characters, allowed: 1 to {LIMIT}")
    try:
        parse(text)
    except QueryError as error:
        raise invalid(f"Invalid filter: {error}") from None


def _held(call: ApiCall) -> str:
    name = f"projects/{call.project}/metrics/{str(call.parameters['metricName']).partition('/metrics/')[2]}"
    if name not in call.state.metrics:
        raise not_found(f"Metric {name} does not exist")
    return name


def _write(call: ApiCall, name: str, id: str, created: str) -> Body:
    if not re.fullmatch(r"[A-Za-z0-9_.,+!*',()%\-][A-Za-z0-9_\-.,+!*',()%/]{0,99}", id):
        raise invalid(f"name: got {id!r}, allowed: 1 to 100 characters, not beginning with '/'")
    check_filter(call.body.get("filter", ""))
    given = call.body.get("metricDescriptor", {})
    descriptor = {"metricKind": "DELTA", "valueType": "INT64", "unit": "1"} | given
    descriptor |= {"name": f"projects/{call.project}/metricDescriptors/logging.googleapis.com/user/{id}"}
    descriptor |= {"type": f"logging.googleapis.com/user/{id}"}
    call.state.metrics[name] = {
        **call.body,
        "name": id,
        "metricDescriptor": descriptor,
        "createTime": created,
        "updateTime": timestamp(call),
    }
    return call.state.metrics[name]


HANDLERS = handlers("logging.projects.metrics", create=create, get=get, list=list_metrics, update=update, delete=delete)
