"""``antq template``: the workbook in which officers write a year's dossiers."""

from __future__ import annotations

from antq_rules.cli.choosing import taking_part
from antq_rules.cli.output import Output
from antq_rules.errors import Fault, RulesetError, message
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.frozen import frozen


@frozen
class WriteTemplate:
    """By which ruleset, for which year and units."""

    ruleset: str | None
    overlays: tuple[str, ...]
    period: int | None
    units: str | None
    output: str | None
    language: str
    plugins: PluginChoice = ALL

    def __call__(self) -> int:
        """Write the workbook."""
        from antq_rules.authoring.template import make_template
        from antq_rules.authoring.template_workbook import write_template
        from antq_rules.extensions.rulesets import base_of_overlays, find_ruleset, ruleset_in_force
        from antq_rules.readers.reading import load_dossier

        plugins = taking_part(self.plugins)
        with Output(self.output, binary=True) as output:
            named = self.ruleset or base_of_overlays(self.overlays, plugins=plugins)
            if named is None and self.period is None:
                raise RulesetError(
                    Fault(
                        "no_ruleset",
                        message("neither a ruleset nor a year is named"),
                        message("add --ruleset ID or --period 2025"),
                    )
                )
            if named is None:
                assert self.period is not None
                named = ruleset_in_force(self.period, plugins=plugins)
            ruleset = find_ruleset(named, self.overlays, plugins=plugins)
            units = None if self.units is None else load_dossier(self.units, ruleset=ruleset, plugins=plugins)
            laid = (word for overlay in self.overlays for word in ("--overlay", overlay))
            options = ("--ruleset", named, *laid)
            template = make_template(ruleset, self.period, language=self.language, units=units, options=options)
            output.write(lambda stream: write_template(template, stream))
        return 0
