"""The google provider's own acceptance tests, run inside the local cloud."""
