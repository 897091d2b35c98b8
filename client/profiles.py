"""What the AWS SDKs' shared files say of the default profile. Only read to refuse it: nothing of a profile is used."""

import configparser
import os
import shlex
from collections.abc import Mapping

from . import files

_DECIDES = (
    "aws_access_key_id",
    "role_arn",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "credential_process",
    "login_session",
)
_FILES = {"AWS_SHARED_CREDENTIALS_FILE": ".aws/credentials", "AWS_CONFIG_FILE": ".aws/config"}


def default_profile(environ: Mapping[str, str]) -> str:
    """The setting of the default profile that gives AWS keys, and its file; or "".

    A setting decides even if it is empty, as it does for botocore. A file that cannot be read does not count, as for the
    SDKs. One that cannot be parsed, which they refuse, is named.
    """
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 (an unknown user has no home: no error)
    for variable, name in _FILES.items():
        path = os.path.expanduser(environ.get(variable) or os.path.join(home, name))  # noqa: PTH111, PTH118
        if not os.path.isfile(path):  # noqa: PTH113 (never raises; /dev/null is not a file)
            continue
        parser = configparser.RawConfigParser(default_section="", strict=False)
        try:
            parser.read_string(files.read(path, 1_048_576)[0].decode())
        except OSError:
            continue
        except (ValueError, configparser.Error):
            return f"{path}, which is no file of profiles,"
        for section in parser.sections():
            if section == "default" or (variable == "AWS_CONFIG_FILE" and _words(section) == ["profile", "default"]):
                for key in _DECIDES:
                    if parser.has_option(section, key):
                        return f"{key} of [{section}] in {path}"
    return ""


def _words(section: str) -> list[str]:
    try:
        return shlex.split(section)
    except ValueError:
        return []
