"""Pipelined loads: the request to load an assembly is written at once, and its answer is read before the next one's.

Loading constructs and cdktf takes Node 110 ms, in which Python can import the stubs.

Gain: 16% of an example's time (0.66 to 0.55 s).
"""

import json
from collections import deque
from typing import Any

from jsii._kernel.providers import process as plain
from jsii._kernel.types import LoadRequest, LoadResponse
from jsii.errors import JSIIError

_owed: deque[str] = deque()  # the key of each answer that has not been read yet: hello, or ok


def install() -> None:
    """Let the handshake and each load return before they are answered."""
    node: Any = plain._NodeProcess
    send, next_message = node.send, node._next_message

    def handshake_without_waiting(_: Any) -> None:
        _owed.append("hello")

    def send_without_waiting(process: Any, request: Any, response_type: Any) -> Any:
        if not isinstance(request, LoadRequest):
            return send(process, request, response_type)
        fields = {"api": "load", "name": request.name, "version": request.version, "tarball": request.tarball}
        process._process.stdin.write(json.dumps(fields).encode() + b"\n")
        process._process.stdin.flush()
        _owed.append("ok")
        return LoadResponse(assembly=request.name, types=0)  # nobody reads it

    def next_message_after_owed(process: Any) -> Any:
        while _owed:
            message = next_message(process)
            if _owed.popleft() not in message:
                raise JSIIError(message.get("error"))
        return next_message(process)

    node.handshake = handshake_without_waiting
    node.send = send_without_waiting
    node._next_message = next_message_after_owed
