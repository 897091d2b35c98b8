"""Every request and every decision, in the order in which they happened, to be read while the clouds run."""

import json
import re
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

KINDS = ("request", "decision")
_SECRETS = ("x-amz-security-token", "x-amz-signature", "signature", "access_token", "oauth_token", "key")
"""What a query may carry of the caller: a presigned URL's, and a Google API's."""


class Journal:
    """Entries are JSON objects with `time`, in seconds since the epoch, and `kind`, one of KINDS."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def write(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Append an entry. The writer may add fields later; keys, tokens and bodies do not belong here.

        A request's path and operation lose what is secret in their queries.
        """
        fields |= {name: _PARAMETER.sub(_masked, fields[name]) for name in ("path", "operation") if name in fields}
        entry = {"time": time.time(), "kind": kind, **fields}
        with self._lock:
            self._entries.append(entry)
        return entry

    def entries(self, kind: str = "", since: int = 0) -> list[dict[str, Any]]:
        """A copy of the entries of a kind, or of all, from number `since` on."""
        with self._lock:
            return [dict(entry) for entry in self._entries[since:] if kind in ("", entry["kind"])]

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests, in their order.

        Each has egress, caller, host, method, path, operation, status (0 without an answer) and seconds. `lost` is why a
        packet did not get out, `refusal` why Google refused. `attempt` is 2 or more if an AWS SDK sent it again, under the
        same `invocation`. `broken` is why the connection broke after it.
        """
        return self.entries("request")

    @property
    def repeated(self) -> list[str]:
        """A line for each attempt of a request that was sent again, or that a client may send again.

        A client may send a request again if no answer arrived, or if the answer is a 5xx.
        """
        requests = self.requests
        again = {one.get("invocation", "") for one in requests if "attempt" in one}
        return [
            f"{one['operation']}: {', '.join(f'{name} {one[name]}' for name in ('status', 'attempt', 'broken') if name in one)}"
            for one in requests
            if one["status"] >= 500 or "attempt" in one or "broken" in one or one.get("invocation") in again
        ]

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """What a policy decided, as the decision wrote it."""
        return self.entries("decision")

    def json(self, kind: str = "", since: int = 0) -> bytes:
        """One entry a line."""
        return "".join(json.dumps(entry, default=str) + "\n" for entry in self.entries(kind, since)).encode()


def attempt(headers: Mapping[str, str]) -> dict[str, str]:
    """Which attempt of which invocation a request of an AWS SDK is, by its headers. The first attempt has no number."""
    number = re.search(r"\battempt=(\d+)", headers.get("amz-sdk-request", ""))
    found = {"attempt": number and number[1], "invocation": headers.get("amz-sdk-invocation-id")}
    return {name: one for name, one in found.items() if one and (name, one) != ("attempt", "1")}


_PARAMETER = re.compile(r"([?&]([^=&#]*)=)[^&#]*")


def _masked(found: re.Match[str]) -> str:
    return f"{found[1]}***" if unquote_plus(found[2]).lower() in _SECRETS else found[0]
