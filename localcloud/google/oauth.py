"""Google's token endpoint for user credentials: a refresh token for an access token (RFC 6749, section 6).

`gcloud auth application-default login` leaves such credentials. Here the deployer has one, `seed.CREDENTIALS`.
"""

import json

from localcloud.proxy import Response

from . import seed, tokens
from .api_call import ApiCall, Handler
from .state import Body

LIFETIME = 3600
"""Seconds that an access token is good for."""


def token(call: ApiCall) -> Response:
    """POST https://oauth2.googleapis.com/token: the deployer's access token for its refresh token."""
    if call.body.get("grantType") != "refresh_token":
        return _json({"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}, 400)
    if call.body.get("refreshToken") != seed.CREDENTIALS["refresh_token"]:
        return _json({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
    answer = {"access_token": seed.TOKEN, "expires_in": LIFETIME - 1, "scope": tokens.CLOUD_PLATFORM}
    return _json(answer | {"token_type": "Bearer"})


def _json(body: Body, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode())


HANDLERS: dict[str, Handler] = {"oauth2.token": token}
