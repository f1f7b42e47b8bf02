"""Models: what each stack should do. Pure; one formula a function, with its source."""
