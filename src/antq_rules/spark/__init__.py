"""Judging on a Spark cluster, for those who outgrow a machine: the columnar engine over partitions, the same results.

Spark brings the rows of lists and documents to their units, so that a batch holds whole units; the workers judge each
batch by the code that judges tables on one machine (:mod:`antq_rules.assessment.tables`); roll-ups are Spark's own
group-bys, level by level. The driver holds counts, the ids that units share and the units that stand above others,
never the units themselves. This module needs ``antq-rules[spark]``, on the workers, too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antq_rules.spark.judging import assess as assess
    from antq_rules.spark.result import SparkResult as SparkResult

__all__ = ["SparkResult", "assess"]

_HOME = {"SparkResult": "antq_rules.spark.result", "assess": "antq_rules.spark.judging"}


def __getattr__(name: str) -> Any:
    # Workers import this package for what they do, and have no use for the driver's side of Spark.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
