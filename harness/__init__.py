"""A containerised multi-host experiment harness for TCP.

Data goes one way: spec -> plan -> lab -> events -> evidence -> findings and models -> verdicts -> report.
``docs/architecture.md`` draws it.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
