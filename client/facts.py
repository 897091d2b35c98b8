"""The real names that a fault is explained with."""

import ipaddress
from dataclasses import dataclass

from .config import Network


@dataclass
class Facts:
    """What is not known stays "". `number`, `pool` and `provider` are those of the credential document."""

    number: str
    pool: str
    provider: str
    service_account: str = ""
    role: str = ""
    arn: str = ""
    skew: float | None = None
    project: str = ""
    location: str = ""
    model: str = ""
    host: str = ""
    egress: str = ""
    allowed: tuple[Network, ...] = ()
    attempts: int = 1

    @property
    def principal_set(self) -> str:
        """The role as a member of IAM policies."""
        pool = f"projects/{self.number}/locations/global/workloadIdentityPools/{self.pool}"
        return f"principalSet://iam.googleapis.com/{pool}/attribute.aws_role/{self.role or 'ROLE'}"

    @property
    def principal(self) -> str:
        """Who calls Gemini, as a member of IAM policies."""
        return f"serviceAccount:{self.service_account}" if self.service_account else self.principal_set

    @property
    def role_of_kit(self) -> str:
        """The kit's custom role with the one permission that calling Gemini takes; ROLE where the pool's id hides the prefix."""
        prefix = self.pool.removesuffix("-aws")
        named = f"{prefix.replace('-', '_')}_gemini_caller" if prefix != self.pool else "ROLE"
        return f"projects/{self.project}/roles/{named}"

    @property
    def inside(self) -> bool | None:
        """Whether the own address is an allowed one; None if either is not known."""
        if not self.egress or not self.allowed:
            return None
        return any(ipaddress.ip_address(self.egress) in network for network in self.allowed)
