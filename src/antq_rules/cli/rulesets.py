"""``antq rulesets``: the rulesets that are installed, and what one of them says."""

from __future__ import annotations

from antq_rules.cli.choosing import taking_part
from antq_rules.cli.output import standard_output
from antq_rules.errors import Fault, RulesetError, message
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.extensions.rulesets import find_ruleset, was_in_force
from antq_rules.frozen import frozen
from antq_rules.model.ruleset import Ruleset
from antq_rules.operators.base import closest
from antq_rules.plan.compiling import FIRST_YEAR, choose_readings, compile_ruleset
from antq_rules.reporters.lines import console_for
from antq_rules.reporters.ruleset_text import RulesetText


@frozen
class ListRulesets:
    """The table of rulesets."""

    language: str
    plugins: PluginChoice = ALL

    def __call__(self) -> int:
        """Print it."""
        plugins = taking_part(self.plugins)
        found = [find_ruleset(id, plugins=plugins) for id in plugins.rulesets]
        RulesetText(console_for(standard_output()), self.language).table(found)
        return 0


@frozen
class ShowRuleset:
    """One ruleset, or one of its criteria, in words or as a plan."""

    name: str
    plan: bool
    criterion: str | None
    period: int | None
    language: str
    overlays: tuple[str, ...] = ()
    plugins: PluginChoice = ALL

    def __call__(self) -> int:
        """Print it; a plan is printed also where no executor runs all of it yet."""
        ruleset = find_ruleset(self.name, self.overlays, plugins=taking_part(self.plugins))
        text = RulesetText(console_for(standard_output()), self.language)
        if self.plan:
            plan = compile_ruleset(ruleset, self.period or first_year(ruleset), choose_readings(ruleset, {}))
            ids = [one.id for standard in plan.standards.values() for one in standard.criteria]
            self._check([*ids, *(criterion for criterion in _criteria(ruleset) if criterion not in ids)])
            text.plan(plan, self.criterion)
        else:
            self._check(_criteria(ruleset))
            text.overview(ruleset, self.criterion)
        return 0

    def _check(self, known: list[str]) -> None:
        if self.criterion is not None and self.criterion not in known:
            raise RulesetError(
                Fault(
                    "unknown_criterion",
                    message("no criterion has the id '{id}'"),
                    "{hint}",
                    values={"id": self.criterion, "hint": closest(self.criterion, known)},
                )
            )


def _criteria(ruleset: Ruleset) -> list[str]:
    return [criterion.id for standard in ruleset.standards for criterion in standard.criteria]


def first_year(ruleset: Ruleset) -> int:
    """The first year for which the ruleset was in force."""
    start = ruleset.term.first.year if ruleset.term.first else FIRST_YEAR + 100
    for year in range(start, start + 3):
        if was_in_force(ruleset, year):
            return year
    return start
