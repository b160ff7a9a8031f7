"""``documented: field`` - a document with a date exists; ``absent`` says that it does not."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Compare, Literal
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Compare | None:
    """A date field that is not absent."""
    found = reader.field(operand, path, {"date"})
    return Compare("documented", ">=", reader.value_of(found), Literal(1, found.dimension)) if found else None


OPERATOR = Operator(
    name="documented",
    gives="condition",
    read=read,
    schema={"type": "string"},
    needs=message("the document with its date"),
    cases=(
        Case("{documented: day}", {"day": "2025-07-01"}, "pass"),
        Case("{documented: day}", {"day": "absent"}, "fail"),
        Case("{documented: day}", {}, "undetermined"),
    ),
)
