"""Providers of a workload identity pool (iam v1): whom it trusts, and what it makes of their assertions."""

import re

from policy.cel import CelError, evaluate

from . import soft_deleted
from .api_call import ApiCall, handlers
from .errors import invalid, not_found
from .state import Body

KINDS = ("aws", "oidc", "saml", "x509")
_KEY = re.compile(r"google\.(subject|groups|display_name|profile_photo)|attribute\.[a-z0-9_]{1,100}")


def create(call: ApiCall) -> Body:
    id = soft_deleted.checked_id(
        "workloadIdentityPoolProviderId", call.parameters.get("workloadIdentityPoolProviderId", "")
    )
    pool = soft_deleted.by_number(call, "parent")
    if pool not in call.state.pools:
        raise not_found()
    soft_deleted.active(call.state.pools[pool])
    _check(call.body)
    return soft_deleted.created(call, call.state.providers, f"{pool}/providers/{id}", call.body)


def get(call: ApiCall) -> Body:
    return soft_deleted.held(call, call.state.providers)


def list_providers(call: ApiCall) -> Body:
    prefix = f"{soft_deleted.by_number(call, 'parent')}/providers/"
    return soft_deleted.listed(call, call.state.providers, "workloadIdentityPoolProviders", prefix)


def patch(call: ApiCall) -> Body:
    """A provider keeps its kind (magic-modules #4129)."""
    before = _kinds(soft_deleted.held(call, call.state.providers))
    body = soft_deleted.updated(call, call.state.providers)
    _check(body)
    if _kinds(body) != before:
        raise invalid(f"the type of a provider cannot be changed: it is {before[0]}")
    call.state.providers[body["name"]] = body
    return soft_deleted.operation(call, body["name"], body)


def delete(call: ApiCall) -> Body:
    return soft_deleted.deleted(call, call.state.providers)


def undelete(call: ApiCall) -> Body:
    return soft_deleted.undeleted(call, call.state.providers)


def _kinds(body: Body) -> list[str]:
    return [kind for kind in KINDS if kind in body]


def _check(body: Body) -> None:
    """Limits: iam v1, WorkloadIdentityPoolProvider. Only what AWS providers have is looked at closely."""
    if len(_kinds(body)) != 1:
        raise invalid(f"provider_config: exactly one of {', '.join(KINDS)} is needed, got {_kinds(body) or 'none'}")
    if "aws" in body and not re.fullmatch(r"\d{12}", body["aws"].get("accountId", "")):
        raise invalid(f"aws.account_id: got {body['aws'].get('accountId', '')!r}, allowed: 12 digits")
    mapping = body.get("attributeMapping", {})
    if "google.subject" not in mapping and (mapping or "aws" not in body):
        raise invalid("attribute_mapping: google.subject must be mapped")
    if sum(key.startswith("attribute.") for key in mapping) > 50:
        raise invalid("attribute_mapping: got more than 50 custom attributes")
    for key, expression in mapping.items():
        if not _KEY.fullmatch(key):
            raise invalid(f"Invalid mapped attribute key: {key}.")
        _compile(f"attribute_mapping[{key}]", expression, 2048)
    _compile("attribute_condition", body.get("attributeCondition", "true"), 4096)


def _compile(field: str, expression: str, most: int) -> None:
    if not 0 < len(expression) <= most:
        raise invalid(f"{field}: got {len(expression)} characters, allowed: 1 to {most}")
    try:
        evaluate(expression, {})
    except CelError as error:
        if "parsed" in str(error):
            raise invalid(f"Error parsing {field}: {expression}") from None


HANDLERS = handlers(
    "iam.projects.locations.workloadIdentityPools.providers",
    create=create,
    get=get,
    list=list_providers,
    patch=patch,
    delete=delete,
    undelete=undelete,
)
