"""Who comes in, from where, to what, and what calls leave: access levels, and the perimeter's rules."""

from collections.abc import Iterator, Mapping, Sequence

from constructs import Construct

from constructs_lib.google.access import AccessPolicy, IpAccessLevel
from constructs_lib.google.caller import Caller
from constructs_lib.google.egress import EgressRule
from constructs_lib.google.perimeter import IngressRule, PerimeterConfig
from stacks.settings import Settings
from stacks.settings.services import GEMINI, IAM_CREDENTIALS, STS, used_by_terraform


class PerimeterAccess(Construct):
    """The access levels of an environment, and what follows for its perimeter: `enforced` and `dry_run`.

    A proposal's addresses get a separate level, used in the dry run only: a level that is edited takes effect at once.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        policy: AccessPolicy,
        egress_cidrs: Sequence[str],
        callers: Mapping[str, Caller],
    ) -> None:
        super().__init__(scope, id)
        perimeter = settings.perimeter
        assert perimeter is not None
        self._settings, self._policy = settings, policy
        self._callers = [callers[workload.name] for workload in settings.callers]
        self._impersonating = [
            callers[workload.name] for workload in settings.callers if workload.auth == "impersonation"
        ]
        self._people = [
            (entry, self._level(f"on_premises_{entry.name}", entry.cidrs, f"On-premises: {entry.name}"))
            for entry in sorted(settings.on_premises, key=lambda entry: entry.name)
        ]
        self._deployer = perimeter.deployer and self._level("deployer", perimeter.deployer.cidrs, "Who runs Terraform")
        workloads = (
            self._level("workloads", egress_cidrs, "NAT gateways of the AWS workloads") if settings.workload else None
        )
        main = self._config(workloads, perimeter.restricted_services, any_identity=perimeter.any_identity)
        self.enforced = None if perimeter.dry_run else main
        # Where others join, what is enforced is tested too: an owner who enforces the tested configuration keeps it.
        self.dry_run = main if perimeter.dry_run or settings.others_perimeter or perimeter.shared else None
        if proposed := perimeter.proposed:
            level = (
                self._level("workloads_proposed", proposed.egress_cidrs, "Proposed addresses")
                if proposed.egress_cidrs
                else workloads
            )
            self.dry_run = self._config(
                level,
                proposed.restricted_services or perimeter.restricted_services,
                any_identity=perimeter.any_identity if proposed.any_identity is None else proposed.any_identity,
            )

    def _level(self, purpose: str, cidrs: Sequence[str], description: str) -> IpAccessLevel:
        short_name = self._settings.level_name(purpose)
        return IpAccessLevel(
            self,
            purpose,
            policy=self._policy,
            short_name=short_name,
            ip_subnetworks=cidrs,
            description=description,
            single=True,
        )

    def _config(
        self, workloads: IpAccessLevel | None, restricted: Sequence[str], *, any_identity: bool
    ) -> PerimeterConfig:
        perimeter = self._settings.perimeter
        assert perimeter is not None
        ingress = [
            *(self._for_workloads(workloads, restricted, any_identity) if workloads else ()),
            *self._for_people(restricted),
            *self._for_deployer(restricted),
        ]
        return PerimeterConfig(
            self._settings.google.project_number,
            tuple(restricted),
            tuple(ingress),
            tuple(self._outward(restricted)),
            tuple(perimeter.accessible_services) if perimeter.accessible_services else None,
            inside=self._settings.is_inside,
        )

    def _outward(self, restricted: Sequence[str]) -> Iterator[EgressRule]:
        """A rule that no caller is admitted by, or of a service that is not restricted, would have no effect."""
        assert self._settings.perimeter is not None
        named = {workload.name: caller for workload, caller in zip(self._settings.callers, self._callers, strict=True)}
        for entry in self._settings.perimeter.egress:
            identities = tuple(named[name].identity for name in entry.workloads if name in named)
            services = tuple(service for service in entry.services if service in restricted)
            if identities and services:
                yield EgressRule(
                    f"egress {entry.name}", identities, tuple(entry.projects), services, tuple(entry.methods)
                )

    def _for_workloads(
        self, level: IpAccessLevel, restricted: Sequence[str], any_identity: bool
    ) -> Iterator[IngressRule]:
        if not self._callers:
            return
        identities = None if any_identity else tuple(caller.identity for caller in self._callers)
        yield IngressRule("workloads call Gemini", level, identities, (GEMINI,))
        if STS in restricted:
            yield _exchange("workloads exchange tokens", level)
        if IAM_CREDENTIALS in restricted and self._impersonating:
            principal_sets = tuple(caller.principal_set for caller in self._impersonating)
            yield IngressRule("workloads impersonate", level, principal_sets, (IAM_CREDENTIALS,))

    def _for_people(self, restricted: Sequence[str]) -> Iterator[IngressRule]:
        for entry, level in self._people:
            yield IngressRule(
                f"on-premises {entry.name} calls Gemini",
                level,
                tuple(entry.identities),
                (GEMINI,),
                methods=tuple(entry.methods),
                permissions=tuple(entry.permissions),
            )
            # A person signs in elsewhere; a machine may exchange a token and impersonate, from the same addresses.
            machines = tuple(one for one in entry.identities if not one.startswith(("user:", "group:")))
            if STS in restricted and machines:
                yield _exchange(f"on-premises {entry.name} exchanges tokens", level)
            if IAM_CREDENTIALS in restricted and machines:
                yield IngressRule(f"on-premises {entry.name} impersonates", level, machines, (IAM_CREDENTIALS,))

    def _for_deployer(self, restricted: Sequence[str]) -> Iterator[IngressRule]:
        deployer = self._settings.perimeter and self._settings.perimeter.deployer
        if not deployer or not self._deployer:
            return
        used = used_by_terraform(self._settings, restricted)
        if others := [service for service in used if service != STS]:
            yield IngressRule("deployer runs Terraform", self._deployer, tuple(deployer.identities), tuple(others))
        if IAM_CREDENTIALS in used and deployer.impersonators:
            yield IngressRule(
                "deployer impersonates", self._deployer, tuple(deployer.impersonators), (IAM_CREDENTIALS,)
            )
        if STS in used:
            yield _exchange("deployer exchanges tokens", self._deployer)


def _exchange(title: str, level: IpAccessLevel) -> IngressRule:
    """Any identity: the method carries no authorization, so there is no identity to check ("VPC Service Controls supported products", STS)."""
    return IngressRule(title, level, None, (STS,))
