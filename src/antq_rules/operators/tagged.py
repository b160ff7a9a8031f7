"""``tagged: tag`` - the unit carries a tag of territory; a unit without a list of tags is unknown."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Includes
from antq_rules.operators.base import TAGS, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Includes | None:
    """A tag that the ruleset declares, as a test on the unit's set of tags."""
    found = reader.field(TAGS, path, {"set"})
    rank = reader.choice(found.dimension, operand, path) if found else None
    return None if found is None or rank is None else Includes("tagged", TAGS, "all", (rank,), found.dimension)


OPERATOR = Operator(
    name="tagged",
    gives="condition",
    read=read,
    schema={"type": "string"},
    needs=message("the tag {required}"),
    cases=(
        Case("{tagged: border}", {"tags": ["border"]}, "pass"),
        Case("{tagged: border}", {"tags": []}, "fail"),
        Case("{tagged: border}", {}, "undetermined"),
    ),
)
