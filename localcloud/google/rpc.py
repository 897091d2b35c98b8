"""What audit entries and method selectors call a method, which permission it takes, and which resource it is about.

Names of the data plane's methods: the services' audit logging pages. A management method goes by its discovery id.
"""

from . import permissions
from .call import Call

EXCHANGE = "sts.token"
GENERATE_ACCESS_TOKEN = "iamcredentials.projects.serviceAccounts.generateAccessToken"
MODEL = "aiplatform.projects.locations.publishers.models."

_METHODS = {
    EXCHANGE: ("google.identity.sts.v1.SecurityTokenService.ExchangeToken", ""),
    GENERATE_ACCESS_TOKEN: (
        "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken", "iam.serviceAccounts.getAccessToken",
    ),
    MODEL + "generateContent": (
        "google.cloud.aiplatform.{version}.PredictionService.GenerateContent", "aiplatform.endpoints.predict",
    ),
    MODEL + "streamGenerateContent": (
        "google.cloud.aiplatform.{version}.PredictionService.StreamGenerateContent", "aiplatform.endpoints.predict",
    ),
}  # fmt: skip


def method(call: Call) -> str:
    """The method's name in audit entries."""
    version = call.request.path.lstrip("/").partition("/")[0]
    return _METHODS.get(call.method, (call.method, ""))[0].format(version=version)


def permission(call: Call) -> str:
    """The IAM permission that the method takes, "" where this is not known."""
    return _METHODS[call.method][1] if call.method in _METHODS else permissions.required(call.method)


def resource(call: Call) -> str:
    """The name of the resource that the call is about, as it was asked for."""
    named = (call.parameters.get(key) for key in ("model", "name", "resource", "parent"))
    return next((str(name) for name in named if name), f"projects/{call.project}")
