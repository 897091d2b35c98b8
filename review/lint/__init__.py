"""Rules that hold whatever changes, found in stacks, plans and states, and how the findings are printed."""
