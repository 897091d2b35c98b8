"""Pipelined loads: the request to load an assembly is written at once, and its answer is read before the next one's.

Loading constructs and cdktf takes Node 110 ms, in which Python can import the stubs.

Gain: @PIPELINING@.
"""

import json
from collections import deque
from typing import Any

from jsii._kernel.providers.process import _NodeProcess
from jsii._kernel.types import LoadRequest, LoadResponse
from jsii.errors import JavaScriptError, JSIIError

_owed: deque[str] = deque()  # the key of each answer that has not been read yet: hello, or ok


def install() -> None:
    """Let the handshake and each load return before they are answered."""
    send, next_message = _NodeProcess.send, _NodeProcess._next_message

    def handshake_without_waiting(_: _NodeProcess) -> None:
        _owed.append("hello")

    def send_without_waiting(process: _NodeProcess, request: Any, response_type: Any) -> Any:
        if not isinstance(request, LoadRequest):
            return send(process, request, response_type)
        fields = {"api": "load", "name": request.name, "version": request.version, "tarball": request.tarball}
        assert process._process.stdin is not None
        process._process.stdin.write(json.dumps(fields).encode() + b"\n")
        process._process.stdin.flush()
        _owed.append("ok")
        return LoadResponse(assembly=request.name, types=0)  # nobody reads it

    def next_message_after_owed(process: _NodeProcess) -> Any:
        while _owed:
            message = next_message(process)
            if _owed.popleft() not in message:
                raise JSIIError(message.get("error")) from JavaScriptError(message.get("stack"))
        return next_message(process)

    _NodeProcess.handshake = handshake_without_waiting  # type: ignore[method-assign]
    _NodeProcess.send = send_without_waiting  # type: ignore[method-assign]
    _NodeProcess._next_message = next_message_after_owed  # type: ignore[method-assign]
