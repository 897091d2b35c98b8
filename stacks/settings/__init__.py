"""An environment's settings: read from TOML, checked whole, immutable."""

import os

# What else is installed must neither see nor change the settings; and looking for plugins takes 25 ms.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from stacks.settings.derived import Settings  # noqa: E402
from stacks.settings.load import load  # noqa: E402
from stacks.settings.problems import SettingsError  # noqa: E402

__all__ = ["Settings", "SettingsError", "load"]
