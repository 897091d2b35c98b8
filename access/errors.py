"""Why JSON cannot be read."""


class Unreadable(Exception):
    """A plan, a stack or a state is not what cdktf or Terraform writes."""
