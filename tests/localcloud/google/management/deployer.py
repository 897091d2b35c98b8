"""Who runs Terraform, at Google, in process."""

import json
from dataclasses import dataclass, field
from typing import Any

from localcloud.google import seed
from localcloud.google.pipeline import Google
from localcloud.google.state import State
from localcloud.proxy import Request

PROJECT, NUMBER, ORGANIZATION = seed.PROJECT, seed.NUMBER, f"organizations/{seed.ORGANIZATION}"
POOLS = f"/v1/projects/{PROJECT}/locations/global/workloadIdentityPools"
SERVICES = ("accesscontextmanager", "iam", "logging", "monitoring")
Answer = tuple[int, dict[str, Any]]


@dataclass
class Deployer:
    """Calls an API; `clock` is Google's time in seconds, and options are Google's."""

    options: dict[str, Any] = field(default_factory=dict)
    clock: float = 1_800_000_000.0
    token: str = seed.TOKEN
    headers: dict[str, str] = field(default_factory=lambda: {"x-goog-user-project": PROJECT})

    def __post_init__(self) -> None:
        self.state = State()
        self.google = Google(self.state, now=lambda: self.clock, **{"polls": 0, **self.options})

    def __call__(self, method: str, url: str, body: Any = None) -> Answer:
        """`url` is `iam/v1/...`: the API and the path. Status and body of the answer."""
        api, _, path = url.partition("/")
        content = b"" if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({"authorization": f"Bearer {self.token}"} if self.token else {})}
        request = Request("https", f"{api}.googleapis.com", method, "/" + path, headers, content, "192.0.2.100")
        answer = self.google(request)
        return answer.status, json.loads(answer.body)

    def ok(self, method: str, url: str, body: Any = None) -> dict[str, Any]:
        """The body of a good answer; of an operation, its response."""
        status, answer = self(method, url, body)
        assert status == 200, answer
        return dict(answer.get("response", answer))

    def refused(self, method: str, url: str, body: Any = None) -> tuple[int, str, str]:
        """Code, legacy reason and message of a refusal."""
        status, answer = self(method, url, body)
        assert status != 200, answer
        error = answer["error"]
        assert error["code"] == status
        return status, error["errors"][0]["reason"], error["message"]

    def enable(self, *apis: str) -> None:
        """Enable APIs, by their short names."""
        names = [f"{api}.googleapis.com" for api in apis]
        self.ok("POST", f"serviceusage/v1/projects/{PROJECT}/services:batchEnable", {"serviceIds": names})

    def account(self, id: str = "demo-app") -> str:
        """A new service account's email."""
        body = {"accountId": id, "serviceAccount": {"displayName": "Demo"}}
        return str(self.ok("POST", f"iam/v1/projects/{PROJECT}/serviceAccounts", body)["email"])

    def pool(self, id: str = "demo-aws") -> str:
        """A new pool's name."""
        return str(self.ok("POST", f"iam{POOLS}?workloadIdentityPoolId={id}", {"displayName": id})["name"])

    def policy(self, **fields: Any) -> str:
        """A new access policy's name, scoped to the project unless said otherwise."""
        body = {"parent": ORGANIZATION, "title": "demo", "scopes": [f"projects/{NUMBER}"], **fields}
        return str(self.ok("POST", "accesscontextmanager/v1/accessPolicies", body)["name"])

    def level(self, policy: str, short: str = "demo_level", **condition: Any) -> str:
        """A new access level's name."""
        self.ok("POST", f"accesscontextmanager/v1/{policy}/accessLevels", level(policy, short, **condition))
        return f"{policy}/accessLevels/{short}"

    def perimeter(self, policy: str, short: str = "demo_perimeter", **fields: Any) -> dict[str, Any]:
        """A new perimeter, as the operation answers."""
        body = {"name": f"{policy}/servicePerimeters/{short}", "title": short, **fields}
        return self.ok("POST", f"accesscontextmanager/v1/{policy}/servicePerimeters", body)


def level(policy: str, short: str = "demo_level", **condition: Any) -> dict[str, Any]:
    """The body of an access level with one condition."""
    conditions = [condition or {"ipSubnetworks": ["203.0.113.7/32"]}]
    return {"name": f"{policy}/accessLevels/{short}", "title": short, "basic": {"conditions": conditions}}


def config(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A perimeter's configuration that protects Gemini in the project."""
    body: dict[str, Any] = {"resources": [f"projects/{NUMBER}"], "restrictedServices": ["aiplatform.googleapis.com"]}
    return {**body, **({"ingressPolicies": list(rules)} if rules else {}), **fields}


def rule(level_name: str, *identities: str, title: str = "calls", **fields: Any) -> dict[str, Any]:
    """An ingress rule; without identities, for any identity."""
    who: dict[str, Any] = {"identities": list(identities)} if identities else {"identityType": "ANY_IDENTITY"}
    operations = [{"serviceName": "aiplatform.googleapis.com", "methodSelectors": [{"method": "*"}]}]
    body = {
        "title": title,
        "ingressFrom": {"sources": [{"accessLevel": level_name}], **who},
        "ingressTo": {"resources": [f"projects/{NUMBER}"], "operations": operations},
    }
    return {**body, **fields}
