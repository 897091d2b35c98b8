"""The clouds as the client sees them, with every knob that a test turns; served by localcloud.proxy."""
