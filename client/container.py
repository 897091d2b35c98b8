"""ECS: the task role's credentials, at the one address where ECS serves them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .imds import identity_fault
from .redact import remember

_ECS = "http://169.254.170.2"


def container_keys(environ: Mapping[str, str], request: Any) -> bytes:
    """The credentials of the task role, as JSON. Raises Fault."""
    relative = environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
    url = _ECS + relative if relative else environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    if not re.fullmatch(re.escape(_ECS) + r"(:80)?/[\x21-\x7e]*", url):
        raise identity_fault(
            f"AWS_CONTAINER_CREDENTIALS_{'RELATIVE' if relative else 'FULL'}_URI leads elsewhere than {_ECS}/",
            f"allowed is {_ECS}/..., as ECS sets it",
        )
    token = _token(environ)
    answer = request(url, "GET", None, {"Authorization": token} if token else {})
    if answer.status != 200:
        raise identity_fault(
            f"the container's credentials endpoint answered {answer.status}", "give the task a task role"
        )
    data: bytes = answer.data
    return data


def _token(environ: Mapping[str, str]) -> str:
    path = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    name = "AWS_CONTAINER_AUTHORIZATION_TOKEN" + ("_FILE" if path else "")
    try:
        token = Path(path).read_text(encoding="ascii").strip() if path else environ.get(name, "")
    except (OSError, ValueError):
        raise identity_fault(f"{name} {path} cannot be read", "correct the path") from None
    remember(token)
    if not re.fullmatch(r"[\x20-\x7e]*", token):  # it goes into a header
        raise identity_fault(f"{name} is no authorization token", "leave it as ECS sets it")
    return token
