"""Sets the checkout up, and reaches an instance through Systems Manager."""
