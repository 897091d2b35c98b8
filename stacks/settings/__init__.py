"""An environment's settings: read from TOML, checked whole, immutable."""

from stacks.settings.derived import Settings
from stacks.settings.load import load
from stacks.settings.problems import SettingsError

__all__ = ["Settings", "SettingsError", "load"]
