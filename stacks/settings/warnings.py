"""What is allowed and still worth a word."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.derived import Settings


def warnings_of(settings: Settings) -> Iterator[str]:
    """One sentence each."""
    perimeter = settings.perimeter
    lists = {
        "aws.egress_cidrs": settings.aws.egress_cidrs,
        "perimeter.deployer.cidrs": perimeter and perimeter.deployer and perimeter.deployer.cidrs,
        "perimeter.proposed.egress_cidrs": perimeter and perimeter.proposed and perimeter.proposed.egress_cidrs,
        **{f"on_premises[{index}].cidrs": entry.cidrs for index, entry in enumerate(settings.on_premises)},
    }
    for path, cidrs in lists.items():
        for cidr in cidrs or []:
            if limits.documentation_range(cidr):
                yield f"{path}: {cidr} is a documentation range (RFC 5737, RFC 3849): nobody calls from there"
    if perimeter is None:
        yield "no [perimeter]: the declared roles can call Gemini from any address"
