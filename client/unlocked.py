"""google-genai renews for threads under a lock that its event loop waits for too: here the renewal comes before the lock."""

from typing import Any

from .chain import Chain


def renew_unlocked(client: Any, chain: Chain) -> None:
    """Let a google-genai client never renew `chain` while it holds its lock (google-genai 3.4, `_access_token`)."""
    api = client._api_client
    if locked := getattr(api, "_access_token", None):

        def access_token() -> Any:
            if not chain.valid:
                chain.refresh(None)
            return locked()

        api._access_token = access_token
