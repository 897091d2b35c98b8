"""Why JSON cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager


class Unreadable(Exception):
    """A plan, a stack or a state is not what cdktf or Terraform writes."""


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Raise Unreadable where a value has another type than the program writes whose output it should be."""
    try:
        yield
    except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:
        raise Unreadable(f"{where} has a value of another type than Terraform or gcloud writes: {error}") from error
