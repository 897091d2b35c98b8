"""`python -m review`: the summary of what was synthesized."""

import os
from pathlib import Path

from review.summary import summary

print(summary(Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")), os.environ.get("ENVIRONMENT", "example")))
