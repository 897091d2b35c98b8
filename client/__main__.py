"""The command `keyless`: leave at once, even while a host that never answers holds a thread."""

import contextlib
import os
import sys


def run() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        from .cli import main

        try:
            code = main()
            for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed by the parent process
                stream.flush()
        except BrokenPipeError:
            code = 141  # as a shell reports it when the reader of a pipe has ended
        except OSError as error:
            code = 1
            with contextlib.suppress(OSError):
                print(f"the output cannot be written: {error.strerror}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        code = 130
    os._exit(code)


if __name__ == "__main__":
    run()
