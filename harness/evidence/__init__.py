"""Evidence: the run folder, clocks, packets, flows, and what casts doubt on them."""
