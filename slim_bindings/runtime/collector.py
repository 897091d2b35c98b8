"""Python's garbage collector works seldom, and not at the very end.

Importing jsii and its stubs makes objects by the hundred thousand that all stay. The collector looks at the newest after
every 700, at all of them now and then, and the interpreter has it look at all of them twice more when it ends, just
before the system takes the memory back.

Gain: 20% of the processor time of an example (0.84 to 0.64 s).
"""

import atexit
import gc

ORDINARY, SELDOM = (700, 2_000), 200_000
"""Objects made and not freed until the collector looks: Python's number, from 3.13 on the second; and mypy's."""


def install() -> None:
    """A program's own threshold stays. Python promises no `__del__` at exit; here objects in a cycle certainly get none."""
    if gc.get_threshold()[0] in ORDINARY:
        gc.set_threshold(SELDOM)
    atexit.register(gc.freeze)
