"""Service accounts. As in the provider, `disabled` is not said at creation: only the next apply disables."""

import time
from dataclasses import dataclass

from ..document import ApplyError, Arguments
from ..kind import Change, Fields, Found
from .bodies import attributes
from .client import Body, Client

IAM = "iam.googleapis.com/v1/"
SECONDS_UNTIL_SEEN = 60


@dataclass(frozen=True)
class ServiceAccount:
    """Its id is its name, `projects/PROJECT/serviceAccounts/EMAIL`."""

    client: Client
    forces: frozenset[str] = frozenset(("project", "account_id"))

    def wanted(self, arguments: Arguments) -> Fields:
        texts = {name: arguments.get(name) or "" for name in ("display_name", "description")}
        places = {name: arguments[name] for name in ("project", "account_id")}
        return {**texts, **places, "disabled": bool(arguments.get("disabled"))}

    def read(self, id: str) -> Found | None:
        body = self.client.find(IAM + id)
        if body is None:
            return None
        fields = {"display_name": body.get("displayName", ""), "description": body.get("description", "")}
        more = {"id": id, "member": f"serviceAccount:{body['email']}", "account_id": body["email"].partition("@")[0]}
        return Found({**attributes(body), **more}, {**fields, "disabled": bool(body.get("disabled"))})

    def create(self, arguments: Arguments) -> str:
        body = {"accountId": arguments["account_id"], "serviceAccount": self._texts(arguments)}
        name = str(self.client("POST", f"{IAM}projects/{arguments['project']}/serviceAccounts", body)["name"])
        give_up = time.monotonic() + SECONDS_UNTIL_SEEN
        while self.client.find(IAM + name) is None:
            if time.monotonic() > give_up:
                raise ApplyError(f"{name}: not to be seen after {SECONDS_UNTIL_SEEN} s")
            time.sleep(0.2)
        return name

    def update(self, change: Change) -> None:
        if "disabled" in change.fields:
            self.client("POST", f"{IAM}{change.id}:{'disable' if change.arguments.get('disabled') else 'enable'}", {})
        mask = [name for name in ("description", "display_name") if name in change.fields]
        if mask:
            account = {**self._texts(change.arguments), "etag": self.client("GET", IAM + change.id).get("etag")}
            self.client("PATCH", IAM + change.id, {"serviceAccount": account, "updateMask": ",".join(mask)})

    def delete(self, id: str) -> None:
        self.client("DELETE", IAM + id)

    def _texts(self, arguments: Arguments) -> Body:
        texts = {"displayName": arguments.get("display_name"), "description": arguments.get("description")}
        return {name: value for name, value in texts.items() if value}
