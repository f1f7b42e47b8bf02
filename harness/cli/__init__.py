"""Commands: one thin file each, no logic."""
