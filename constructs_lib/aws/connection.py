"""How an instance reaches the package index and both clouds: proxy, certificate authority, index."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from constructs_lib import limits

# The metadata service, and where containers get credentials: through a proxy a role's keys would pass in clear text. IPv6
# has no brackets: requests would not recognise it.
NEVER_PROXIED = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23")
AUTHORITY = "authority.pem"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Settings of the network that an instance is in. Raises LimitError.

    - `index_url`: of the package index, in place of pip's default; packages are verified by hash whatever it serves.
    - `https_proxy`: http://HOST:PORT, without user and password. `no_proxy`: hosts that are reached directly; the
      metadata addresses always are.
    - `certificate_authority`: a path on the image, of a file with every authority that is needed; or certificates in PEM,
      trusted in addition to the image's own.
    """

    index_url: str | None = None
    https_proxy: str | None = None
    no_proxy: Sequence[str] = ()
    certificate_authority: str | None = None

    def __post_init__(self) -> None:
        for rule in (limits.index_url, limits.https_proxy, limits.certificate_authority):
            if (value := getattr(self, rule.name)) is not None:
                rule(value)
        for host in limits.no_proxy(self.no_proxy):
            limits.no_proxy_host(host)

    @property
    def pem(self) -> str:
        """The authority's certificates, or "" if it is a path."""
        given = self.certificate_authority or ""
        return "" if given.startswith("/") else given

    @property
    def exceptions(self) -> str:
        """The value of NO_PROXY."""
        return ",".join((*sorted(set(self.no_proxy)), *NEVER_PROXIED))

    @property
    def ports(self) -> set[int]:
        """The ports, other than 443, that the instance connects to."""
        urls = filter(None, (self.https_proxy, self.index_url))
        return {urlsplit(url).port or 443 for url in urls} - {443}

    def variables(self, folder: str) -> dict[str, str]:
        """The variables of every program that connects; `folder` is where the release will be."""
        found = {"NO_PROXY": self.exceptions, "no_proxy": self.exceptions}
        if self.https_proxy:
            found |= {"HTTPS_PROXY": self.https_proxy, "https_proxy": self.https_proxy}
        if self.certificate_authority:
            file = f"{folder}/{AUTHORITY}" if self.pem else self.certificate_authority
            found |= {"SSL_CERT_FILE": file, "REQUESTS_CA_BUNDLE": file}
        if self.index_url:
            found["PIP_INDEX_URL"] = self.index_url
        return found
