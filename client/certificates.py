"""TLS that failed. google-auth reads one variable, google-genai another: behind an intercepting proxy both are needed."""

import os
from pathlib import Path

from .fault import Fault, Layer

_READER = {"SSL_CERT_FILE": "google-genai", "REQUESTS_CA_BUNDLE": "google-auth"}
_BOTH = (
    "set SSL_CERT_FILE and REQUESTS_CA_BUNDLE, both, to a file with the certificate authority of the proxy in between"
)


def tls_fault(host: str, text: str) -> Fault:
    """Why `host` is not believed; `text` is the exception's, in lower case."""
    given = {name: os.environ[name] for name in _READER if os.environ.get(name)}
    absent = next((name for name, path in given.items() if not Path(path).exists()), "")
    if absent:
        cause, fix = f"{absent} names no file: {given[absent]}", f"correct {absent}, or unset it"
    elif "no certificate or crl found" in text or "pem lib" in text:
        cause, fix = f"{' or '.join(given)} names a file without a certificate", "write it anew, as PEM"
    else:
        cause, fix = (
            f"TLS to {host} failed" + (": its certificate is not trusted here" if "verif" in text else ""),
            _BOTH,
        )
        if len(given) == 1:
            ((have, path),) = given.items()
            (lack,) = set(_READER) - {have}
            cause += f", and only {have} is set, which {_READER[lack]} does not read"
            fix = f"export {lack}={path}"
    return Fault(Layer.NETWORK, cause, fix, "neither token nor permissions: the connection was not made")
