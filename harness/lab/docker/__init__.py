"""The docker lab: containers on a private bridge of their own.

``lab`` performs a plan; ``network`` finds a subnet; ``host`` makes a host's two containers; ``stream`` carries
their standard input and output; ``leftovers`` tells live runs from dead ones.
"""

from harness.lab.docker.lab import Docker

__all__ = ["Docker"]
