"""An answer of Gemini's without text: why the model said nothing, with Google's own message where it sent one."""

import re
from typing import Any

from .fault import Fault, Layer
from .redact import clean

_FIXES = (  # google.genai.types.FinishReason and BlockedReason, by their names
    ("MAX_TOKENS|CONTINUATION", "raise max_output_tokens, or lower the thinking budget: thoughts count as output"),
    (
        "MODEL_ARMOR",
        "ask in other words, or have who owns it change the project's Model Armor template or floor setting",
    ),
    (".*TOOL.*|.*FUNCTION.*", "correct the tools of the request, or ask without them"),
    ("(IMAGE_)?SAFETY|JAILBREAK", "ask in other words; the request's safety settings decide how strict the filter is"),
    (".*RECITATION|.*PROHIBITED.*|BLOCKLIST|SPII", "ask in other words: no setting turns this filter off"),
    ("", "ask something else, or another model"),
)


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
    fix = next(fix for pattern, fix in _FIXES if re.fullmatch(pattern, name) or not pattern)
    return Fault(
        Layer.GEMINI, f"Gemini answered without text: {why}{said}", fix, "credentials and perimeter: they passed"
    )
