"""Who calls: the kit's client on an instance or with a role's keys, a person, and a reader of the logs."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from policy import identity
from policy.identity import Identity

from ..apply.google.client import Client, GoogleError
from ..cloud import LocalCloud
from ..google import seed, tokens
from ..google.api_call import INSIDE
from . import forked_client
from .settings import OFFICE, OPERATOR

GEMINI = "aiplatform.googleapis.com"
ANSWER, DENIED = "answer", "403, with an identifier"
NO_TOKEN, NO_IMPERSONATION = "token exchange refused", "impersonation refused"
_OUTCOMES = {0: ANSWER, 12: NO_TOKEN, 13: NO_IMPERSONATION, 20: DENIED}
"""By the client's exit code (docs/runbooks/client.md)."""
_OTHERS = (
    "AWS_",
    "GOOGLE_",
    "GCP_",
    "GEMINI_",
    "KEYLESS_",
    "CLOUDSDK_",
    "ECS_",
    "ALL_PROXY",
    "all_proxy",
    "SSL_",
    "CURL_",
)
_SAID = re.compile(r"\(it says: (.+)\)")
_UID = re.compile(r"vpcServiceControlsUniqueIdentifier: (\S+)")


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a word of the demo's, the address it came from, the violation's identifier, who decided."""

    what: str
    address: str = ""
    identifier: str = ""
    rule: str = ""
    dry_run_rule: str = ""


@dataclass
class Callers:
    """All callers of one cloud; `outputs` are the Google stack's."""

    cloud: LocalCloud
    folder: Path
    outputs: dict[str, Any] = field(default_factory=dict)

    def on_instance(self, id: str, workload: str = "app") -> Outcome:
        """The client on an instance that the stack built."""
        return self._client(self.cloud.instance_environment(id), workload)

    def with_role(self, role: str, address: str, *, account: str = "", workload: str = "app") -> Outcome:
        """The client with the keys of a role's session, as a Lambda function has them, and a workload's document."""
        caller = self.cloud.as_caller(role, address=address, account=account)
        return self._client({**self.cloud.environment(address), **caller.keys}, workload)

    def asking(self, others: "Callers") -> "Callers":
        """Return the same callers, with calls to Gemini in another project."""
        environment = {**self.outputs["client_environment"]}
        environment["GCP_PROJECT_ID"] = others.outputs["client_environment"]["GCP_PROJECT_ID"]
        return replace(self, outputs={**self.outputs, "client_environment": environment})

    def person(self, address: str = OFFICE) -> Outcome:
        """A person with their token."""
        return self.ask(identity.user(OPERATOR), address)

    def job(self, email: str, number: str, project: str) -> Outcome:
        """A machine at Google, in the project with a number, with the token of its service account."""
        return self.ask(identity.service_account(email), f"{INSIDE}{number}", project)

    def ask(self, who: Identity, origin: str, project: str = seed.PROJECT) -> Outcome:
        """Somebody with their token, who asks Gemini by REST. `origin` is the user name of the proxy's address."""
        seen = len(self.cloud.journal.decisions)
        token = tokens.issue(self.cloud.state, who, lifetime=600, scopes=[tokens.CLOUD_PLATFORM])
        google = Client({}, {**self.cloud.environment(origin), "GOOGLE_OAUTH_ACCESS_TOKEN": token})
        model = f"projects/{project}/locations/global/publishers/google/models/gemini-3.5-flash"
        question = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
        try:
            google("POST", f"{GEMINI}/v1/{model}:generateContent", question)
        except GoogleError as error:
            found = _UID.search(str(error))
            what = DENIED if found else f"{error.status}: {error}"
            return Outcome(what, origin, found[1] if found else "", *self._rules(seen))
        return Outcome(ANSWER, origin, "", *self._rules(seen))

    def may_ask(self, *, granted: bool) -> None:
        """Grant a person Gemini or revoke it, as an administrator does by hand: the kit grants nothing to people."""
        project = f"cloudresourcemanager.googleapis.com/v1/projects/{seed.PROJECT}"
        grant = {"role": "roles/aiplatform.user", "members": [f"user:{OPERATOR}"]}
        policy = self._deployer("POST", f"{project}:getIamPolicy", {})
        others = [binding for binding in policy["bindings"] if binding != grant]
        policy["bindings"] = [*others, grant] if granted else others
        self._deployer("POST", f"{project}:setIamPolicy", {"policy": policy})

    def may_read_logs(self) -> None:
        """Enable Logging by hand: the kit does so only if it is to alert."""
        service = f"serviceusage.googleapis.com/v1/projects/{seed.PROJECT}/services/logging.googleapis.com"
        self._deployer("POST", f"{service}:enable", {})

    def violations(self, mode: str, more: str) -> list[dict[str, Any]]:
        """The log entries that the stack's documented filter, `dry_run` or `enforced`, finds; `more` narrows it."""
        query = f"{self.outputs[f'{mode}_violations_filter']}\n{more}"
        body = {"resourceNames": [f"projects/{seed.PROJECT}"], "filter": query}
        found: list[dict[str, Any]] = self._deployer("POST", "logging.googleapis.com/v2/entries:list", body).get(
            "entries", []
        )
        return found

    def told(self, workload: str) -> dict[str, str]:
        """The variables that the stacks give a workload's client; its credential document lies in `folder`."""
        document = self.folder / f"{workload}.json"
        document.write_text(self.outputs["credential_documents"][workload])
        return {**self.outputs["client_environment"], "GOOGLE_APPLICATION_CREDENTIALS": str(document)}

    def _deployer(self, method: str, url: str, body: dict[str, Any]) -> dict[str, Any]:
        environment = self.cloud.deployer_environment()
        return Client({"user_project_override": True, "project": seed.PROJECT}, environment)(method, url, body)

    def _client(self, environment: Mapping[str, str], workload: str) -> Outcome:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
        seen = len(self.cloud.journal.decisions)
        code, said, error = forked_client.run(
            ("hello", "--json", "--timeout", "30"), {**kept, **self.told(workload), **environment}
        )
        if not said:
            return Outcome(f"the client ended with {code}: {error[-300:]}")
        report = json.loads(said)
        faults = [check["fault"] for check in report["checks"] if check["fault"]]
        fault: dict[str, Any] = next((one for one in faults if one["exit_code"] == code), {})
        what = _OUTCOMES.get(code, f"exit code {code}: {fault.get('cause')}")
        cause = str(fault.get("cause", ""))
        reason = _SAID.search(cause)
        rules = self._rules(seen) if code in (0, 20) else (f"Google: {reason[1]}" if reason else cause, "")
        return Outcome(what, report["egress"] or "", fault.get("identifier") or "", *rules)

    def _rules(self, seen: int) -> tuple[str, str]:
        """What decided the newest call of Gemini since the journal had `seen` decisions: enforced, and in the dry run."""
        made = [one for one in self.cloud.journal.decisions[seen:] if one["service"] == GEMINI]
        return (made[-1]["enforced"]["rule"], made[-1]["dry_run"]["rule"]) if made else ("", "")
