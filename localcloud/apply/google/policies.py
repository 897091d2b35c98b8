"""IAM policies: read one, change it, write it back with its etag."""

import time
from collections.abc import Callable

from .client import Body, Client, GoogleError

PROJECTS = "cloudresourcemanager.googleapis.com/v1/projects/"
IAM = "iam.googleapis.com/v1/"
ATTEMPTS = 6
SEPARATOR = " "
"""Between the parts of the ids of what lives in a policy."""


def modify(client: Client, resource: str, edit: Callable[[Body], None]) -> None:
    """Read, edit, write; again from the start if somebody else was quicker (409 or 412). `resource` as in an id."""
    for attempt in range(ATTEMPTS):
        policy = read(client, resource)
        edit(policy)
        body: Body = {"policy": {**{name: value for name, value in policy.items() if value != []}, "version": 3}}
        if not resource.startswith("projects/"):
            body["updateMask"] = "bindings,etag,auditConfigs"
        try:
            client("POST", f"{_url(resource)}:setIamPolicy", body)
            return
        except GoogleError as error:
            if error.status not in (409, 412) or attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05 * 2**attempt)


def read(client: Client, resource: str) -> Body:
    """The policy of a project (`my-project`) or of a service account (`projects/my-project/serviceAccounts/...`)."""
    if resource.startswith("projects/"):
        return client("POST", f"{_url(resource)}:getIamPolicy", query={"options.requestedPolicyVersion": "3"})
    return client("POST", f"{_url(resource)}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})


def _url(resource: str) -> str:
    return (IAM if resource.startswith("projects/") else PROJECTS) + resource
