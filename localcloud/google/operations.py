"""Long-running operations: what is asked for is done at once, and said to be done when it is asked about."""

import copy

from . import discovery
from .api_call import ApiCall, ApiError, Handler
from .errors import not_found
from .state import Body
from .writes import number, timestamp


def started(call: ApiCall, name: str, response: Body, *, schema: str, package: str) -> Body:
    """The operation that a write answers with; `{id}` in its name is replaced.

    It takes as many polls as the Google object says. `schema` is the response's, in the method's document, and
    `package.schema` its type.
    """
    violations = discovery.method(call.method).response_violations(response, {"$ref": schema})
    if violations:
        call.google.mistakes += [f"{call.method}: operation: {violation.text}" for violation in violations]
        raise ApiError(500, "INTERNAL", violations[0].text)
    kind = "google.protobuf" if schema == "Empty" else package
    body: Body = {
        "name": name.replace("{id}", f"{int(call.google.now() * 1e6)}{number(call.state):04}"),
        "metadata": {"@type": f"type.googleapis.com/{package}.OperationMetadata", "createTime": timestamp(call)},
        "done": True,
        "response": {"@type": f"type.googleapis.com/{kind}.{schema}", **copy.deepcopy(response)},
    }
    call.state.operations[body["name"]] = {"polls": call.google.polls, "body": body}
    return _seen(call.state.operations[body["name"]])


def get(call: ApiCall) -> Body:
    """One more poll."""
    held = call.state.operations.get(call.parameters["name"])
    if held is None:
        raise not_found()
    held["polls"] -= 1
    return _seen(held)


def _seen(held: Body) -> Body:
    body: Body = held["body"]
    return body if held["polls"] <= 0 else {key: body[key] for key in ("name", "metadata")}


_POOLS = "iam.projects.locations.workloadIdentityPools"
HANDLERS: dict[str, Handler] = {
    f"{owner}.operations.get": get
    for owner in ("serviceusage", "accesscontextmanager", "cloudresourcemanager", _POOLS, f"{_POOLS}.providers")
}
