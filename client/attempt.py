"""Checks in their order, within one budget of time, whatever hangs."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from .checks import ASIDE, NEEDS, Checks
from .fault import Fault, Layer, Skip
from .network import timeout_fault


@dataclass
class Result:
    """One check: status is passed, failed or skipped; `detail` says what was seen or why it was skipped."""

    name: str
    status: str
    milliseconds: int
    detail: str = ""
    fault: Fault | None = None


def needed(name: str) -> list[str]:
    """A check and what it needs, in order."""
    found = {name}
    for other in reversed(NEEDS):
        if other in found:
            found.update(NEEDS[other])
    return [n for n in NEEDS if n in found]


def run(checks: Checks, names: Sequence[str], seconds: float) -> Iterator[Result]:
    """Results as they come. After `seconds` the check at hand fails as a timeout, and the rest is skipped.

    The checks run in a separate thread: a name server or a proxy that hangs cannot be interrupted.
    """
    results: queue.SimpleQueue[Result] = queue.SimpleQueue()
    checks.gemini_decides = "gemini" in names
    deadline = time.monotonic() + seconds
    threading.Thread(target=_work, args=(checks, names, results.put), name="checks", daemon=True).start()
    started = time.monotonic()
    for index, name in enumerate(names):
        try:
            yield results.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            fault = timeout_fault(f"{name} was not done when the {seconds:.3g} s of one attempt were used up")
            yield Result(name, "failed", _since(started), fault=fault)
            yield from (Result(rest, "skipped", 0, "no time left") for rest in names[index + 1 :])
            return
        started = time.monotonic()


def decisive(results: Sequence[Result]) -> Fault | None:
    """The failure that names the exit code: of the chain before clock and egress, which come last."""
    failed = [r for r in results if r.fault]
    return next((r.fault for r in failed if r.name not in ASIDE), failed[0].fault if failed else None)


def require_denial(result: Result, checks: Checks) -> Result:
    """With --expect-denied it is a failure that Gemini answered: no API of the chain denied the call then."""
    if result.name != "gemini" or result.status != "passed":
        return result
    settings = checks.settings
    allowed = ", ".join(map(str, settings.allowed)) or "unknown"
    fault = Fault(
        Layer.NOT_DENIED,
        f"VPC Service Controls let the call pass: own egress address {checks.address or 'unknown'}, allowed {allowed}",
        "call from an address that is not allowed; see that the perimeter is enforced, not in dry run, and that its "
        f"restricted_services name aiplatform.googleapis.com, sts or iamcredentials, for project {settings.project}; "
        "changes take up to 30 minutes: --repeat 60 --interval 30",
        "credentials, IAM and the model: Gemini answered",
    )
    return replace(result, status="failed", detail="", fault=fault)


def _work(checks: Checks, names: Sequence[str], put: Callable[[Result], None]) -> None:
    broken: set[str] = set()
    for name in names:
        if "gemini" in names and name == names[2] and not broken:  # after config and document
            _preload()
        if lost := [n for n in NEEDS[name] if n in broken]:
            result = Result(name, "skipped", 0, f"needs {lost[0]}")
        elif name == "document" and not checks.settings.document and "config" in broken:
            result = Result(name, "skipped", 0, "no document is named")
        else:
            result = _one(checks, name)
        if result.fault or result.detail.startswith("needs "):
            broken.add(name)
        put(result)


def _one(checks: Checks, name: str) -> Result:
    started = time.monotonic()
    try:
        detail = getattr(checks, name.replace("-", "_"))()
        return Result(name, "passed", _since(started), detail)
    except Skip as skip:
        return Result(name, "skipped", _since(started), str(skip))
    except Fault as known:
        fault = known
    except ImportError as error:
        fault = Fault(
            Layer.UNEXPECTED,
            f"the package {error.name or error} is missing or broken",
            "install the client's requirements again, or run `make update`",
        )
    except Exception as error:  # noqa: BLE001 (an operator gets a sentence, never a traceback)
        fault = Fault(
            Layer.UNEXPECTED,
            f"{name} failed in a way that is not known: {type(error).__name__}",
            "report it with this line",
        )
    return Result(name, "failed", _since(started), fault=fault)


def _preload() -> None:
    """Load google-genai while the network is slow; google-auth first, so that the two never wait for each other."""

    def load() -> None:
        with contextlib.suppress(Exception):  # the check itself reports it
            from . import model  # noqa: F401

    with contextlib.suppress(Exception):
        from . import chain  # noqa: F401

        threading.Thread(target=load, daemon=True).start()


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
