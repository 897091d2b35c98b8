"""Service accounts (iam v1): by email or unique id, in a project or in `projects/-`.

A deleted one's id may be given again at once, to an account with another unique id; IAM policies then still name the
deleted one (`deleted:serviceAccount:EMAIL?uid=ID`: "Delete and undelete service accounts").
"""

import re

from policy.identity import account_email

from . import members
from .api_call import ApiCall, handlers
from .errors import aborted, already_exists, invalid, not_found, precondition
from .state import Body
from .writes import etag, number, page, patched

_SCHEMA_MASK = ("name", "email", "uniqueId", "projectId", "oauth2ClientId", "disabled", "etag")


def create(call: ApiCall) -> Body:
    """400 for an id out of grammar, 409 for one that is taken."""
    id, given = call.body.get("accountId", ""), call.body.get("serviceAccount", {})
    if not re.fullmatch(r"[a-z]([-a-z0-9]{4,28})[a-z0-9]", id):
        raise invalid(
            f'Invalid account_id "{id}": 6 to 30 characters of lowercase letters, digits and dashes, beginning with a '
            "letter and ending with no dash"
        )
    email = account_email(id, call.project)
    if email in call.state.service_accounts:
        raise already_exists(f"Service account {id} already exists within project projects/{call.project}.")
    unique = f"1{number(call.state):020}"
    body = {
        "name": f"projects/{call.project}/serviceAccounts/{email}",
        "projectId": call.project,
        "uniqueId": unique,
        "oauth2ClientId": unique,
        "email": email,
        **{key: given[key] for key in ("displayName", "description") if key in given},
        "etag": etag(call.state),
    }
    _check(body)
    call.state.service_accounts[email] = body
    return body


def get(call: ApiCall) -> Body:
    return account(call)


def list_accounts(call: ApiCall) -> Body:
    accounts = call.state.service_accounts.values()
    return page(call, "accounts", [a for a in accounts if a["projectId"] == call.project], 100)


def patch(call: ApiCall) -> Body:
    """Change displayName and description, if an etag that is given is still the account's."""
    held, given = account(call), call.body.get("serviceAccount", {})
    if given.get("etag", held["etag"]) != held["etag"]:
        raise aborted("There were concurrent changes to the service account. Please retry with its current etag.")
    body = patched(held, given, call.body.get("updateMask", ""), immutable=_SCHEMA_MASK)
    _check(body)
    call.state.service_accounts[held["email"]] = body | {"etag": etag(call.state)}
    return call.state.service_accounts[held["email"]]


def enable(call: ApiCall) -> Body:
    account(call).pop("disabled", None)
    return {}


def disable(call: ApiCall) -> Body:
    """No new tokens for it, and those that are out are refused."""
    account(call)["disabled"] = True
    return {}


def delete(call: ApiCall) -> Body:
    """Delete it and its own IAM policy; other policies name it as deleted."""
    held = account(call)
    del call.state.service_accounts[held["email"]]
    policy = call.state.iam_policies.pop(held["name"], None)
    call.state.deleted_service_accounts[held["uniqueId"]] = {"account": held, "policy": policy}
    members.rename(call.state, f"serviceAccount:{held['email']}", _deleted(held))
    return {}


def undelete(call: ApiCall) -> Body:
    """Bring it back by its unique id, unless its email was given again."""
    unique = str(call.parameters["name"]).rpartition("/")[2]
    held = call.state.deleted_service_accounts.get(unique)
    if held is None:
        raise not_found("Unknown service account")
    body, policy = held["account"], held["policy"]
    if body["email"] in call.state.service_accounts:
        raise precondition(f"Service account {body['email']} was created again.")
    del call.state.deleted_service_accounts[unique]
    call.state.service_accounts[body["email"]] = body
    if policy:
        call.state.iam_policies[body["name"]] = policy
    members.rename(call.state, _deleted(body), f"serviceAccount:{body['email']}")
    return {"restoredAccount": body}


def account(call: ApiCall, parameter: str = "name") -> Body:
    """The account that a path names, or 404."""
    _, project, _, reference = str(call.parameters[parameter]).split("/")
    body = call.state.service_account(reference)
    if body is None or (project != "-" and body["projectId"] != call.project):
        raise not_found("Unknown service account")
    return body


def _deleted(body: Body) -> str:
    return f"deleted:serviceAccount:{body['email']}?uid={body['uniqueId']}"


def _check(body: Body) -> None:
    for field, most in (("displayName", 100), ("description", 256)):
        size = len(str(body.get(field, "")).encode())
        if size > most:
            raise invalid(f"service_account.{field}: got {size} bytes, allowed: at most {most}")


HANDLERS = handlers(
    "iam.projects.serviceAccounts",
    create=create,
    get=get,
    list=list_accounts,
    patch=patch,
    enable=enable,
    disable=disable,
    delete=delete,
    undelete=undelete,
)
