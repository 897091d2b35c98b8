"""Cloud Storage (storage v1): a project's buckets. The list is always empty.

Only so that a service is there which a perimeter restricts and nobody is let in to.
"""

from .api_call import ApiCall, Handler
from .state import Body


def list_buckets(_: ApiCall) -> Body:
    """No bucket; that is an answer."""
    return {"kind": "storage#buckets"}


HANDLERS: dict[str, Handler] = {"storage.buckets.list": list_buckets}
