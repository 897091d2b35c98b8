# ruff: noqa: F403
"""Every documented limit as a named rule with its source: `limits.pool_id("demo-pool")` returns the value or raises.

Each rule is a `Limit`; constructs call it on what they are given, settings on what was written. Rules that need a
second value are functions: `zone`, `partition`, `federated_subject`.
"""

from constructs_lib.limits.addresses import *
from constructs_lib.limits.aws import *
from constructs_lib.limits.client import *
from constructs_lib.limits.gemini import *
from constructs_lib.limits.google import *
from constructs_lib.limits.instances import *
from constructs_lib.limits.listed import *
from constructs_lib.limits.places import *
from constructs_lib.limits.rule import Limit as Limit
from constructs_lib.limits.rule import LimitError as LimitError
from constructs_lib.limits.terraform import *
from constructs_lib.limits.versions import *
