"""What audit entries and method selectors call a method, which permission it takes, and which resource it is about.

A management method goes by its discovery id.
"""

from policy import methods

from . import permissions
from .api_call import ApiCall

EXCHANGE = "sts.token"
GENERATE_ACCESS_TOKEN = "iamcredentials.projects.serviceAccounts.generateAccessToken"
MODEL = "aiplatform.projects.locations.publishers.models."

_METHODS = {
    EXCHANGE: methods.EXCHANGE,
    GENERATE_ACCESS_TOKEN: methods.GENERATE_ACCESS_TOKEN,
    MODEL + "generateContent": methods.GENERATE_CONTENT,
    MODEL + "streamGenerateContent": methods.STREAM_GENERATE_CONTENT,
}


def method(call: ApiCall) -> str:
    """The method's name in audit entries."""
    version = call.request.path.lstrip("/").partition("/")[0]
    return _METHODS.get(call.method, (call.method, ""))[0].format(version=version)


def permission(call: ApiCall) -> str:
    """The IAM permission that the method takes, "" where this is not known."""
    return _METHODS[call.method][1] if call.method in _METHODS else permissions.required(call.method)


def resource(call: ApiCall) -> str:
    """The name of the resource that the call is about, as it was asked for."""
    named = (call.parameters.get(key) for key in ("model", "name", "resource", "parent"))
    return next((str(name) for name in named if name), f"projects/{call.project}")
