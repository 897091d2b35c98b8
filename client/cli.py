"""The command line: options, attempts, exit code."""

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from . import __version__, config, report
from .attempt import Result, decisive, needed, require_denial, run
from .checks import NEEDS, Checks
from .fault import Fault, Layer

EPILOG = "exit codes: 0 all passed, " + ", ".join(
    f"{layer.value} {layer.name.lower().replace('_', ' ')}" for layer in Layer
)


class Parser(argparse.ArgumentParser):
    """Raises ArgumentError, so that wrong usage can be told in JSON too."""

    def error(self, message: str) -> NoReturn:
        """In the place of argparse's, which prints and exits."""
        raise argparse.ArgumentError(None, message)


def parser() -> Parser:
    """All options; each variable of the environment has one."""
    p = Parser(
        "keyless",
        description="Call Gemini without a key, and say which link broke.",
        epilog=EPILOG,
        allow_abbrev=False,  # what is unique today may not be tomorrow
    )
    p.add_argument("question", nargs="?", help="the prompt")
    p.add_argument("--prompt", help="the same")
    p.add_argument(
        "--check", choices=NEEDS, metavar="NAME", help="run one check and what it needs: " + ", ".join(NEEDS)
    )
    p.add_argument("--json", action="store_true", help="one JSON document")
    p.add_argument("--quiet", action="store_true", help="the answer alone; failures on standard error")
    p.add_argument(
        "--expect-denied",
        action="store_true",
        help="exit 0 only if VPC Service Controls denied a call, at whichever API it restricts",
    )
    p.add_argument(
        "--no-egress", action="store_true", help="KEYLESS_EGRESS_CHECK=off: do not ask checkip.amazonaws.com"
    )
    p.add_argument("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="for one attempt (60)")
    p.add_argument("--repeat", type=_count, default=1, metavar="N", help="attempts until the wanted outcome (1)")
    p.add_argument("--interval", type=_seconds, default=30.0, metavar="SECONDS", help="between attempts (30)")
    p.add_argument("--deadline", type=_seconds, metavar="SECONDS", help="for all attempts together")
    p.add_argument("--credentials", metavar="FILE", help="GOOGLE_APPLICATION_CREDENTIALS")
    p.add_argument("--project", metavar="ID", help="GCP_PROJECT_ID or GOOGLE_CLOUD_PROJECT")
    p.add_argument("--location", help=f"GCP_LOCATION or GOOGLE_CLOUD_LOCATION ({config.DEFAULT_LOCATION})")
    p.add_argument("--unlisted", metavar="REGION", help="KEYLESS_UNLISTED: a region that this release does not list")
    p.add_argument("--model", help=f"GEMINI_MODEL ({config.DEFAULT_MODEL})")
    p.add_argument("--allowed", metavar="CIDRS", help="KEYLESS_ALLOWED_CIDRS: addresses that the perimeter allows")
    p.add_argument("--digest", metavar="SHA256", help="KEYLESS_DOCUMENT_SHA256: of the expected credential document")
    p.add_argument(
        "--allow-host",
        dest="hosts",
        action="append",
        metavar="HOST",
        help="KEYLESS_ALLOWED_HOSTS: in place of sts. and iamcredentials.googleapis.com",
    )
    version = f"{__version__} release {release}" if (release := report.release()) else __version__
    p.add_argument("--version", action="version", version=version)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run and return the exit code."""
    p, words = parser(), sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # JSON is UTF-8, whatever the locale says (RFC 8259)
            stream.reconfigure(errors="backslashreplace", encoding="utf-8" if "--json" in words else None)
    try:
        args = p.parse_args(words)
        if args.question is not None and args.prompt is not None:
            p.error("the prompt is given twice: as an argument and with --prompt")
        if args.expect_denied and args.check:
            p.error("--expect-denied needs the whole chain: leave --check out")
    except argparse.ArgumentError as error:
        return _usage(p, str(error), json="--json" in words)
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    names = ("credentials", "project", "location", "unlisted", "model", "allowed", "digest")
    given = {name: getattr(args, name) for name in names}
    given |= {
        "prompt": args.prompt if args.question is None else args.question,
        "hosts": args.hosts and ",".join(args.hosts),
    }
    settings = config.read(os.environ, given, egress=not args.no_egress)
    try:
        return _attempts(args, settings)
    except KeyboardInterrupt:
        return 130


def _attempts(args: argparse.Namespace, settings: config.Settings) -> int:
    names = needed(args.check) if args.check else list(NEEDS)
    end = time.monotonic() + args.deadline if args.deadline else float("inf")
    for number in range(1, args.repeat + 1):
        started = time.monotonic()
        seconds = min(args.timeout, end - started)
        checks = Checks(settings, os.environ, seconds)
        results = _show(args, checks, names, seconds)
        fault = decisive(results)
        code = _code(fault, expect_denied=args.expect_denied)
        now = time.monotonic()
        late = now + args.interval + (now - started) > end  # no time for another one that takes as long
        if code in (0, Layer.CONFIGURATION) or number == args.repeat or late:
            break
        word = fault.layer.name.lower().replace("_", " ") if fault else ""
        left = "" if end == float("inf") else f", {end - now:.0f} s left"
        print(
            f"attempt {number} of {args.repeat}: {word}; next in {args.interval:g} s{left}", file=sys.stderr, flush=True
        )
        time.sleep(args.interval)
    if args.json:
        print(report.document(checks, results, code=code, attempts=number, expect_denied=args.expect_denied))
    else:
        _close(args, checks, code, fault)
    return code


def _show(args: argparse.Namespace, checks: Checks, names: Sequence[str], seconds: float) -> list[Result]:
    results = []
    for result in run(checks, names, seconds):
        if args.expect_denied:
            result = require_denial(result, checks)
        results.append(result)
        if not args.json and (not args.quiet or result.fault):
            out = sys.stderr if args.quiet else sys.stdout
            print(report.line(result, colour=_colour(out)), file=out, flush=True)
    return results


def _close(args: argparse.Namespace, checks: Checks, code: int, fault: Fault | None) -> None:
    if not args.quiet:
        report.warn(checks, sys.stdout, colour=_colour(sys.stdout))
    if args.expect_denied:
        print(
            f"denied as expected, violation {fault.identifier or 'unknown'}, by VPC Service Controls at {fault.service}"
            if code == 0 and fault
            else "no denial by VPC Service Controls was seen, and --expect-denied wants one",
            file=sys.stderr if code and args.quiet else sys.stdout,
        )
    if checks.answer:
        print(checks.answer if args.quiet else f"\n{checks.answer}")


def _usage(p: Parser, cause: str, *, json: bool) -> int:
    if json:
        fault = Fault(Layer.CONFIGURATION, f"usage: {cause}", "see `keyless --help`", "nothing was sent yet")
        checks = Checks(config.read(os.environ), os.environ, 0)
        results = [Result("config", "failed", 0, fault=fault)]
        print(report.document(checks, results, code=Layer.CONFIGURATION, attempts=0, expect_denied=False))
    else:
        p.print_usage(sys.stderr)
        print(f"{p.prog}: error: {cause}", file=sys.stderr)
    return Layer.CONFIGURATION


def _code(fault: Fault | None, *, expect_denied: bool) -> int:
    if not fault or (expect_denied and fault.layer is Layer.PERIMETER):
        return 0
    return int(fault.layer)


def _colour(stream: object) -> bool:
    return bool(getattr(stream, "isatty", bool)()) and not os.environ.get("NO_COLOR")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed: more than 0 and at most 86400 seconds")
    return value


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed: 1 to 10000")
    return int(text)
