"""Service perimeters as Access Context Manager keeps them: what is inside, what is restricted, who comes in or goes out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MethodSelector:
    """A method (`*` is every method and permission) or an IAM permission: one of the two."""

    method: str = ""
    permission: str = ""


@dataclass(frozen=True)
class Operation:
    """Methods of a service; service `*` is all of all services. No selector is all of the service.

    Google's reference asks for selectors, and does not say what their absence means.
    """

    service: str
    selectors: tuple[MethodSelector, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a call comes from: an access level (`*` is anywhere), a project or a network. One of the two fields.

    `unmodelled` names fields that cannot be decided: such a source admits nothing, and may admit anything.
    """

    access_level: str = ""
    resource: str = ""
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class From:
    """Where a call comes from: `sources` AND identity.

    In an ingress rule no sources authorize nothing; in an egress rule they are no restriction, unless
    `source_restriction`. `identity_type` is ANY_IDENTITY, ANY_USER_ACCOUNT, ANY_SERVICE_ACCOUNT or "": with one,
    the list of identities does not count. `unmodelled` names what is not known of all this.
    """

    sources: tuple[Source, ...] = ()
    identity_type: str = ""
    identities: tuple[str, ...] = ()
    source_restriction: bool = False
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class To:
    """`operations` AND `resources` (`projects/NUMBER`, or `*` for all of them). Nothing in either authorizes nothing.

    `unmodelled` names what is not known of them: the rule may be about any call.
    """

    operations: tuple[Operation, ...] = ()
    resources: tuple[str, ...] = ()
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class IngressRule:
    """Calls from outside that come in. `unmodelled` names fields nobody can decide: such a rule admits nothing."""

    title: str
    source: From
    target: To
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class EgressRule:
    """Calls from inside that go out; otherwise like IngressRule."""

    title: str
    source: From
    target: To
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """`status` or `spec` of a perimeter.

    `resources` are `projects/NUMBER`, networks and folders. A folder's projects are not known here, so a configuration with a folder protects every project and lets nobody count as inside by it.
    An expression, `${...}`, is for members that are not known, and taken as a folder is.
    `accessible_services` are the services that callers on a network inside may call at all (vpcAccessibleServices);
    None is no restriction. `unmodelled` names what is not known: then nothing about it can be decided.
    """

    resources: frozenset[str] = frozenset()
    restricted_services: frozenset[str] = frozenset()
    access_levels: tuple[str, ...] = ()
    ingress: tuple[IngressRule, ...] = ()
    egress: tuple[EgressRule, ...] = ()
    accessible_services: frozenset[str] | None = None
    unmodelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Perimeter:
    """`name` is `accessPolicies/NUMBER/servicePerimeters/SHORT_NAME`. A bridge joins projects of several."""

    name: str
    status: Configuration | None = None
    spec: Configuration | None = None
    use_explicit_dry_run_spec: bool = False
    bridge: bool = False

    @property
    def enforced(self) -> Configuration | None:
        return self.status

    @property
    def dry_run(self) -> Configuration | None:
        """What the dry run tests: without the flag an implicit copy of `status` ("useExplicitDryRunSpec")."""
        return self.spec if self.use_explicit_dry_run_spec else self.status
