"""Plan, look, apply exactly what was looked at: `make plan`, `make deploy`, `make destroy`, `make lock`, `make undelete`, `make adopt`."""
