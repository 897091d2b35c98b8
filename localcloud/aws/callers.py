"""A session of a role that Terraform did not make: another account's, a function's, a task's, an impostor's."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from google.auth import aws as google_auth_aws

from .metadata import credentials
from .sigv4 import Key


@dataclass(frozen=True)
class Caller:
    """The program that holds `key` and reaches the internet from `address`; moto's STS knows the key."""

    key: Key
    address: str
    region: str
    task: str = field(default_factory=lambda: secrets.token_hex(16))
    """Under this id ECS's credential endpoint hands the key out, to who gives `authorization`."""
    authorization: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def keys(self) -> dict[str, str]:
        """The key in the environment, as Lambda gives it to a function."""
        return {
            "AWS_ACCESS_KEY_ID": self.key.id,
            "AWS_SECRET_ACCESS_KEY": self.key.secret,
            "AWS_SESSION_TOKEN": self.key.token,
            "AWS_REGION": self.region,
        }

    @property
    def container(self) -> dict[str, str]:
        """The variables by which ECS tells a task where to get the key."""
        return {
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": f"/v2/credentials/{self.task}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.authorization,
            "AWS_REGION": self.region,
        }

    def document(self) -> str:
        """What ECS's credential endpoint answers."""
        role = self.key.arn.split("/")[0].replace(":sts:", ":iam:").replace("assumed-role", "role")
        return json.dumps({"RoleArn": f"{role}/{self.key.arn.split('/')[1]}", **credentials(self.key)})

    def signed(self, audience: str) -> dict[str, Any]:
        """The signed GetCallerIdentity for Google's token exchange: url, method, headers (key and value each)."""
        signer = google_auth_aws.RequestSigner(self.region)  # type: ignore[no-untyped-call]
        made = signer.get_request_options(  # type: ignore[no-untyped-call]
            google_auth_aws.AwsSecurityCredentials(self.key.id, self.key.secret, self.key.token or None),
            f"https://sts.{self.region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
            "POST",
            additional_headers={"x-goog-cloud-target-resource": audience},
        )
        headers = [{"key": name, "value": value} for name, value in made["headers"].items()]
        return {"url": made["url"], "method": "POST", "headers": headers}

    def subject_token(self, audience: str) -> str:
        """The same as google-auth writes it into a token exchange."""
        return quote(json.dumps(self.signed(audience), separators=(",", ":"), sort_keys=True))
