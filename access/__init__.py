"""Stacks, plans and states read once, as one world: who may call what from where, and what a change widens. Pure: no I/O."""
