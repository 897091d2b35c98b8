"""What `make synth`, `plan` and `deploy` import is there without the test tools: only `make setup` and `make test` install those."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROGRAM = """
import importlib, sys
from pathlib import Path
for name in sys.argv[2:]:
    sys.modules[name] = None
import slim_bindings  # as main.py does: ordinary imports of the bindings take half a minute
slim_bindings.install()
for room in ("access", "deploy", "resources", "review", "stacks"):
    for path in sorted(Path(sys.argv[1], room).rglob("*.py")):
        if path.stem != "__main__":
            importlib.import_module(".".join(path.relative_to(sys.argv[1]).with_suffix("").parts).removesuffix(".__init__"))
"""


def test_the_commands_import_no_test_tool() -> None:
    lock = json.loads((ROOT / "Pipfile.lock").read_text())
    tools = {canonicalize_name(name) for name in lock["develop"].keys() - lock["default"].keys()}
    modules = [
        name for name, found in packages_distributions().items() if {canonicalize_name(one) for one in found} <= tools
    ]
    assert {"celpy", "moto", "pytest"} <= set(modules)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
