"""Plans of one standard made by hand, for tests of executors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from antq_rules.model.expression import ChildGroup, Days, Label, Truth
from antq_rules.model.ruleset import Citation, Criterion, Standard, Window
from antq_rules.plan.compiling import Plan, PlannedCriterion, PlannedStandard

LABEL = Label("mẫu", "sample")


def plan_of(*conditions: Truth, scope: Truth | None = None, groups: tuple[ChildGroup, ...] = ()) -> Plan:
    """A plan of the standard ``s`` for units of the kind ``u`` with these criteria."""
    citation = Citation("n", "1")
    criteria = tuple(
        PlannedCriterion(
            f"s.{index}", Criterion(f"s.{index}", LABEL, citation), truth, citation, None, False, frozenset(), ()
        )
        for index, truth in enumerate(conditions)
    )
    standard = Standard("s", LABEL, ("u",), Window(None), ())
    planned = PlannedStandard("s", standard, Days(1, 1), {"u": scope}, criteria, (), frozenset(), groups)
    return cast(Plan, SimpleNamespace(standards={"s": planned}))
