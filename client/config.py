"""What the operator set: the environment, and an option for each variable."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .document_rules import PROJECT
from .fault import Fault, Layer
from .places import gemini_host, is_location, is_model

DEFAULT_MODEL = "gemini-3.5-flash"
DEFAULT_LOCATION = "global"
DEFAULT_PROMPT = "Google Cloudとは何ですか?簡潔に説明してください。"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOCATIONS = (
    "global, us, eu or a region such as asia-northeast1 (KEYLESS_UNLISTED names one that this release does not list)"
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


@dataclass(frozen=True)
class Settings:
    """One operator's settings. `errors` holds a sentence for each that is missing or wrong."""

    document: str
    project: str
    location: str = DEFAULT_LOCATION
    model: str = DEFAULT_MODEL
    prompt: str = DEFAULT_PROMPT
    allowed: tuple[Network, ...] = ()
    digest: str = ""
    hosts: frozenset[str] = frozenset()
    egress: bool = True
    errors: tuple[str, ...] = field(default=())

    @property
    def gemini_host(self) -> str:
        """The host that google-genai calls for this location."""
        return gemini_host(self.location)


def read(environ: Mapping[str, str], given: Mapping[str, str | None] | None = None, *, egress: bool = True) -> Settings:
    """Settings from options (`given`, by field) before the environment; never raises, see `errors`."""
    options, errors = given or {}, []

    origin: dict[str, str] = {}

    def value(option: str, *names: str, default: str = "") -> str:
        if options.get(option) is not None:
            origin[option] = "--allow-host" if option == "hosts" else f"--{option}"
            return str(options[option])
        name = next((name for name in names if environ.get(name)), names[0])
        origin[option] = name
        return environ.get(name) or default

    document = value("credentials", "GOOGLE_APPLICATION_CREDENTIALS")
    project = value("project", "GCP_PROJECT_ID", "GOOGLE_CLOUD_PROJECT")
    location = value("location", "GCP_LOCATION", "GOOGLE_CLOUD_LOCATION", default=DEFAULT_LOCATION)
    model = value("model", "GEMINI_MODEL", default=DEFAULT_MODEL)
    prompt = DEFAULT_PROMPT if options.get("prompt") is None else str(options["prompt"])
    unlisted = re.split(r"[\s,]+", value("unlisted", "KEYLESS_UNLISTED"))
    digest = value("digest", "KEYLESS_DOCUMENT_SHA256").lower()
    if not document:
        errors.append("GOOGLE_APPLICATION_CREDENTIALS is not set: give the path of the credential document")
    if not project:
        errors.append("GCP_PROJECT_ID is not set: give the id of the Google Cloud project")
    for option, got, good, allowed in (
        (
            "project",
            project,
            PROJECT.fullmatch(project),
            "6 to 30 lowercase letters, digits and hyphens, or a project number",
        ),
        ("location", location, is_location(location, unlisted), _LOCATIONS),
        ("model", model, is_model(model), f"a model name such as {DEFAULT_MODEL}"),
        ("digest", digest, re.fullmatch("[0-9a-f]{64}", digest), "64 hexadecimal digits"),
    ):
        if got and not good:
            errors.append(f"{origin[option]} is {got!r}, allowed is {allowed}")
    if not prompt.strip() or not _is_text(prompt):
        errors.append("the prompt is empty or not UTF-8: give a question")
    networks: list[Network] = []
    for item in re.split(r"[\s,]+", value("allowed", "KEYLESS_ALLOWED_CIDRS").strip()):
        try:
            networks += [ipaddress.ip_network(item)] if item else []
        except ValueError:
            errors.append(
                f"{origin['allowed']} has {item!r}, allowed are addresses and networks such as 203.0.113.7/32"
            )
    hosts = frozenset(h for h in re.split(r"[\s,]+", value("hosts", "KEYLESS_ALLOWED_HOSTS")) if h)
    errors += [f"{origin['hosts']} has {h!r}, allowed is a host name" for h in sorted(hosts) if not _HOST.fullmatch(h)]
    switch = environ.get("KEYLESS_EGRESS_CHECK") or "on"
    if egress and switch not in ("on", "off"):
        errors.append(f"KEYLESS_EGRESS_CHECK is {switch!r}, allowed is on or off")
    egress = egress and switch != "off"
    if base := environ.get("GOOGLE_VERTEX_BASE_URL"):
        errors.append(f"GOOGLE_VERTEX_BASE_URL is {base!r}: google-genai would send the token there, unset it")
    return Settings(document, project, location, model, prompt, tuple(networks), digest, hosts, egress, tuple(errors))


def check(settings: Settings) -> None:
    """Raise what is missing or wrong, all at once."""
    if settings.errors:
        raise Fault(
            Layer.CONFIGURATION,
            "; ".join(settings.errors),
            "set the variables in the environment file, or give the options that `--help` lists",
            "nothing was sent yet",
        )


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
