"""Names of services, locations and regions that a cloud does not know: a typo passes every grammar."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.derived import Settings
from stacks.settings.problems import Path, Problem, from_limit

_WAY = "if it is newer than this list, name it in `unlisted`, above the first table"


def regions(settings: Settings) -> Iterator[Problem]:
    if settings.has_aws:
        yield from _unknown(settings, ("aws", "region"), settings.aws.region, limits.listed_region)


def state_region(settings: Settings) -> Iterator[Problem]:
    if settings.backend.region:
        yield from _unknown(settings, ("backend", "region"), settings.backend.region, limits.listed_region)


def location(settings: Settings) -> Iterator[Problem]:
    yield from _unknown(settings, ("gemini", "location"), settings.gemini.location, limits.listed_location)


def services(settings: Settings) -> Iterator[Problem]:
    perimeter = settings.perimeter
    if not perimeter:
        return
    named: dict[Path, list[str]] = {("perimeter", "restricted_services"): perimeter.restricted_services}
    if perimeter.proposed and perimeter.proposed.restricted_services:
        named[("perimeter", "proposed", "restricted_services")] = perimeter.proposed.restricted_services
    for at, entry in enumerate(perimeter.egress):
        named[("perimeter", "egress", at, "services")] = entry.services
    accessible = perimeter.accessible_services or []
    named[("perimeter", "accessible_services")] = [one for one in accessible if one != limits.RESTRICTED_SERVICES]
    for path, services in named.items():
        for index, service in enumerate(services):
            yield from _unknown(settings, (*path, index), service, limits.listed_service)


def _unknown(settings: Settings, path: Path, value: str, limit: limits.Limit) -> Iterator[Problem]:
    if value in settings.unlisted:
        return
    try:
        limit(value)
    except limits.LimitError as error:
        error.hint = f"{error.hint} {_WAY}".strip()
        yield from_limit(path, error)
