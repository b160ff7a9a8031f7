"""The result as JSON Lines: one object a line, told apart by ``type``.

First the ``manifest``, then a ``summary`` for each kind of unit, a ``group`` for
each grouping unit, a ``verdict`` for each unit and a ``rejected`` for each
that could not be judged; beside ``type`` each has the keys that it has in the JSON document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from antq_rules.assessment.document import SCHEMA, verdict_row
from antq_rules.assessment.result import group_row, manifest, rejected_row, tally_row, watched
from antq_rules.reporters.reporting import Report, Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment


def write(report: Report, stream: TextIO) -> None:
    """Write the objects, each on a line of its own."""
    for row in _rows(report.assessment, report):
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rows(assessment: Assessment, report: Report) -> Iterator[dict[str, Any]]:
    yield {"type": "manifest", "schema": SCHEMA, **manifest(assessment)}
    for tally in assessment.summary:
        yield {"type": "summary", **tally_row(tally)}
    for group in assessment.groups:
        yield {"type": "group", **group_row(group, assessment)}
    for verdict in watched(assessment.verdicts, report.progress):
        yield {"type": "verdict", **verdict_row(verdict, assessment.plan.ruleset.id, passes=report.passes)}
    for rejected in assessment.rejected:
        yield {"type": "rejected", **rejected_row(rejected, assessment.language)}


REPORTER = Reporter(write, exact=True)
