"""What is allowed and still worth a word."""

from collections.abc import Iterator, Sequence

from constructs_lib import limits
from stacks.settings.derived import Settings


def warnings_of(settings: Settings) -> Iterator[str]:
    """One sentence each."""
    perimeter = settings.perimeter
    lists: dict[str, Sequence[str] | None] = {
        "aws.egress_cidrs": settings.aws.egress_cidrs,
        "perimeter.deployer.cidrs": perimeter.deployer.cidrs if perimeter and perimeter.deployer else None,
        "perimeter.proposed.egress_cidrs": perimeter.proposed.egress_cidrs
        if perimeter and perimeter.proposed
        else None,
        **{f"on_premises[{index}].cidrs": entry.cidrs for index, entry in enumerate(settings.on_premises)},
    }
    for path, cidrs in lists.items():
        for cidr in cidrs or []:
            if limits.documentation_range(cidr):
                yield f"{path}: {cidr} is a documentation range (RFC 5737, RFC 3849): nobody calls from there"
    if perimeter and perimeter.any_identity:
        yield "perimeter.any_identity: whoever has the permission can call from the workloads' addresses, workload or not"
    if perimeter is None:
        yield "no [perimeter]: the declared roles can call Gemini from any address"
