"""The result as one JSON document, ``antq.assessment/1``; see ``antq schema result``.

The bytes are those of ``Assessment.to_json()``, but verdicts are written one by one, so that a large result need not
fit into memory as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from antq_rules.assessment.result import json_chunks
from antq_rules.reporters.reporting import Report, Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Comparison


def write(report: Report, stream: TextIO) -> None:
    """Write the document, a verdict a line."""
    for chunk in json_chunks(report.assessment, passes=report.passes, progress=report.progress):
        stream.write(chunk)


def compare(comparison: Comparison, stream: TextIO) -> None:
    """Write two results side by side, ``antq.comparison/1``; see ``antq schema comparison``."""
    from antq_rules.assessment.comparison_document import comparison_chunks

    for chunk in comparison_chunks(comparison):
        stream.write(chunk)


REPORTER = Reporter(write, exact=True, compare=compare)
