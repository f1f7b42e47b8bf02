"""Judging: findings, expectations, claims, verdicts. Pure."""
