"""Reads synthesized or planned JSON, and nothing else: what would be built, who may call what, from where."""
