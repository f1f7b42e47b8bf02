"""Runs as one HTML file: nothing is fetched, nothing is executed, all that a host brought is escaped."""

from __future__ import annotations

from harness.report.html.page import render
from harness.report.html.recorded import Recorded, recorded

__all__ = ["Recorded", "recorded", "render"]
