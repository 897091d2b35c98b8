"""OpenID Connect's userinfo: the google provider asks whose token it has."""

import hashlib

from .api_call import ApiCall, Handler
from .state import Body


def userinfo(call: ApiCall) -> Body:
    """A Google account's email; a federated identity has no email."""
    identity = call.identity
    subject = {"sub": str(int(hashlib.sha256(identity.name.encode()).hexdigest(), 16) % 10**21)}
    return subject if identity.kind == "federated" else subject | {"email": identity.email, "email_verified": True}


HANDLERS: dict[str, Handler] = {"openidconnect.userinfo": userinfo}
