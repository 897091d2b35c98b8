"""Every resource type that the kit writes, described once. Data alone: each room reads the fields that it needs."""

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
"""Types that are a part of a perimeter: the side (`status`, `spec`), and the list that it is an item of."""
_NONE = Resource({}, "")


def described(address: str) -> Resource:
    """The description of a resource's type, by address or by type; one without a fact for a type that the kit never writes."""
    return RESOURCES.get(address.partition(".")[0], _NONE)
