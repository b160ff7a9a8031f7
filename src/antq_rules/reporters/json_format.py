"""The result as one JSON document, ``antq.assessment/1``; see ``antq schema result``.

The bytes are those of ``Assessment.to_json()``, but verdicts are written one by one, so that a large result need not
fit into memory as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from antq_rules.assessment.result import json_chunks
from antq_rules.reporters.reporting import Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment


def write(assessment: Assessment, stream: TextIO, *, passes: bool = False) -> None:
    """Write the document, a verdict a line."""
    for chunk in json_chunks(assessment, passes=passes):
        stream.write(chunk)


REPORTER = Reporter(write, exact=True)
