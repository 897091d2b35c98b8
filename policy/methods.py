"""Methods of the call chain by the names that audit entries and method selectors use, and the permission that each takes.

Names: the services' audit logging pages. `{version}` is the API's: `v1` or `v1beta1`.
"""

EXCHANGE = ("google.identity.sts.v1.SecurityTokenService.ExchangeToken", "")
GENERATE_ACCESS_TOKEN = (
    "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken",
    "iam.serviceAccounts.getAccessToken",
)
GENERATE_CONTENT = (
    "google.cloud.aiplatform.{version}.PredictionService.GenerateContent",
    "aiplatform.endpoints.predict",
)
STREAM_GENERATE_CONTENT = (
    "google.cloud.aiplatform.{version}.PredictionService.StreamGenerateContent",
    "aiplatform.endpoints.predict",
)
