"""Google as Terraform leaves it: one pool, one workload, an enforced perimeter; and AWS keys that sign."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from google.auth import aws

from localcloud.aws import sigv4
from localcloud.google import sts, tokens
from localcloud.google.api_call import ApiCall
from localcloud.google.pipeline import Google
from localcloud.google.state import State
from localcloud.proxy import Request
from policy import identity

NUMBER, PROJECT, ACCOUNT = "345678901234", "my-project", "123456789012"
POOL = f"projects/{NUMBER}/locations/global/workloadIdentityPools/demo-aws"
PROVIDER = f"{POOL}/providers/demo-aws"
AUDIENCE = f"//iam.googleapis.com/{PROVIDER}"
EMAIL = f"demo-app@{PROJECT}.iam.gserviceaccount.com"
ROLE_SET = f"principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/demo-app"
INSIDE, OUTSIDE = "203.0.113.7", "198.51.100.9"
LEVEL = "accessPolicies/99/accessLevels/demo_workloads"
PERIMETER = "accessPolicies/99/servicePerimeters/demo_perimeter"
ROLE = f"projects/{PROJECT}/roles/demo_gemini_caller"
SERVICES = ("sts", "iamcredentials", "aiplatform", "iam", "logging", "accesscontextmanager")
VERIFICATION = "https://sts.ap-northeast-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
DEPLOYER = "ya29.deployer"


def subject(key, *, url=VERIFICATION, method="POST", audience=AUDIENCE, **headers):
    """A signed GetCallerIdentity as google-auth serializes it."""
    secrets = aws.AwsSecurityCredentials(key.id, key.secret, key.token)
    signed = aws.RequestSigner("ap-northeast-1").get_request_options(secrets, url, method)
    given = {**signed["headers"], "x-goog-cloud-target-resource": audience, **headers}
    listed = [{"key": name, "value": value} for name, value in given.items() if value is not None]
    return {"url": url, "method": method, "headers": listed}


def rule(service="aiplatform", **source):
    """An ingress rule for one service, from the allowed address."""
    return {
        "title": f"{service} from AWS",
        "ingressFrom": {"sources": [{"accessLevel": LEVEL}], **source},
        "ingressTo": {
            "operations": [{"serviceName": f"{service}.googleapis.com", "methodSelectors": [{"method": "*"}]}],
            "resources": [f"projects/{NUMBER}"],
        },
    }


def configuration(*services, rules=()):
    """A perimeter's configuration that restricts services."""
    return {
        "resources": [f"projects/{NUMBER}"],
        "restrictedServices": [f"{service}.googleapis.com" for service in services],
        "ingressPolicies": list(rules),
    }


def deployed() -> State:
    """What the example's second stack makes."""
    return State(
        projects={PROJECT: {"projectId": PROJECT, "projectNumber": NUMBER, "lifecycleState": "ACTIVE"}},
        services={PROJECT: {f"{service}.googleapis.com": 0.0 for service in SERVICES}},
        pools={POOL: {"name": POOL, "state": "ACTIVE"}},
        providers={
            PROVIDER: {
                "name": PROVIDER,
                "state": "ACTIVE",
                "aws": {"accountId": ACCOUNT},
                "attributeMapping": {
                    "google.subject": "assertion.arn",
                    "attribute.aws_role": "assertion.arn.extract('assumed-role/{role_name}/')",
                },
                "attributeCondition": f"assertion.arn.startsWith('arn:aws:sts::{ACCOUNT}:assumed-role/demo-app/')",
            }
        },
        service_accounts={
            EMAIL: {
                "name": f"projects/{PROJECT}/serviceAccounts/{EMAIL}",
                "email": EMAIL,
                "uniqueId": "104000000000000000001",
                "projectId": PROJECT,
            }
        },
        roles={ROLE: {"name": ROLE, "includedPermissions": ["aiplatform.endpoints.predict"]}},
        iam_policies={
            f"projects/{PROJECT}": {
                "bindings": [
                    {"role": "roles/owner", "members": ["user:deployer@example.com"]},
                    {"role": ROLE, "members": [f"serviceAccount:{EMAIL}"]},
                ]
            },
            f"projects/{PROJECT}/serviceAccounts/{EMAIL}": {
                "bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [ROLE_SET]}]
            },
        },
        access_policies={"accessPolicies/99": {"name": "accessPolicies/99", "parent": "organizations/123456789012"}},
        access_levels={
            LEVEL: {"name": LEVEL, "title": "l", "basic": {"conditions": [{"ipSubnetworks": [f"{INSIDE}/32"]}]}}
        },
        service_perimeters={
            PERIMETER: {
                "name": PERIMETER,
                "title": "p",
                "status": configuration("aiplatform", rules=[rule(identities=[f"serviceAccount:{EMAIL}"])]),
            }
        },
        tokens={
            DEPLOYER: {"identity": identity.user("deployer@example.com").to_json(), "expires": time.time() + 86400}
        },
    )


