"""Google: every request and response is checked against Google's own discovery documents, then answered from `state`."""
