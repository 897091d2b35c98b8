"""Google's own discovery documents, as google-api-python-client ships them: which methods there are, and their bodies."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .schema import Checker, FieldViolation, Schema, canonical, named

VERSIONS = {
    "accesscontextmanager": ("v1",),
    "aiplatform": ("v1", "v1beta1"),
    "cloudbilling": ("v1",),
    "cloudresourcemanager": ("v1",),
    "iam": ("v1",),
    "iamcredentials": ("v1",),
    "logging": ("v2",),
    "monitoring": ("v3",),
    "serviceusage": ("v1",),
    "storage": ("v1",),
    "sts": ("v1",),
}
# Not in any document: RFC 7662's introspection (IAM, "sts introspect"), OAuth's token endpoint, OpenID Connect's userinfo.
_MORE: dict[str, list[dict[str, Any]]] = {
    "sts": [{"id": "sts.introspect", "httpMethod": "POST", "path": "v1/introspect"}],
    "oauth2": [{"id": "oauth2.token", "httpMethod": "POST", "path": "token"}],
    "openidconnect": [{"id": "openidconnect.userinfo", "httpMethod": "GET", "path": "v1/userinfo"}],
}


@dataclass(frozen=True)
class Method:
    """A method. `id` is the discovery id, `service` the host name, `title` the API's."""

    id: str
    service: str
    body: dict[str, Any]
    document: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.document.get("title", self.service))

    @property
    def schemas(self) -> dict[str, Schema]:
        schemas: dict[str, Schema] = self.document.get("schemas", {})
        return schemas

    @property
    def parameters(self) -> dict[str, Schema]:
        """Those of the method itself, from path and query."""
        parameters: dict[str, Schema] = self.body.get("parameters", {})
        return parameters

    @property
    def path(self) -> str:
        """Its template, without the slash before it."""
        return str(self.document.get("servicePath", "")) + str(self.body["path"])

    @cached_property
    def known(self) -> dict[str, Schema]:
        """Those of a query, the API's common ones among them."""
        own = {name: p for name, p in self.parameters.items() if p["location"] == "query"}
        common: dict[str, Schema] = self.document.get("parameters", {})
        # Streaming as server-sent events is in no document ("streamGenerateContent"; google-genai asks for it).
        sse = {"alt": {"type": "string", "enum": ["json", "sse"]}} if self.id.rpartition(".")[2][:6] == "stream" else {}
        return {**common, **sse, **own}

    @property
    def request(self) -> Schema | None:
        return self.body.get("request")

    @property
    def response(self) -> Schema | None:
        return self.body.get("response")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path, with a group for each parameter."""
        parts = re.split(r"\{(\+?\w+)\}", self.path)
        text = "/" + "".join(self._group(part) if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
        return re.compile(text)

    def _group(self, name: str) -> str:
        bare = name.removeprefix("+")
        given = self.parameters.get(bare, {}).get("pattern", "")[1:-1] if name != bare else ""
        return f"(?P<{bare}>{given or '[^/:]+'})"

    def request_violations(self, body: Any) -> list[FieldViolation]:
        """What is wrong with a request's body."""
        if self.request is None:
            return [FieldViolation("", "Invalid JSON payload received. The method takes no body.")] if body else []
        return list(Checker(self.schemas, incoming=True).violations(self.request, body))

    def response_violations(self, body: Any, schema: Schema | None = None) -> list[FieldViolation]:
        """What is wrong with an answer's body, or with a part of one that has this schema."""
        expected = schema or self.response
        return list(Checker(self.schemas, incoming=False).violations(expected, body)) if expected else []

    def unbound(self, body: Any, named: dict[str, str]) -> Any:
        """A request message without the fields that the path gives already, in case it repeats them.

        Only where the body is the request message itself: the google provider sends `parent` to `:replaceAll`, and
        the API takes it.
        """
        whole = (self.request or {}).get("$ref", "").endswith("Request") and isinstance(body, dict)
        return {key: value for key, value in body.items() if named.get(key) != value} if whole else body

    def named(self, body: Any) -> Any:
        """A request's body with the document's names of its fields."""
        return named(self.schemas, self.request, body) if self.request else body

    def canonical(self, body: Any) -> Any:
        """A request's body as Google keeps it."""
        return canonical(self.schemas, self.request, body) if self.request else body


@cache
def document(api: str, version: str) -> dict[str, Any]:
    """One discovery document."""
    spec = find_spec("googleapiclient")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("google-api-python-client is not installed: it has Google's discovery documents")
    folder = Path(spec.origin).parent / "discovery_cache" / "documents"
    return dict(json.loads((folder / f"{api}.{version}.json").read_text()))


@cache
def methods(api: str) -> tuple[Method, ...]:
    """Every method of an API, in all versions that are known here."""
    service = f"{api}.googleapis.com"
    found = [
        Method(body["id"], service, body, held)
        for version in VERSIONS.get(api, ())
        for held in [document(api, version)]
        for body in _bodies(held)
    ]
    return (*found, *(Method(body["id"], service, body, {}) for body in _MORE.get(api, ())))


@cache
def method(id: str, version: str = "") -> Method:
    """The method with this discovery id, of the first version, or of a given one."""
    api = id.partition(".")[0]
    return next(m for m in methods(api) if m.id == id and m.document.get("version", "").startswith(version))


def api_of(host: str) -> str:
    """`aiplatform` for `us-central1-aiplatform.googleapis.com` and so on; "" for a host of no API."""
    name = re.fullmatch(r"([a-z0-9-]+-)??(?P<api>[a-z]+2?)(\.[a-z0-9-]+\.rep)?\.googleapis\.com", host)
    regional = name and (name[1] or name[3])
    return name["api"] if name and (not regional or name["api"] == "aiplatform") else ""


def route(host: str, http: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method behind a path without its query, and the path's parameters."""
    found = _routed(host, http, unquote(path))
    return (found[0], dict(found[1])) if found else None


@lru_cache(maxsize=4096)
def _routed(host: str, http: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The same, kept: hundreds of patterns come before Gemini's."""
    first = path.split("/")[1] if path.count("/") > 1 else ""
    for one in _by_prefix(api_of(host), http, first):
        if found := one.pattern.fullmatch(path):
            return one, found.groupdict()
    return None


@cache
def _by_prefix(api: str, http: str, first: str) -> tuple[Method, ...]:
    """Those with a custom verb first: `{+name}` would match `POOL:listAttestationRules` too."""
    found = (
        one for one in methods(api) if one.body["httpMethod"] == http and one.path.startswith(first and f"{first}/")
    )
    return tuple(sorted(found, key=lambda one: ":" not in one.path))


def _bodies(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _bodies(inner)
