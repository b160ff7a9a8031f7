"""The result as JSON Lines: one object a line, told apart by ``type``.

First the ``manifest``, then a ``summary`` for each kind of unit, a ``group`` for
each grouping unit, a ``verdict`` for each unit and a ``rejected`` for each
that could not be judged; beside ``type`` each has the keys that it has in the JSON document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from antq_rules.assessment.document import SCHEMA, VerdictTexts
from antq_rules.assessment.result import group_row, manifest, rejected_row, tally_row, watched
from antq_rules.reporters.reporting import Report, Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment


def write(report: Report, stream: TextIO) -> None:
    """Write the objects, each on a line of its own."""
    for line in _lines(report.assessment, report):
        stream.write(f"{line}\n")


def _lines(assessment: Assessment, report: Report) -> Iterator[str]:
    yield _json({"type": "manifest", "schema": SCHEMA, **manifest(assessment)})
    for tally in assessment.summary:
        yield _json({"type": "summary", **tally_row(tally)})
    for group in assessment.groups:
        yield _json({"type": "group", **group_row(group, assessment)})
    texts = VerdictTexts(assessment.plan.ruleset.id, passes=report.passes)
    for verdict in watched(assessment.verdicts, report.progress):
        yield f'{{"type": "verdict", {texts.text(verdict)[1:]}'
    for rejected in assessment.rejected:
        yield _json({"type": "rejected", **rejected_row(rejected, assessment.language)})


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


REPORTER = Reporter(write, exact=True)
