"""Alert policies and notification channels (monitoring v3). Nothing is ever sent."""

import datetime
import re

from .api_call import ApiCall, handlers
from .errors import invalid, not_found
from .metrics import check_filter
from .state import Body
from .writes import number, page, patched, timestamp

_METRIC_SECONDS = 600
"""How long a new log-based metric cannot be alerted on (terraform-provider-google #11102)."""
_OUTPUT = ("name", "creationRecord", "mutationRecord")


def create(call: ApiCall) -> Body:
    name = f"projects/{call.project}/alertPolicies/{10**18 + number(call.state)}"
    return _write(call, name, call.body, _record(call))


def get(call: ApiCall) -> Body:
    return call.state.alert_policies[_held(call)]


def list_policies(call: ApiCall) -> Body:
    prefix = f"projects/{call.project}/"
    return page(
        call, "alertPolicies", [p for n, p in sorted(call.state.alert_policies.items()) if n.startswith(prefix)]
    )


def patch(call: ApiCall) -> Body:
    """Change the masked fields; without a mask, replace all but what Google gave it."""
    name = _held(call)
    current = call.state.alert_policies[name]
    mask = call.parameters.get("updateMask")
    body = patched(current, call.body, mask, immutable=_OUTPUT) if mask else call.body
    return _write(call, name, body, current["creationRecord"])


def delete(call: ApiCall) -> Body:
    del call.state.alert_policies[_held(call)]
    return {}


def _held(call: ApiCall) -> str:
    name = f"projects/{call.project}/alertPolicies/{str(call.parameters['name']).rpartition('/')[2]}"
    if name not in call.state.alert_policies:
        raise not_found(f"Cannot find AlertPolicy {name}.")
    return name


def _write(call: ApiCall, name: str, body: Body, created: Body) -> Body:
    _check(call, body)
    conditions = [
        {**condition, "name": condition.get("name") or f"{name}/conditions/{10**18 + number(call.state)}"}
        for condition in body["conditions"]
    ]
    given = {"enabled": True} | body | {"conditions": conditions, "name": name}
    call.state.alert_policies[name] = given | {"creationRecord": created, "mutationRecord": _record(call)}
    return call.state.alert_policies[name]


def _check(call: ApiCall, body: Body) -> None:
    """monitoring v3, AlertPolicy: what it calls required, and what log-based policies need."""
    conditions = body.get("conditions", [])
    if not body.get("displayName") or not body.get("combiner"):
        raise invalid("Field alert_policy.display_name and alert_policy.combiner are required.")
    if not 1 <= len(conditions) <= 6 or not all(condition.get("displayName") for condition in conditions):
        raise invalid("Field alert_policy.conditions: 1 to 6 are needed, each with a display_name.")
    for condition in conditions:
        if len([key for key in condition if key.startswith("condition")]) != 1:
            raise invalid("Field alert_policy.conditions: each has exactly one kind of condition.")
        _check_metric(call, condition)
    logs = [condition["conditionMatchedLog"] for condition in conditions if "conditionMatchedLog" in condition]
    for log in logs:
        check_filter(log.get("filter", ""))
        if len(conditions) > 1 or not body.get("alertStrategy", {}).get("notificationRateLimit", {}).get("period"):
            raise invalid("A log-based policy has one condition, and needs alert_strategy.notification_rate_limit.")
        if any(not re.fullmatch(r"(REGEXP_)?EXTRACT\(.+\)", text) for text in log.get("labelExtractors", {}).values()):
            raise invalid("label_extractors: allowed are EXTRACT(field) and REGEXP_EXTRACT(field, expression).")
    for channel in body.get("notificationChannels", ()):
        if channel not in call.state.notification_channels:
            raise not_found(f"Could not find notification channel {channel}.")
    for key, value in body.get("userLabels", {}).items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
            raise invalid(f"Field alert_policy.user_labels: {key}={value} is not allowed.")


def _check_metric(call: ApiCall, condition: Body) -> None:
    metered = condition.get("conditionThreshold") or condition.get("conditionAbsent") or {}
    query = str(metered.get("filter", ""))
    for kind in re.findall(r'metric\.type\s*=\s*"(logging\.googleapis\.com/user/[^"]+)"', query):
        metric = call.state.metrics.get(f"projects/{call.project}/metrics/{kind.partition('/user/')[2]}", {})
        created = datetime.datetime.fromisoformat(metric.get("createTime", timestamp(call)))
        if call.google.now() - created.timestamp() < _METRIC_SECONDS:
            raise not_found(
                f'Cannot find metric(s) that match type = "{kind}". If a metric was created recently, it could take up '
                "to 10 minutes to become available. Please try again soon."
            )


def _record(call: ApiCall) -> Body:
    return {"mutateTime": timestamp(call), "mutatedBy": call.identity.email}


def get_channel(call: ApiCall) -> Body:
    name = str(call.parameters["name"])
    if name not in call.state.notification_channels:
        raise not_found(f"Could not find notification channel {name}.")
    return call.state.notification_channels[name]


def create_channel(call: ApiCall) -> Body:
    """Any type; its descriptor is not modelled."""
    if not call.body.get("type"):
        raise invalid("Field notification_channel.type is required.")
    name = f"projects/{call.project}/notificationChannels/{10**18 + number(call.state)}"
    call.state.notification_channels[name] = {"enabled": True} | call.body | {"name": name}
    return call.state.notification_channels[name]


_CHANNELS = handlers("monitoring.projects.notificationChannels", create=create_channel, get=get_channel)
HANDLERS = _CHANNELS | handlers(
    "monitoring.projects.alertPolicies", create=create, get=get, list=list_policies, patch=patch, delete=delete
)
