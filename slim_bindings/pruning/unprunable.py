"""The error of what cannot be split or put together."""


class Unprunable(Exception):
    """This provider cannot be split by submodule; the text says why."""
