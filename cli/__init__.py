"""The command of the checkout, `./keyperim`: it finds the environment and calls the rooms that do the work."""
