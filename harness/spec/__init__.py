"""Experiment files: YAML to plan and criteria; every mistake with its place."""
