"""Settings that are allowed and get a warning."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from constructs_lib import limits
from stacks.settings.checks.versions import LOWEST
from stacks.settings.derived import Settings
from stacks.settings.neighbours import conflicts, sentences
from stacks.settings.protection import unprotected
from stacks.settings.services import GEMINI, IAM_CREDENTIALS, STS

# More than these are seldom one's own: a /24, and the /64 of one IPv6 network (RFC 4291, 2.5.1).
OWN_IPV4, OWN_IPV6 = 2**8, 2**64


def announced(settings: Settings, environment: str) -> Settings:
    """Print the warnings to standard error, and return the settings."""
    announce(warnings_of(settings))
    announce_conflicts({environment: settings})
    return settings


def announce_conflicts(environments: Mapping[str, Settings]) -> None:
    """Print to standard error what these environments, by their names, and the other files cannot both have; each once."""
    announce(sentences((name, one) for name, settings in environments.items() for one in conflicts(name, settings)))


def announce(warnings: Iterable[str]) -> None:
    """Print warnings to standard error."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def warnings_of(settings: Settings) -> Iterator[str]:
    """One sentence each."""
    perimeter = settings.perimeter
    proposed, deployer = (perimeter.proposed, perimeter.deployer) if perimeter else (None, None)
    existing = settings.aws.existing_network
    egress = {
        "aws.egress_cidrs": settings.aws.egress_cidrs or [],
        "aws.existing_network.egress_cidrs": (existing and existing.egress_cidrs) or [],
        "perimeter.proposed.egress_cidrs": (proposed and proposed.egress_cidrs) or [],
    }
    elsewhere = {
        "perimeter.deployer.cidrs": deployer.cidrs if deployer else [],
        **{f"on_premises[{index}].cidrs": entry.cidrs for index, entry in enumerate(settings.on_premises)},
    }
    for path, cidrs in (egress | elsewhere).items():
        for cidr in cidrs:
            if limits.documentation_range(cidr):
                yield f"{path}: {cidr} is a documentation range (RFC 5737, RFC 3849): nobody calls from there"
    for path, cidrs in egress.items():
        yield from _wider_than_gateways(path, cidrs)
    for path, cidrs in elsewhere.items():
        yield from _wider_than_an_office(path, cidrs)
    if (network := settings.aws.network) and limits.is_public(network.cidr):
        yield f"aws.network.cidr: {network.cidr} is a public range: its owner cannot be reached from the network"
    yield from _seldom_wanted(settings)
    yield from _every_method(settings)
    yield from _ways_out(settings)
    for name in settings.client.variables:
        if re.search("SECRET|PASSWORD|TOKEN|CREDENTIAL|_KEY$", name):
            yield f"client.variables.{name}: plan, state and a document that many can read will show the value: no secrets"
    for name, lowest in LOWEST.items():
        constraint = getattr(settings.versions, name)
        if limits.lowest_version(f"{constraint}, < {lowest}"):
            yield f'versions.{name}: "{constraint}" admits versions before {lowest}, which the kit was not run with'
    yield from _beyond_the_perimeter(settings)
    if settings.backend.type == "cloud" and settings.has_aws_stack:
        yield "backend: the AWS stack's workspace has to share its state with the Google stack's (HCP Terraform, Remote state sharing)"
    if perimeter and perimeter.any_identity:
        yield "perimeter.any_identity: every identity with the permission can call from the workloads' addresses, a workload or not"
    if perimeter is None:
        yield from unprotected(settings)


def _beyond_the_perimeter(settings: Settings) -> Iterator[str]:
    """Calls on the way to Gemini for another project, or by another caller, than the perimeter's rules name."""
    path, restricted = "perimeter.restricted_services", settings.restricted_anywhere
    if STS in restricted and settings.google.pool_project_id:
        yield f"{path}: {STS} does not cover the workloads' exchange, which concerns {settings.google.pool_project_id}"
    for workload in settings.callers:
        email = workload.service_account_email
        if email and IAM_CREDENTIALS in restricted and limits.project_of_account(email) != settings.google.project_id:
            yield f"{path}: {IAM_CREDENTIALS} does not cover {email}, which is in another project"
    deployer = settings.perimeter.deployer if settings.perimeter else None
    if not deployer or deployer.impersonators or IAM_CREDENTIALS not in restricted:
        return
    if all(one.startswith("serviceAccount:") for one in deployer.identities):
        yield (
            f"perimeter.deployer: {IAM_CREDENTIALS} is restricted, and admits the service accounts alone: if somebody "
            "impersonates one of them, name who does in impersonators"
        )


def _seldom_wanted(settings: Settings) -> Iterator[str]:
    if settings.partition == "aws-us-gov":
        yield f"aws.region: not verified that Google accepts the credentials of GovCloud; test {settings.aws.region} first"
    for index, workload in enumerate(settings.workload):
        if workload.role == "roles/aiplatform.user":
            yield (
                f'workload[{index}].role: roles/aiplatform.user can also change and delete what is in the project; "custom" '
                "can only send prompts"
            )


def _ways_out(settings: Settings) -> Iterator[str]:
    """Egress rules that are open to everybody, and rules for HTTPS that reach no public address."""
    for index, workload in enumerate(settings.workload):
        rules, path = settings.egress(workload), f"workload[{index}].egress"
        for port, protocol, cidr in rules:
            if cidr == "0.0.0.0/0" and (port, protocol) != (443, "tcp"):
                yield f"{path}: {protocol} port {port} is open to every address; name the range of your own servers"
        https = [cidr for port, protocol, cidr in rules if (port, protocol) == (443, "tcp")]
        if https and not settings.client.https_proxy and not any(map(limits.reaches_public, https)):
            yield f"{path}: TCP port 443 is open to private addresses alone ({', '.join(https)}): AWS and Google are not among them"


def _every_method(settings: Settings) -> Iterator[str]:
    for index, entry in enumerate(settings.on_premises):
        if not entry.methods and not entry.permissions:
            yield (
                f"on_premises[{index}]: its rule allows every method of {GEMINI}; name permissions or methods "
                "to allow only those"
            )


def _wider_than_gateways(path: str, cidrs: Sequence[str]) -> Iterator[str]:
    """A NAT gateway leaves from single addresses; every other address of the range is somebody else's."""
    if wide := [cidr for cidr in cidrs if limits.addresses_in([cidr], 4) > 1]:
        more = f" and {len(wide) - 1} more" if wide[1:] else ""
        count = limits.addresses_in(cidrs, 4)
        yield f"{path}: admits {count:,} addresses; name the NAT gateways' own, each a /32, in place of {wide[0]}{more}"


def _wider_than_an_office(path: str, cidrs: Sequence[str]) -> Iterator[str]:
    if (count := limits.addresses_in(cidrs, 4)) > OWN_IPV4:
        yield f"{path}: admits {count:,} IPv4 addresses: more than {OWN_IPV4} are seldom one's own"
    if (count := limits.addresses_in(cidrs, 6)) > OWN_IPV6:
        yield f"{path}: admits {-(-count // OWN_IPV6):,} IPv6 networks of /64: more than one is seldom one's own"
