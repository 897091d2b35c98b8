"""Google's error answers, told apart. Bodies are untrusted: only checked names from them enter a command."""

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any

from .config import Network
from .fault import Fault, Layer
from .redact import clean

_SERVICE = {Layer.TOKEN_EXCHANGE: "sts", Layer.IMPERSONATION: "iamcredentials", Layer.GEMINI: "aiplatform"}
_UID = re.compile(r"vpcServiceControlsUniqueIdentifier: ([\w=-]{1,200})")
_ADMIT = {
    Layer.TOKEN_EXCHANGE: "an ingress rule for sts.googleapis.com must admit ANY_IDENTITY",
    Layer.IMPERSONATION: "an ingress rule for iamcredentials.googleapis.com must admit {0.principal_set}",
    Layer.GEMINI: "the ingress rule for aiplatform.googleapis.com must admit {0.principal}",
}


@dataclass
class Facts:
    """The real names that a fix is filled in with. What is not known stays ""."""

    number: str
    pool: str
    provider: str
    service_account: str = ""
    role: str = ""
    arn: str = ""
    skew: float | None = None
    project: str = ""
    location: str = ""
    model: str = ""
    host: str = ""
    egress: str = ""
    allowed: tuple[Network, ...] = ()
    attempts: int = 1

    @property
    def principal_set(self) -> str:
        """The role as a member of IAM policies."""
        pool = f"projects/{self.number}/locations/global/workloadIdentityPools/{self.pool}"
        return f"principalSet://iam.googleapis.com/{pool}/attribute.aws_role/{self.role or 'ROLE'}"

    @property
    def principal(self) -> str:
        """Who calls Gemini, as a member of IAM policies."""
        return f"serviceAccount:{self.service_account}" if self.service_account else self.principal_set


def google_fault(layer: Layer, status: int, body: bytes, facts: Facts) -> Fault:
    """What an answer of Google's means that is not the expected one, whatever its bytes."""
    host = facts.host if layer is Layer.GEMINI else f"{_SERVICE[layer]}.googleapis.com"
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    message = clean(
        _string(error, "message") or _string(data, "error_description"), 240
    )  # before it is cut: half a secret is not known
    info: Any = next((d for d in _details(error) if _string(d, "@type").endswith("google.rpc.ErrorInfo")), {})
    reason, said = _string(info, "reason"), f" (it says: {message})" if message else ""
    if status == 403 and (uid := _violation(error, info)) is not None:
        return _perimeter(layer, uid, facts)
    if reason == "SERVICE_DISABLED" or (status == 403 and "it is disabled" in message):
        return _disabled(layer, info, facts)
    if reason == "CONSUMER_INVALID":
        used = facts.project or facts.number
        return Fault(
            Layer.CONFIGURATION,
            f"Google knows no project {used!r}, or it is deleted",
            "correct GCP_PROJECT_ID: the project's id, not its name",
            "the token: Google read it before the project",
        )
    if status == 429:
        return Fault(
            Layer.QUOTA,
            f"{host} has no quota left: 429 after {facts.attempts} attempt(s){said}",
            "try again later, GCP_LOCATION=global, or ask for more quota",
            "neither credentials nor perimeter: it was let in",
            transient=True,
        )
    if (error is None or status >= 500 or status == 200) and not (layer is Layer.GEMINI and status == 404):
        return _unreadable(layer, host, status, body, said, parsed=data is not None)
    if layer is Layer.TOKEN_EXCHANGE:
        return _exchange(error if isinstance(error, str) else _string(error, "status"), message, said, status, facts)
    return (_impersonation if layer is Layer.IMPERSONATION else _gemini)(status, message, said, info, facts)


