"""Upgrades from every release: what an existing deployment would lose, see replaced, or see changed.

A folder for each release, `tests/upgrade/VERSION/ENVIRONMENT`, holds its settings, both stacks' synthesized JSON and
their Terraform states; SHA256SUMS lists what was released. Of the client's files the JSON and the states hold the SHA-256.
`make release` writes it: CONTRIBUTING.md.

A change that an existing deployment sees needs a line in CHANGELOG.md above its release, and an entry in announced.toml.
A resource type that is new here needs `.venv/bin/python -m tests.upgrade.force_new`.
"""
