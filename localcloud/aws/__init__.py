"""AWS: moto for the APIs, and what moto has not: an instance's metadata, checkip, addresses as AWS has them."""

import os

os.environ.pop("AWS_PROFILE", None)  # a user's: botocore, which moto imports, fails where it finds no such profile
