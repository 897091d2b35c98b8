"""`python -m localcloud.demo`: both stacks on loopback, and who gets in, line by line."""
