"""The instances of tests/delivery/test_script.py for the other files."""

from tests.delivery.test_script import cloud, first, furnished, instance, metadata, wheels  # noqa: F401
