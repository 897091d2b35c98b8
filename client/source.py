"""Which AWS identity the environment names. A source that is named is used or refused, never passed over.

The order is that of the AWS SDKs: keys in the environment, web identity, profile, container, instance ("Credential
provider chain", AWS SDKs and Tools Reference Guide). google-auth alone reads the first and the last.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from .fault import Fault
from .imds import identity_fault
from .profiles import default_profile

PAIR = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
ROLE, TOKEN_FILE = WEB = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
RELATIVE, FULL = URIS = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
AUTHORIZATION = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
_KEYS = (*PAIR, "AWS_SESSION_TOKEN")
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_STS = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")
_IMDS = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_DISABLED")
_OWN = ("http://169.254.169.254", "http://[fd00:ec2::254]")
_USED = {
    "environment": (*_KEYS, "AWS_CREDENTIAL_EXPIRATION"),
    "function": (*_KEYS, "AWS_CREDENTIAL_EXPIRATION"),
    "web-identity": (*WEB, "AWS_ROLE_SESSION_NAME"),
    "container": (*URIS, f"{AUTHORIZATION}_FILE", AUTHORIZATION),
    "instance": _IMDS,
}
_OTHERS = (
    *_PROFILES,
    *_STS,
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
)
NO_NODE = "the node's role is not used in its place (EKS Fargate has no node role and no metadata service)"
NAMES = tuple(dict.fromkeys([name for names in _USED.values() for name in names] + list(_OTHERS)))


@dataclass(frozen=True)
class Source:
    """A choice: `kind` is environment, function, web-identity, container, instance, or "" with a `fault`.

    `used` are the variables that were chosen by and their values: other values make another choice. `notes` are
    sentences for what is not what one might think.
    """

    kind: str
    used: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    fault: Fault | None = field(default=None, compare=False)

    @property
    def description(self) -> str:
        """The kind in a sentence."""
        return self.kind.replace("-", " ")


def choose(environ: Mapping[str, str]) -> Source:
    """The source of AWS keys; an empty variable is not set. Never raises: see `fault`."""
    env = {name: environ[name] for name in NAMES if environ.get(name)}
    chosen = _endpoints(env, environ) or _keys(env, environ) or _named_profile(env) or _web_identity(env)
    chosen = chosen or _shared_files(env, environ) or _container(env) or _instance(env, environ)
    if isinstance(chosen, Fault):
        return Source("", fault=chosen)
    ignored = {FULL} if RELATIVE in env else set()
    ignored |= {AUTHORIZATION} if f"{AUTHORIZATION}_FILE" in env else set()
    used = tuple((name, env[name]) for name in _USED[chosen] if name in env and name not in ignored)
    unused = [name for name in env if name not in dict(used)]
    notes = [f"set and not used: {', '.join(unused)}; the AWS keys come from the {chosen}"] if unused else []
    return Source(chosen, used, tuple(notes + _shared(chosen, environ)))


def metadata_fault(environ: Mapping[str, str]) -> Fault | None:
    """Why the metadata service may not be asked, be it for keys or for the region."""
    other, off = (environ.get(name, "") for name in _IMDS)
    if off.lower() == "true":
        return identity_fault(
            "AWS_EC2_METADATA_DISABLED is true, and only the metadata service could answer",
            "unset it to be the instance's role; if another source gives the keys, set AWS_REGION",
        )
    if other and other.rstrip("/") not in _OWN:
        return identity_fault(
            f"AWS_EC2_METADATA_SERVICE_ENDPOINT is {other!r}: the host there would choose the identity",
            f"unset it; allowed is {_OWN[0]} or {_OWN[1]}",
        )
    return None


def _endpoints(env: Mapping[str, str], environ: Mapping[str, str]) -> Fault | None:
    name = next((name for name in _STS if name in env), "")
    if not name or environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return identity_fault(
        f"{name} is {env[name]!r}: Google verifies identities at AWS's own STS, and nowhere else",
        f"unset {name}, or set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true (for other services AWS_ENDPOINT_URL_<SERVICE> does)",
    )


def _keys(env: Mapping[str, str], environ: Mapping[str, str]) -> str | Fault | None:
    given = [name for name in _KEYS if name in env]
    lacking = [name for name in PAIR if name not in env]
    if not lacking and env[PAIR[0]].startswith("ASIA") and "AWS_SESSION_TOKEN" not in env:
        lacking = ["AWS_SESSION_TOKEN"]  # AWS: keys with this prefix are temporary
    if given and lacking:
        return identity_fault(
            f"{' and '.join(given)} {'is' if len(given) == 1 else 'are'} set without {' and '.join(lacking)}",
            f"set {' and '.join(lacking)} too, or unset {' and '.join(given)}: half a set of keys is not passed over",
        )
    kind = "function" if environ.get("AWS_LAMBDA_FUNCTION_NAME") else "environment"
    return kind if given else None


def _named_profile(env: Mapping[str, str]) -> Fault | None:
    name = next((name for name in _PROFILES if name in env), "")
    return _profile(env[name], f"{name} names the profile {env[name]!r}", name) if name else None


def _shared_files(env: Mapping[str, str], environ: Mapping[str, str]) -> Fault | None:
    if path := env.get("AWS_CREDENTIAL_FILE"):
        return identity_fault(
            f"AWS_CREDENTIAL_FILE is {path!r}: botocore reads AWS keys from it, this client does not",
            f"unset it, or set {' and '.join(PAIR)} instead",
        )
    found = default_profile(environ)
    way = "AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null"
    return _profile("default", f"{found} gives AWS keys", f"the setting, or set {way}") if found else None


def _profile(name: str, cause: str, unset: str) -> Fault:
    return identity_fault(
        f"{cause}: the AWS SDKs would be that identity, and profiles (SSO, credential_process, login) are not read here",
        f'eval "$(aws configure export-credentials --profile {shlex.quote(name)} --format env)", or '
        f"{'unset' if unset.isupper() else 'remove'} {unset}",
    )


def _web_identity(env: Mapping[str, str]) -> str | Fault | None:
    given = [name for name in WEB if name in env]
    if len(given) == 1:
        (lacking,) = set(WEB) - set(given)
        return identity_fault(
            f"{given[0]} is set without {lacking}", f"set {lacking} too, or unset {given[0]}; {NO_NODE}"
        )
    return "web-identity" if given else None


def _container(env: Mapping[str, str]) -> str | None:
    return "container" if any(name in env for name in URIS) else None


def _instance(env: Mapping[str, str], environ: Mapping[str, str]) -> str | Fault:
    if environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        return identity_fault(
            "Lambda gave this function no keys", "leave AWS_ACCESS_KEY_ID and the like as Lambda sets them"
        )
    if environ.get("AWS_EXECUTION_ENV") == "AWS_ECS_FARGATE":
        return identity_fault("ECS gave this task no credentials", "give the task a task role (taskRoleArn)")
    return metadata_fault(env) or "instance"


def _shared(kind: str, environ: Mapping[str, str]) -> list[str]:
    """Notes for a pod or a task whose caller is the role of the machine below it."""
    if kind != "instance":
        return []
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return [
            "this pod has no role: the caller is its node's role; EKS Pod Identity or IRSA gives the pod a role, and EKS Fargate has no metadata service"
        ]
    if environ.get("ECS_CONTAINER_METADATA_URI_V4"):
        return ["this task has no task role: the caller is the role of the container instance"]
    return []
