"""Two packages that cdktf requires and seldom uses are loaded when they are used.

archiver zips an asset, in a process of its own; semver compares Terraform's version before a `moved` or `import` block.
They are 400 of the 970 modules that `require("cdktf")` loads, and 90 of its 215 ms.

Gain: 24% of Node's processor time for an example (347 to 283 ms). It takes `node_first`, which starts Node.
"""

from pathlib import Path

from . import node_first

SCRIPT = Path(__file__).with_suffix(".js")


def install() -> None:
    """Have Node load it before the kernel."""
    node_first.preloaded.append(SCRIPT)
