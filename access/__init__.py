"""Stacks and plans, read once: who may call what from where, and what a change widens. Pure: no I/O."""
