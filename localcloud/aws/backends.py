"""All that moto knows, as bytes and back: its backends, pickled together, for no API reads them out and in again.

A pickle runs code when it is read: read none that another wrote. It fits the version of moto that wrote it only.
"""

import copyreg
import io
import pickle
import threading
import warnings
from collections import defaultdict
from importlib.metadata import version
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from moto.backends import get_backend
from moto.core.base_backend import BackendDict

VERSION = f"moto {version('moto')}"
"""What the bytes fit."""
_IMPOSSIBLE = (AttributeError, TypeError, pickle.PicklingError)
_LOCKS = {type(make()): (make, ()) for make in (threading.Lock, threading.RLock)}


def dump() -> bytes:
    """Every backend that is in use, by service, account and region.

    A service that cannot be pickled at all (Lambda) is left out, with a warning: the others are worth keeping.
    """
    kept = {
        service.service_name: {account: dict(regions) for account, regions in service.items()}
        for service in BackendDict._instances
    }
    try:
        return _pickled(kept)
    except _IMPOSSIBLE:
        lost = {name for name, accounts in kept.items() if not _possible(accounts)}
        warnings.warn(f"state: AWS's {', '.join(sorted(lost))} cannot be kept", RuntimeWarning, stacklevel=2)
        return _pickled({name: accounts for name, accounts in kept.items() if name not in lost})


def load(data: bytes) -> None:
    """Put the backends in place of those there are."""
    for service, accounts in pickle.loads(data).items():
        for account, regions in accounts.items():
            get_backend(service)[account].update(regions)


def _pickled(value: Any) -> bytes:
    file = io.BytesIO()
    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def _possible(value: Any) -> bool:
    try:
        return bool(_pickled(value))
    except _IMPOSSIBLE:
        return False


class _Pickler(pickle.Pickler):
    """Writes what pickle has no form for.

    These are KMS's private keys, locks (which are free: one request is answered at a time), and moto's kinds of
    defaultdict, which cannot be made again without the arguments that they were made with.
    """

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, defaultdict) and type(value) is not defaultdict:
            state = (vars(value), {"default_factory": value.default_factory})
            return copyreg.__newobj__, (type(value),), state, None, iter(value.items())  # type: ignore[attr-defined]
        if isinstance(value, RSAPrivateKey):
            return _key, (value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)
        return _LOCKS.get(type(value), NotImplemented)


def _key(pem: bytes) -> Any:
    return load_pem_private_key(pem, None)
