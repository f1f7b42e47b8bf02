"""The observer: captures packets, samples the socket table, reads counters."""
