"""A provider that runs before Terraform does, and stays: what its developers do, with `-debug` and TF_REATTACH_PROVIDERS.

Terraform starts a provider two or three times in each command, and each start costs up to a second. An attached one is
the same program, and takes its configuration from each command anew.
"""

import json
import re
import subprocess
import weakref
from collections import ChainMap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

REATTACH = "TF_REATTACH_PROVIDERS"
# The provider takes the shell's place. It is interrupted, and removes its socket, when its input ends: when we close it,
# or end in whatever way.
UNTIL_WE_END = 'exec 3<&0; (cat <&3; kill -INT $$) >/dev/null & exec "$0" -debug 3<&-'


def attach(owner: object, folders: Iterable[Path], environment: Mapping[str, str]) -> str:
    """Start the providers that `terraform init` found in these folders, as `attached` does. The value of REATTACH."""
    binaries = [one for folder in folders for one in folder.glob(".terraform/providers/*/*/*/*/*/terraform-provider-*")]
    return json.dumps(dict(ChainMap(*(attached(owner, binary, environment) for binary in binaries))))


def attached(owner: object, binary: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Start a provider that lives as long as its owner. Returns what TF_REATTACH_PROVIDERS has to say."""
    process = subprocess.Popen(
        ["sh", "-c", UNTIL_WE_END, str(binary)],
        # The aws provider adds AWS_CA_BUNDLE to one and the same HTTP client at each configuration, and fails at the
        # second ("unable to add custom RootCAs"). SSL_CERT_FILE is enough for it.
        env={name: value for name, value in environment.items() if name != "AWS_CA_BUNDLE"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    weakref.finalize(owner, process.communicate)
    assert process.stdout
    for line in process.stdout:
        if found := re.search(f"{REATTACH}='(.*)'", line):
            return dict(json.loads(found[1]))
    raise AssertionError(f"{binary} -debug ended with exit code {process.wait()}")
