"""Sessions: order of runs, signals, progress."""
