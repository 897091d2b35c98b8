"""The aws provider's API calls for the types of the kit, by botocore."""

from collections.abc import Mapping
from typing import Any

from ..document import ApplyError
from ..kind import Provider
from .client import Clients
from .data import readers
from .documents import Document
from .iam import iam
from .instance import Instance
from .logs import logs
from .network import network
from .security import security


def aws(configuration: Mapping[str, Any], environment: Mapping[str, str]) -> Provider:
    """The provider, configured as in the stack. ApplyError if the account is not an allowed one."""
    clients = Clients(configuration, environment)
    allowed = configuration.get("allowed_account_ids")
    if allowed and clients.account not in allowed:
        raise ApplyError(f"provider.aws: got account {clients.account}; allowed: {', '.join(allowed)}")
    kinds = {**network(clients), **security(clients), **iam(clients), **logs(clients)}
    return Provider(
        {**kinds, "aws_instance": Instance(clients), "aws_ssm_document": Document(clients)}, readers(clients)
    )
