"""What an instance's network needs to be told: package index, proxy, certificate authority, further variables."""

import re
from typing import Any

from constructs_lib.limits.rule import END, Check, Limit, matches, size

__all__ = [
    "MAX_PEM",
    "certificate_authority",
    "client_variables",
    "https_proxy",
    "index_url",
    "no_proxy",
    "no_proxy_host",
    "variable_name",
    "variable_value",
]

MAX_PEM = 8192
MAX_VARIABLES = 1024
MAX_NO_PROXY = 512
_HOST = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_KIT = "this kit"


def _masked(value: Any) -> Any:
    """A URL without its user and password: an error is logged."""
    return re.sub(r"//.*@", "//...@", value) if isinstance(value, str) else value


def _user_hint(value: str) -> str:
    if "@" not in value:
        return ""
    return "leave user and password out: plan, state and a document that many can read would have them"


index_url = Limit(
    "index_url",
    "https://HOST, with a port and a path or without, as in https://pypi.example.com/simple",
    "pip documentation, --index-url; pip takes no packages over plain HTTP",
    matches(rf"https://{_HOST}(:{_PORT})?(/[A-Za-z0-9_.~%+-]+)*/?"),
    hint=_user_hint,
    show=_masked,
)
https_proxy = Limit(
    "https_proxy",
    "http://HOST:PORT",
    "AWS Systems Manager User Guide, Configure SSM Agent to use a proxy: Session Manager takes no https:// proxy",
    matches(rf"http://{_HOST}:{_PORT}/?"),
    hint=_user_hint,
    show=_masked,
)
no_proxy_host = Limit(
    "no_proxy_host",
    "a host name, a domain such as .example.com, or an IP address; no port, no brackets, no *",
    "the names that curl, botocore, requests and httpx agree on",
    matches(rf"\.?{_HOST}|(?=[^:]*:[^:]*:)[0-9a-fA-F:.]+"),
)
no_proxy = Limit(
    "no_proxy",
    f"at most {MAX_NO_PROXY} bytes of hosts",
    f"{_KIT}: the size that fits a command document",
    lambda value: size(",".join(map(str, value))) <= MAX_NO_PROXY,
    kind=(list, tuple),
)

_CERTIFICATE = r"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,76}\n)+-----END CERTIFICATE-----\n*"


def _is_pem(value: str) -> bool:
    if size(value) > MAX_PEM or not matches(rf"\s*({_CERTIFICATE})+")(f"{value}\n"):
        return False
    import ssl  # a review, which reads no certificate, ends before this is imported

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=value)
    except (ssl.SSLError, ValueError):
        return False
    return True


_PATH = r"(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)+"


def _pem_hint(value: str) -> str:
    if "PRIVATE KEY" in value:
        return "it contains a private key: keep that out of the file, and replace it if it was shared"
    if size(value) > MAX_PEM:
        return f"it has {size(value)} bytes: put the file on the image, and give its path"
    return ""


certificate_authority = Limit(
    "certificate_authority",
    f"an absolute path on the image, such as /etc/pki/tls/certs/ca-bundle.crt, or at most {MAX_PEM} bytes of certificates in PEM",
    f"RFC 7468; {_KIT}: the size that fits a command document",
    Check(
        lambda value: matches(_PATH)(value) or _is_pem(value),
        {"pattern": rf"^(?:{_PATH}{END}|\s*-----BEGIN CERTIFICATE-----\n)"},
    ),
    hint=_pem_hint,
    show=lambda value: f"{len(value)} characters" if isinstance(value, str) and "\n" in value else value,
)

# Whole names, and beginnings that end in "_". The kit writes some of them; with the others the client would be another
# identity, go another way, or run other code.
_NAMES = "PATH|IFS|ENV|BASH_ENV|SHELLOPTS|SSL_CERT_FILE|SSL_CERT_DIR|SSLKEYLOGFILE|[A-Z]+_CA_BUNDLE|[A-Z]*_?PROXY"
_PREFIXES = "AWS_|GOOGLE_|GCP_|GCE_|GEMINI_|KEYLESS_|CLOUDSDK_|PIP_|SSM_|OPENSSL_|LD_|PYTHON"
variable_name = Limit(
    "variable_name",
    "A-Z, 0-9 and '_', beginning with a letter; no AWS_*, GOOGLE_*, GCP_*, GEMINI_*, KEYLESS_*, PIP_*, SSM_*, LD_*, "
    "PYTHON*, OPENSSL_* or PATH, no variable of a shell, a proxy or a certificate authority",
    f"{_KIT}: it writes them itself, or they would change who calls, through what, with which code",
    matches(rf"(?!({_NAMES}){END}|{_PREFIXES})[A-Z][A-Z0-9_]*"),
    hint=lambda value: "there are settings of the connection" if re.search("(?i)proxy|cert|_ca_", value) else "",
)
variable_value = Limit(
    "variable_value",
    "one line of text without '{{'",
    "AWS Systems Manager User Guide: {{ }} is a parameter of the document",
    matches(r"((?!\{\{)[^\x00-\x1f\x7f])*"),
)
client_variables = Limit(
    "client_variables",
    f"at most {MAX_VARIABLES} bytes of names and values",
    f"{_KIT}: the size that fits a command document",
    lambda value: sum(size(str(part)) for item in value.items() for part in item) <= MAX_VARIABLES,
    kind=dict,
)
