"""`python -m client`: leave at once, even while a host that never answers holds a thread."""

import contextlib
import os
import sys

from .cli import main

code = 141  # as a shell reports it when the reader of a pipe has gone
with contextlib.suppress(BrokenPipeError):
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
os._exit(code)
