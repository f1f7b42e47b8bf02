"""Labs: each performs a plan and hands out events."""
