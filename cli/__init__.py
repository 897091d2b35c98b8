"""The command of the checkout, `./keyperim`: it finds the environment and calls the packages that do the work."""

__version__ = "0.2.0"