def _perimeter(layer: Layer, uid: str, facts: Facts) -> Fault:
    service, inside = f"{_SERVICE[layer]}.googleapis.com", _inside(facts)
    allowed = ", ".join(map(str, facts.allowed)) or "unknown"
    cause = f"VPC Service Controls denied {service}: own egress address {facts.egress or 'unknown'}, allowed {allowed}, violation {uid or 'unknown'}"
    project = facts.project or facts.number
    query = (
        f'protoPayload.metadata.vpcServiceControlsUniqueId="{uid}"'
        if uid
        else 'log_id("cloudaudit.googleapis.com/policy") severity="error"'
    )
    look = f"gcloud logging read '{query}' --project={project} --freshness=1d; changes take up to 30 minutes: --repeat 60 --interval 30"
    if inside:
        fix = f"the address is allowed, so {_ADMIT[layer].format(facts)}; {look}"
    elif inside is False:
        fix = f"add {facts.egress} to the access level, or leave through an allowed address (NAT gateway); {look}"
    else:
        fix = f"compare the egress address with the access level, and {_ADMIT[layer].format(facts)}; {look}"
    passed = {Layer.TOKEN_EXCHANGE: "the AWS credentials", Layer.IMPERSONATION: "the token exchange"}
    not_cause = f"{passed.get(layer, 'the token')} passed; IAM roles and the model are not what was refused"
    return Fault(Layer.PERIMETER, cause, fix, not_cause, identifier=uid)


def _disabled(layer: Layer, info: Any, facts: Facts) -> Fault:
    service = _string(_get(info, "metadata"), "service")
    service = service if re.fullmatch(r"[a-z]+\.googleapis\.com", service) else f"{_SERVICE[layer]}.googleapis.com"
    project = facts.project if layer is Layer.GEMINI else facts.number
    return Fault(
        Layer.API_DISABLED,
        f"the API {service} is not enabled in project {project}",
        f"gcloud services enable {service} --project={project}, then wait a few minutes",
        "neither permissions nor the perimeter",
    )


def _exchange(code: str, message: str, said: str, status: int, facts: Facts) -> Fault:
    text, layer = message.lower(), Layer.TOKEN_EXCHANGE
    where = f"{facts.provider} --workload-identity-pool={facts.pool} --location=global --project={facts.number}"
    describe = f"gcloud iam workload-identity-pools providers describe {where}"
    who = facts.arn or (f"role {facts.role}" if facts.role else "this caller")
    if code == "unauthorized_client":
        return Fault(
            layer,
            f"the attribute condition of provider {facts.provider} does not admit {who}{said}",
            f"compare `{describe} --format='value(attributeCondition)'` with the ARN that `aws sts get-caller-identity` shows",
            "the AWS signature: AWS confirmed it; IAM roles are looked at later",
        )
    if code == "invalid_target":
        return Fault(
            layer,
            f"pool {facts.pool} or provider {facts.provider} in project {facts.number} does not exist, is disabled or was deleted",
            f"{describe}; a deleted one can be undeleted for 30 days",
            "the AWS credentials: Google did not look at them yet",
        )
    skewed = facts.skew is not None and abs(facts.skew) > 240
    if skewed or re.search(r"signature (expired|not yet)|requestexpired|timetooskewed", text):
        off = (
            f"{abs(facts.skew or 0):.0f} s {'ahead' if (facts.skew or 0) > 0 else 'behind'}"
            if skewed
            else "wrong, or was when it signed"
        )
        return Fault(
            layer,
            f"AWS rejected the signature's date: the local clock is {off}",
            "sudo chronyc makestep (time server: 169.254.169.123)",
            "role, provider and condition: they are looked at only after the signature",
        )
    if code == "invalid_grant" and re.search(r"expiredtoken|token .{0,40}expired|is expired", text):
        return Fault(
            layer,
            "AWS rejected the credentials: the security token is expired",
            "unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN if they are set, so that the role's own are used; else restart the task",
            "provider and condition: Google got no answer about who this is",
        )
    if code == "invalid_grant":
        return Fault(
            layer,
            f"AWS or the provider rejected the signed identity{said}",
            f"see that the keys are valid (`aws sts get-caller-identity`), and that the account is that of `{describe} --format='value(aws.accountId)'`",
            "the network, and IAM roles on Google's side",
        )
    return Fault(
        layer,
        f"sts.googleapis.com refused the exchange: {status} {_word(code)}{said}",
        f"compare the document with `{describe}`",
        "the network",
    )


