"""Experiment files: YAML to plan and criteria; every mistake with its place."""

from harness.spec.catalogue import Listed, experiments, find, references, share
from harness.spec.loader import Experiment, Parameter, check, load
from harness.spec.planning import fix
from harness.spec.references import claims_about, load_reference
from harness.spec.schema import schema
from harness.spec.sysctls import SYSCTLS

__all__ = [
    "SYSCTLS",
    "Experiment",
    "Listed",
    "Parameter",
    "check",
    "claims_about",
    "experiments",
    "find",
    "fix",
    "load",
    "load_reference",
    "references",
    "schema",
    "share",
]
