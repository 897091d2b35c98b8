"""Pruning: the provider packages as they are installed, with only the submodules in use, in Python and in Node.

`imports` is the import hook; `late` loads what is in use, `joining` what comes after that, `whole` what cannot be
pruned; `provider` keeps it in the cache, `store` and `assembly` make it.
"""


def install(*, running: bool) -> None:
    """Serve the packages of prebuilt providers that have not been imported yet; `running`: jsii has."""
    from . import imports, late

    late.install(running=running)
    imports.install()
