"""Methods that no perimeter controls, although their service is restricted ("Service method exceptions", VPC Service Controls)."""

_METHODS = {"aiplatform.googleapis.com": ("ModelGardenService.",)}
"""By service, parts of the method's name. Those of Model Garden enable a publisher's model and request access to it."""


def uncontrolled(service: str, method: str) -> bool:
    """Whether a method passes every perimeter."""
    return any(part in method for part in _METHODS.get(service, ()))
