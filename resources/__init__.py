"""Every resource type that the kit writes, described once, as data. Each folder reads the fields that it needs."""

from resources import aws_instances, aws_network, google_identities, google_perimeters, google_project
from resources.description import Resource

RESOURCES: dict[str, Resource] = {
    **google_identities.GRANTED,
    **google_identities.TRUSTED,
    **google_perimeters.LEVELS,
    **aws_network.TYPES,
    **google_perimeters.PERIMETER,
    **aws_instances.TYPES,
    **google_project.TYPES,
}
"""In the order of the review."""
PARTS = {kind: one.part for kind, one in RESOURCES.items() if one.part}
"""Types that are a part of a perimeter: the side (`status`, `spec`), and the list that contains them."""
_NONE = Resource({}, "")


def described(address: str) -> Resource:
    """Return the description of a type, by address or by type. A type that the kit never writes has an empty one."""
    return RESOURCES.get(address.partition(".")[0], _NONE)
