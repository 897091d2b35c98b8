"""`python -m client`: leave at once, even while a host that never answers holds a thread."""

import os
import sys

from .cli import main

code = main()
try:
    sys.stdout.flush()
    sys.stderr.flush()
except BrokenPipeError:
    pass
os._exit(code)
