"""Upgrades from every release: what an existing deployment would lose, see replaced, or see changed.

A folder for each release, `tests/upgrade/VERSION/ENVIRONMENT`, holds its settings, both stacks' synthesized JSON and
their Terraform states; SHA256SUMS lists what was released. The JSON and the states omit the client's files.

To release:

1. In CHANGELOG.md, give the lines under "Unreleased" a version and a date.
2. Run `.venv/bin/python -m tests.upgrade.record VERSION`. It needs Terraform and both providers.
3. Commit CHANGELOG.md and tests/upgrade/VERSION.

A change that an existing deployment sees needs a line in CHANGELOG.md and an entry in announced.toml. A resource type
that is new here needs `.venv/bin/python -m tests.upgrade.force_new`.
"""