@dataclass
class World:
    """Google, AWS's keys by their ids, and what the journal was told."""

    state: State = field(default_factory=deployed)
    keys: dict[str, sigv4.Key] = field(default_factory=dict)
    decisions: list[tuple[ApiCall, Any]] = field(default_factory=list)
    expected_mistakes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.google = Google(self.state, verify=self._verify, decided=lambda *told: self.decisions.append(told))
        self.key = self.caller("demo-app")

    def caller(self, role: str, account: str = ACCOUNT, session: str = "i-0123456789abcdef0") -> sigv4.Key:
        """Keys of a role's session."""
        arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
        key = sigv4.Key(
            f"ASIA{len(self.keys):016}", "secret/" + role, account, arn, f"AROAEXAMPLE:{session}", "token+/=" + role,
            time.time() + 3600,
        )  # fmt: skip
        self.keys[key.id] = key
        return key

    def send(self, host, path, body=None, *, token=DEPLOYER, egress=INSIDE, form=False, http="POST"):
        """The status and the JSON body of an answer."""
        data = body if isinstance(body, bytes) else b"" if http == "GET" else json.dumps(body or {}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded" if form else "application/json"}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        answer = self.google(Request("https", f"{host}.googleapis.com", http, path, headers, data, egress))
        return answer.status, json.loads(answer.body)

    def exchange(self, key=None, *, signed=None, egress=INSIDE, **changes):
        """The answer of the token endpoint; `signed` replaces the signed request, None in `changes` leaves one out."""
        body = {
            "grant_type": sts.GRANT,
            "audience": AUDIENCE,
            "scope": tokens.CLOUD_PLATFORM,
            "requested_token_type": sts.ACCESS_TOKEN,
            "subject_token": quote(json.dumps(signed or subject(key or self.key))),
            "subject_token_type": sts.AWS_TOKEN,
            **changes,
        }
        data = urlencode({name: value for name, value in body.items() if value is not None}).encode()
        return self.send("sts", "/v1/token", data, token="", egress=egress, form=True)

    def federated(self, key=None, **changes):
        """A token of the exchange."""
        status, answer = self.exchange(key, **changes)
        assert status == 200, answer
        return answer["access_token"]

    def impersonated(self, **body):
        """A token of the service account."""
        status, answer = self.impersonate(self.federated(), **body)
        assert status == 200, answer
        return answer["accessToken"]

    def impersonate(self, token, name=f"projects/-/serviceAccounts/{EMAIL}", egress=INSIDE, **body):
        """The answer of IAM Credentials."""
        body = {"scope": [tokens.CLOUD_PLATFORM], **body}
        return self.send("iamcredentials", f"/v1/{name}:generateAccessToken", body, token=token, egress=egress)

    def entries(self, query=""):
        """The log entries that a filter finds."""
        body = {"resourceNames": [f"projects/{PROJECT}"], "filter": query}
        status, answer = self.send("logging", "/v2/entries:list", body)
        assert status == 200, answer
        return answer.get("entries", [])

    def _verify(self, method, url, headers):
        return sigv4.verify(method, url, headers, self.keys.get)