def _impersonation(status: int, message: str, said: str, info: Any, facts: Facts) -> Fault:  # noqa: ARG001
    layer, account = Layer.IMPERSONATION, facts.service_account
    if status == 404:
        return Fault(
            layer,
            f"the service account {account} does not exist",
            f"gcloud iam service-accounts describe {account}, or correct the document",
            "the token exchange: it passed",
        )
    if status == 403:
        return Fault(
            layer,
            f"{facts.principal_set} may not impersonate {account}: iam.serviceAccounts.getAccessToken is missing, or the account is disabled",
            f"gcloud iam service-accounts add-iam-policy-binding {account} --role=roles/iam.workloadIdentityUser --member='{facts.principal_set}'",
            "AWS, pool, provider and condition: the token exchange passed; and not the perimeter",
        )
    fix = "see the lifetime in the document (above 3600 s needs an organization policy), and that the pool is enabled"
    return Fault(
        layer,
        f"iamcredentials.googleapis.com refused a token for {account}: {status}{said}",
        fix,
        "the token exchange: it passed",
    )


def _gemini(status: int, message: str, said: str, info: Any, facts: Facts) -> Fault:
    if status == 404 or (status == 400 and "location" in message.lower()):
        return Fault(
            Layer.MODEL_OR_LOCATION,
            f"there is no model {facts.model} at location {facts.location} ({facts.host} answered {status})",
            "try GCP_LOCATION=global, or GEMINI_MODEL with a model that the location serves",
            "credentials, permissions and perimeter: they passed",
        )
    if status == 403:
        found = re.search(r"ermission '([\w.]{1,100})'", message)
        missing = found[1] if found else "aiplatform.endpoints.predict"
        role = (
            "roles/serviceusage.serviceUsageConsumer"
            if "serviceusage" in message or _string(info, "reason") == "USER_PROJECT_DENIED"
            else "roles/aiplatform.user"
        )
        return Fault(
            Layer.IAM,
            f"IAM denied {facts.principal}: {missing} is missing in project {facts.project}",
            f"gcloud projects add-iam-policy-binding {facts.project} --member='{facts.principal}' --role={role}, then wait a few minutes",
            "the perimeter: the answer has no violation; token exchange and impersonation passed",
        )
    if status == 401:
        return Fault(
            Layer.GEMINI,
            f"{facts.host} does not take the token{said}",
            "see that pool and service account are enabled",
            "the perimeter",
        )
    return Fault(
        Layer.GEMINI,
        f"{facts.host} refused the request: {status}{said}",
        "correct prompt or model",
        "credentials and perimeter: it was let in",
    )


def _unreadable(layer: Layer, host: str, status: int, body: bytes, said: str, *, parsed: bool) -> Fault:
    start = body.lstrip()[:1]
    kind = (
        "JSON"
        if parsed
        else "an empty body"
        if not start
        else "HTML"
        if start == b"<"
        else "truncated JSON"
        if start in (b"{", b"[")
        else "no JSON"
    )
    if status == 200:
        return Fault(
            layer,
            f"{host} answered 200 with {kind} that is not what this API sends",
            "look for a proxy that rewrites answers",
            "permissions and perimeter",
        )
    return Fault(
        layer,
        f"{host} answered {status} with {kind}{said}",
        "try again (--repeat 3 --interval 10); if it stays, look for a proxy in between",
        "permissions and perimeter: a denial is 403 with JSON",
        transient=status >= 500,
    )


def _violation(error: Any, info: Any) -> str | None:
    """The violation's identifier ("" if it has none), or None if this is no perimeter denial."""
    violations = [
        v for d in _details(error) for v in _list(_get(d, "violations")) if _string(v, "type") == "VPC_SERVICE_CONTROLS"
    ]
    named = _UID.search(_string(error, "message"))
    if not violations and not named and _string(info, "reason") != "SECURITY_POLICY_VIOLATED":
        return None
    candidates = [
        named[1] if named else "",
        _string(_get(info, "metadata"), "uid"),
        *(_string(v, "description") for v in violations),
    ]
    return next((c for c in candidates if re.fullmatch(r"[\w=-]{1,200}", c)), "")


def _inside(facts: Facts) -> bool | None:
    if not facts.egress or not facts.allowed:
        return None
    return any(ipaddress.ip_address(facts.egress) in network for network in facts.allowed)


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _string(value: Any, name: str) -> str:
    found = _get(value, name)
    return found if isinstance(found, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _details(error: Any) -> list[Any]:
    return _list(_get(error, "details"))


def _word(text: str) -> str:
    return text if re.fullmatch(r"[\w.-]{1,60}", text) else ""
