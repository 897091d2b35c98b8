"""Two packages that cdktf requires and seldom uses are loaded when they are used.

archiver zips an asset, in a separate process; semver compares Terraform's version before a `moved` or `import` block.
They are 400 of the 970 modules that `require("cdktf")` loads, and 90 of its 215 ms.

Gain: 14% of an example's time on one core (0.62 to 0.55 s); on two, Python is the slower one.
It takes `node_first`, which starts Node.
"""

from pathlib import Path

from . import launch

SCRIPT = Path(__file__).with_suffix(".js")


def install() -> None:
    """Have Node load it before the kernel."""
    launch.preloaded.append(SCRIPT)
