"""Logging: the entries that a filter finds (logging v2, entries.list). An entry can be found as soon as it is written."""

from . import denied
from .api_call import ApiCall, Handler
from .errors import invalid
from .logging_query import QueryError, parse
from .state import Body

_LIST = "logging.logEntries.list"
_PRIVATE = "logging.privateLogEntries.list"
"""What Data Access logs take besides ("Access control with IAM", Logging)."""


def list_entries(call: ApiCall) -> Body:
    """Entries of the projects in `resourceNames`, oldest first unless `orderBy` is `timestamp desc`.

    50 a page, at most 1,000. 400 for an invalid filter, 403 without permission; Data Access entries are left out
    for who may not read them.
    """
    names = [*call.body.get("resourceNames", ()), *(f"projects/{p}" for p in call.body.get("projectIds", ()))]
    if not names:
        raise invalid("resource_names is required")
    order, size = call.body.get("orderBy") or "timestamp asc", call.body.get("pageSize") or 50
    token = call.body.get("pageToken") or "0"
    if order not in ("timestamp asc", "timestamp desc") or size < 0 or not token.isdecimal():
        raise invalid("order_by must be timestamp asc or desc, page_size not negative, page_token from an answer")
    try:
        matches = parse(call.body.get("filter", ""))
    except QueryError as error:
        raise invalid(f"Unparseable filter: {error}") from None
    readable = tuple(prefix for name in names for prefix in _readable(call, name))
    found = [e for e in call.state.log_entries if e["logName"].startswith(readable) and matches(e)]
    found.sort(key=lambda e: (e["timestamp"], e["insertId"]), reverse=order.endswith("desc"))
    start, end = int(token), min(size, 1000)
    page = found[start : start + end]
    more = {"nextPageToken": str(start + end)} if len(found) > start + end else {}
    return ({"entries": page} if page else {}) | more


def _readable(call: ApiCall, name: str) -> list[str]:
    """How the names of a project's logs begin that the caller may read."""
    project = call.state.project(name)
    policy = f"projects/{project['projectId']}" if project else ""
    if not project or not denied.granted(call, _LIST, policy):
        raise denied.denial(
            _LIST, domain="iam.googleapis.com", resource=name, full_name=f"//logging.googleapis.com/{name}"
        )
    logs = ["cloudaudit.googleapis.com%2Fpolicy"]
    if denied.granted(call, _PRIVATE, policy):
        logs.append("")
    return [f"{policy}/logs/{log}" for log in logs]


HANDLERS: dict[str, Handler] = {"logging.entries.list": list_entries}
