"""What differs between two sides of the same environments: stacks, plans or states. Pure: documents in, an answer out."""
