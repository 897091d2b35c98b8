"""Both clouds on loopback, under their real host names: AWS by moto, Google in the style of the real thing."""
