"""Evidence: the run folder, clocks, packets, flows."""
