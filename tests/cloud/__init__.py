"""Both clouds on loopback, under their real host names: see proxy.py for how, cloud.py for what."""
