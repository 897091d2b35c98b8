"""An answer of Gemini's without text: why the model said nothing, with Google's own message where it sent one."""

from typing import Any

from .fault import Fault, Layer
from .redact import clean

_FILTER = "ask in other words; the safety settings of the request decide how strict the filter is"
_LIST = "ask in other words: no setting turns this filter off"
_TOOLS = "correct the tools of the request, or ask without them"
_FIXES = {  # google.genai.types.FinishReason and BlockedReason; what is not here has no fix of its own
    "MAX_TOKENS": "raise max_output_tokens, or lower the thinking budget: thoughts count as output",
    "CONTINUATION": "raise max_output_tokens, or continue with the answer's continuation_token",
    "SAFETY": _FILTER,
    "IMAGE_SAFETY": _FILTER,
    "JAILBREAK": _FILTER,
    "BLOCKLIST": _LIST,
    "PROHIBITED_CONTENT": _LIST,
    "IMAGE_PROHIBITED_CONTENT": _LIST,
    "SPII": _LIST,
    "RECITATION": "ask for less of one source, or in other words",
    "IMAGE_RECITATION": "ask for less of one source, or in other words",
    "LANGUAGE": "ask in a language that the model's page lists",
    "MALFORMED_FUNCTION_CALL": _TOOLS,
    "UNEXPECTED_TOOL_CALL": _TOOLS,
    "TOO_MANY_TOOL_CALLS": _TOOLS,
    "MODEL_ARMOR": "ask in other words, or have the project's Model Armor template or floor setting changed by who owns it",
}


def silent_fault(response: Any) -> Fault:
    """`response` is google-genai's GenerateContentResponse without text."""
    feedback, candidates = response.prompt_feedback, response.candidates
    if candidates:
        reason, message, what = candidates[0].finish_reason, candidates[0].finish_message, "the answer"
    else:
        reason = feedback and feedback.block_reason
        message, what = feedback and feedback.block_reason_message, "the prompt"
    name = clean(str(getattr(reason, "value", reason) or ""), 60)
    said = f" (it says: {clean(message, 2000)})" if isinstance(message, str) and message else ""
    why = f"{name} stopped {what}" if name not in ("", "STOP") else "no reason given"
    fix = _FIXES.get(name, "ask something else, or another model")
    return Fault(
        Layer.GEMINI, f"Gemini answered without text: {why}{said}", fix, "credentials and perimeter: they passed"
    )
