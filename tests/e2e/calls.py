"""What callers ask for, as requests; and who denied it, as the answers' own forms tell."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from localcloud.proxy import Request, Response

from .deployed import OTHER_PROJECT, PROJECT
from .intent import ANSWER, FEDERATION, IAM, NOBODY, PERIMETER

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
MODEL = "locations/global/publishers/google/models/gemini-3.5-flash"
ASK = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}


@dataclass(frozen=True)
class Method:
    """A method of a service (`aiplatform`); `path` with its query."""

    service: str
    http: str
    path: str
    body: Any = None

    def request(self, token: str, address: str) -> Request:
        """It, called with a token ("" for none) from an address."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        return Request("https", f"{self.service}.googleapis.com", self.http, self.path, headers, self._data, address)

    @cached_property
    def _data(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


def generate_access_token(account: str) -> Method:
    """The one method that the caller's target is in."""
    path = f"/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
    return Method("iamcredentials", "POST", path, {"scope": [SCOPE]})


def generate_content(project: str) -> Method:
    """A prompt in a project."""
    return Method("aiplatform", "POST", f"/v1/projects/{project}/{MODEL}:generateContent", ASK)


METHODS = {
    "generateContent": generate_content(PROJECT),
    "streamGenerateContent": Method("aiplatform", "POST", f"/v1/projects/{PROJECT}/{MODEL}:streamGenerateContent", ASK),
    "generateContent of v1beta1": Method("aiplatform", "POST", f"/v1beta1/projects/{PROJECT}/{MODEL}:generateContent", ASK),
    "generateContent elsewhere": generate_content(OTHER_PROJECT),
    "projects.get": Method("cloudresourcemanager", "GET", f"/v1/projects/{PROJECT}"),
    "projects.getIamPolicy": Method("cloudresourcemanager", "POST", f"/v1/projects/{PROJECT}:getIamPolicy", {}),
    "serviceAccounts.list": Method("iam", "GET", f"/v1/projects/{PROJECT}/serviceAccounts"),
    "entries.list": Method("logging", "POST", "/v2/entries:list", {"resourceNames": [f"projects/{PROJECT}"], "filter": 'insertId="none"'}),
    "alertPolicies.list": Method("monitoring", "GET", f"/v3/projects/{PROJECT}/alertPolicies"),
    "services.get": Method("serviceusage", "GET", f"/v1/projects/{PROJECT}/services/aiplatform.googleapis.com"),
    "buckets.list": Method("storage", "GET", f"/storage/v1/b?project={PROJECT}"),
}  # fmt: skip
OPERATIONS = ("generateContent", "exchange", "generateAccessToken", *list(METHODS)[1:])


def said(answer: Response) -> str:
    """Who denied it, by the error's own form; or the whole of an answer that has none of these forms."""
    if answer.raw is not None:
        return "no way out"
    if answer.status == 200:
        return ANSWER
    if not answer.body.startswith(b"{"):
        return f"{answer.status} {answer.body.decode()}"
    body = json.loads(answer.body)
    error = body.get("error")
    if isinstance(error, str):
        refused = ("invalid_grant", "unauthorized_client", "invalid_request")
        return FEDERATION if answer.status == 400 and error in refused else f"{answer.status} {body}"
    reasons = {detail.get("reason") for detail in error.get("details", ())}
    if answer.status == 401:
        return NOBODY
    if answer.status == 403 and "SECURITY_POLICY_VIOLATED" in reasons:
        return PERIMETER
    if answer.status == 403 and "IAM_PERMISSION_DENIED" in reasons:
        return IAM
    return f"{answer.status} {error}"
