"""What happens when Ctrl-C, or another signal's exception, comes between a request and its answer.

The next request would read that answer. jsii's Node gets the Ctrl-C too, and dies of it; the one of `node_first` does
not, so that it can remove its folder. Here it is asked to end, and every later request fails with the reason.
"""

import contextlib
from typing import Any

_WHY = (
    "an earlier request to Node was interrupted, or Node ended before it had answered: construct trees cannot be used any "
    "more in this Python process; start another"
)


class Requests:
    """The pipe to Node, which knows how many answers are to come: the first is Node's greeting."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self.unanswered = 1
        self.given_up = False
        self.flush, self.close = pipe.flush, pipe.close

    def write(self, request: bytes) -> None:
        """One request."""
        self.unanswered += 1
        self._pipe.write(request)

    @property
    def closed(self) -> bool:
        """As jsii asks of a pipe."""
        return bool(self._pipe.closed)

    def give_up(self) -> None:
        """Node ends when it reads this, after what it is at."""
        self.given_up = True
        with contextlib.suppress(OSError):
            self._pipe.write(b'\n{"exit":0}\n')
        with contextlib.suppress(OSError):  # flushes, and is closed even if that fails
            self._pipe.close()


def watch(node: Any) -> None:
    """Let no request read another one's answer. `node` is jsii's class; its `requests` are such a pipe, if it is ours."""
    send, next_message = node.send, node._next_message

    def next_counted(process: Any) -> Any:
        message = next_message(process)
        if process.requests is not None:
            process.requests.unanswered -= 1
        return message

    def send_whole(process: Any, request: Any, response_type: Any) -> Any:
        requests = process.requests
        if requests is not None and requests.given_up:
            raise RuntimeError(_WHY)
        try:
            return send(process, request, response_type)
        except BaseException:
            if requests is not None and requests.unanswered != len(getattr(process, "owed", ())):
                requests.give_up()
            raise

    node.requests = None
    node._next_message = next_counted
    node.send = send_whole
