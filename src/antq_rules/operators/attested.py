"""``attested: field`` - a decision attests a clause whose text was not seen. The field is declared ``attested: true``.

Its value is known only where the evidence names the number and the date of that decision.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Compare
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Compare | None:
    """An attested boolean field that is true."""
    test = reader.is_true("attested", operand, path)
    if test is not None and not reader.fields[operand].attested:
        reader.unfit(
            path,
            message("'{name}' is not declared as attested by a decision"),
            message("add 'attested: true' to the field, or use is_true"),
            name=operand,
        )
        return None
    reader.uses_attested = reader.uses_attested or test is not None
    return test


DECISION = {"number": "1/QĐ", "date": "2025-11-30"}

OPERATOR = Operator(
    name="attested",
    gives="condition",
    read=read,
    schema={"type": "string"},
    needs=message("attested by a decision"),
    cases=(
        Case("{attested: decided}", {"decided": {"value": True, "document": DECISION}}, "pass"),
        Case("{attested: decided}", {"decided": {"value": False, "document": DECISION}}, "fail"),
        Case("{attested: decided}", {"decided": {"value": True, "document": {"number": "1/QĐ"}}}, "undetermined"),
        Case("{attested: decided}", {"decided": True}, "undetermined"),
        Case("{attested: decided}", {}, "undetermined"),
    ),
)
