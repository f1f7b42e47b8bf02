"""Judging: findings, expectations, claims, verdicts. Pure."""

from __future__ import annotations

from harness.judge.judging import judge, judge_evidence
from harness.judge.predict import predict, situation_of

__all__ = ["judge", "judge_evidence", "predict", "situation_of"]
