"""The environment of every Terraform process."""

import os


def variables() -> dict[str, str]:
    """The variables of this process, without TF_DATA_DIR: it names one folder for every run, and the backend is kept there."""
    return {**{name: value for name, value in os.environ.items() if name != "TF_DATA_DIR"}, "TF_IN_AUTOMATION": "1"}
