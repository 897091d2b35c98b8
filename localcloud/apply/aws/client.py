"""botocore's clients through the local cloud's proxy, and what all AWS types share."""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..document import ApplyError, Arguments
from ..kind import Found
from ..loopback import loopback_proxy


class Clients:
    """One configured provider: `clients("ec2", "create_vpc", CidrBlock=...)`."""

    def __init__(self, configuration: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        proxy, ca = loopback_proxy(environment)
        self.region = str(configuration["region"])
        tags = configuration.get("default_tags", [])
        self._default_tags = (tags[0] if isinstance(tags, list) and tags else tags or {}).get("tags", {})
        self._assumed: list[dict[str, Any]] = configuration.get("assume_role") or []
        self._session = botocore.session.Session()
        self._session.register_component("data_loader", models())
        self._clients: dict[str, Any] = {}
        self._options = {
            "region_name": self.region,
            "verify": ca,
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": environment.get("AWS_SESSION_TOKEN"),
            "config": Config(proxies={"https": proxy}, retries={"mode": "standard", "max_attempts": 5}),
        }

    def __call__(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation by botocore's name; its answer. ApplyError for a refusal, or no answer."""
        try:
            answer: dict[str, Any] = getattr(self.client(service), operation)(**parameters)
        except (ClientError, BotoCoreError) as error:
            raise ApplyError(f"{service} {operation}: {error}") from error
        return answer

    def find(self, service: str, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """As a call, but None where AWS says that there is no such thing."""
        try:
            return self(service, operation, **parameters)
        except ApplyError as error:
            response = getattr(error.__cause__, "response", {})
            code = response.get("Error", {}).get("Code", "")
            if any(word in code for word in ("NotFound", "NoSuchEntity", "InvalidDocument")):
                return None
            raise

    def client(self, service: str) -> Any:
        """botocore's client, made once; of the role that Terraform assumes, if there is one."""
        if self._assumed:
            (role,) = self._assumed
            self._assumed = []
            self._options |= self._keys_of(role)
        if service not in self._clients:
            self._clients[service] = self._session.create_client(service, **self._options)
        return self._clients[service]

    def _keys_of(self, role: Mapping[str, Any]) -> dict[str, str]:
        given = {"ExternalId": role["external_id"]} if role.get("external_id") else {}
        sts = self._session.create_client("sts", **self._options)
        try:
            made = sts.assume_role(RoleArn=role["role_arn"], RoleSessionName="terraform", **given)["Credentials"]
        except (ClientError, BotoCoreError) as error:
            raise ApplyError(f"provider.aws: cannot assume {role['role_arn']}: {error}") from error
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }

    def wait(self, service: str, waiter: str, **parameters: Any) -> None:
        """botocore's waiter, asking every second."""
        try:
            self.client(service).get_waiter(waiter).wait(**parameters, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
        except (ClientError, BotoCoreError) as error:
            raise ApplyError(f"{service} {waiter}: {error}") from error

    @cached_property
    def account(self) -> str:
        """The deployer's account."""
        return str(self("sts", "get_caller_identity")["Account"])

    @cached_property
    def partition(self) -> str:
        """`aws`, `aws-us-gov` and so on, by the region."""
        return str(self._session.get_partition_for_region(self.region))

    def tags(self, arguments: Arguments) -> dict[str, str]:
        """A resource's tags with the provider's default ones."""
        return {**self._default_tags, **arguments.get("tags", {})}


@cache
def models() -> Any:
    """botocore's service models, which take half a second to parse: once in a process, and not for each apply."""
    return botocore.loaders.create_loader()


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """As the APIs want them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tag_map(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """As Terraform has them, without AWS's own."""
    return {tag["Key"]: tag["Value"] for tag in tags or [] if not tag["Key"].startswith("aws:")}


def tags_of(found: Found | None) -> dict[str, str]:
    """What an object is tagged with now."""
    return dict(found.fields["tags"]) if found else {}
