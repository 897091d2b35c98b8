"""Whether make was given a name that is nearly one that this project reads: `make plan ENVIROMENT=prod` would plan example.

Prints one line, or nothing. It needs no package, since make asks before anything is installed.
"""

import difflib
import sys


def correction(given: list[str], names: list[str]) -> str:
    """Say which of the given names is probably a typing error, and of which name. Other names pass: a tool may read them."""
    for name in given:
        near = difflib.get_close_matches(name.upper(), names, n=1, cutoff=0.8)
        if near and name not in names:
            return f"{name} is not read here: did you mean {near[0]}?"
    return ""


if __name__ == "__main__":
    end = sys.argv.index("--")
    print(correction(sys.argv[1:end], sys.argv[end + 1 :]))
