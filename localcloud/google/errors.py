"""Google's refusals, with the legacy reasons (`errors[].reason`) that the Terraform provider and old clients decide by."""

import json
from dataclasses import replace
from typing import Any

from .api_call import ApiError
from .schema import FieldViolation
from .state import Body

_REASONS = {
    "INVALID_ARGUMENT": "badRequest",
    "FAILED_PRECONDITION": "failedPrecondition",
    "UNAUTHENTICATED": "authError",
    "PERMISSION_DENIED": "forbidden",
    "NOT_FOUND": "notFound",
    "ALREADY_EXISTS": "alreadyExists",
    "ABORTED": "aborted",
    "UNIMPLEMENTED": "notImplemented",
    "INTERNAL": "backendError",
}


def invalid(message: str) -> ApiError:
    """400: the request itself is wrong."""
    return ApiError(400, "INVALID_ARGUMENT", message)


def precondition(message: str) -> ApiError:
    """400: the request is well formed, and things are not such that it can be done."""
    return ApiError(400, "FAILED_PRECONDITION", message)


def not_found(message: str = "Requested entity was not found.") -> ApiError:
    return ApiError(404, "NOT_FOUND", message)


def already_exists(message: str = "Requested entity already exists") -> ApiError:
    """The text: terraform-provider-google #14191."""
    return ApiError(409, "ALREADY_EXISTS", message)


def aborted(message: str) -> ApiError:
    """409: somebody else wrote in between."""
    return ApiError(409, "ABORTED", message)


def info(reason: str, domain: str = "googleapis.com", /, **metadata: str) -> Body:
    """google.rpc.ErrorInfo."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def bad_request(violations: list[FieldViolation]) -> ApiError:
    """400 for a request that its discovery document does not admit."""
    fields = [{"description": one.text} | ({"field": one.field} if one.field else {}) for one in violations]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields}
    return ApiError(400, "INVALID_ARGUMENT", "\n".join(one.text for one in violations), [detail])


def unauthenticated(given: bool) -> ApiError:
    """401, with an invalid token or without a token."""
    sign_in = "https://developers.google.com/identity/sign-in/web/devconsole-project."
    expected = "Expected OAuth 2 access token, login cookie or other valid authentication credential."
    what = "had invalid authentication credentials" if given else "is missing required authentication credential"
    reason = "ACCESS_TOKEN_TYPE_UNSUPPORTED" if given else "CREDENTIALS_MISSING"
    return ApiError(401, "UNAUTHENTICATED", f"Request {what}. {expected} See {sign_in}", [info(reason)])


def with_reason(error: ApiError) -> ApiError:
    """The same error with the legacy reason of its status, if it has no other one."""
    return error if error.reason else replace(error, reason=_REASONS.get(error.status, "backendError"))


def parsed_body(content: bytes) -> Any:
    """A request's JSON body, or {}. A field that is null is one that is not there ("ProtoJSON Format")."""
    try:
        return json.loads(content or b"{}", object_hook=_without_nulls)
    except ValueError as wrong:
        raise invalid(f"Invalid JSON payload received. {wrong}") from None


def _without_nulls(fields: Body) -> Body:
    return {name: value for name, value in fields.items() if value is not None}


def refusal(body: bytes) -> str:
    """What an error body says, of an API or of the token endpoint; "" if it is neither."""
    try:
        answer = json.loads(body)
        return str(answer.get("error_description") or answer["error"]["message"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
