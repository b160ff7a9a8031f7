"""The result as one JSON document, ``antq.assessment/1``; see ``antq schema result``.

The bytes are those of ``Assessment.to_json()``, but verdicts are written one by one, so that a large result need not
fit into memory as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from antq_rules.assessment.document import SCHEMA, group_row, manifest, rejected_row, tally_row, verdict_row
from antq_rules.reporters.reporting import Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.assessing import Assessment


def write(assessment: Assessment, stream: TextIO, *, passes: bool = False) -> None:
    """Write the document, indented by two spaces."""
    stream.write(f'{{\n  "schema": {_dumped(SCHEMA)},\n  "manifest": {_dumped(manifest(assessment), 1)},\n')
    write_list(stream, "summary", (tally_row(tally) for tally in assessment.summary))
    write_list(stream, "groups", (group_row(group, assessment) for group in assessment.groups))
    verdicts = (verdict_row(verdict, assessment, passes=passes) for verdict in assessment.verdicts)
    write_list(stream, "verdicts", verdicts)
    refused = (rejected_row(rejected, assessment.language) for rejected in assessment.rejected)
    write_list(stream, "rejected", refused, end="\n}\n")


def write_list(stream: TextIO, key: str, rows: Iterable[Mapping[str, Any]], end: str = ",\n") -> None:
    """Write a key of the document whose value is a list, row by row."""
    stream.write(f'  "{key}": [')
    between, close = "\n", "]"
    for row in rows:
        stream.write(f"{between}    {_dumped(row, 2)}")
        between, close = ",\n", "\n  ]"
    stream.write(close + end)


def _dumped(value: Any, level: int = 0) -> str:
    # Line ends inside texts are escaped in JSON, so that every one in the output is one of the layout.
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n" + "  " * level)


REPORTER = Reporter(write, exact=True)
