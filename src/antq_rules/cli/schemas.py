"""``antq schema``: JSON Schemas of everything that goes in and comes out."""

from __future__ import annotations

import json
from typing import Any

from antq_rules.cli.output import Output
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.frozen import frozen


@frozen
class PrintSchema:
    """The schema of one sort of document."""

    name: str
    ruleset: str | None
    language: str
    output: str | None = None
    overlays: tuple[str, ...] = ()
    plugins: PluginChoice = ALL

    def __call__(self) -> int:
        """Print it as JSON."""
        with Output(self.output, exact=True) as output:
            text = json.dumps(self._schema(), ensure_ascii=False, indent=2)
            output.write(lambda stream: print(text, file=stream))
        return 0

    def _schema(self) -> dict[str, Any]:
        if self.name == "dossier":
            from antq_rules.cli.choosing import taking_part
            from antq_rules.extensions.rulesets import find_ruleset
            from antq_rules.readers.dossier_schema import dossier_schema

            if self.ruleset is None:
                return dossier_schema(None, self.language)
            ruleset = find_ruleset(self.ruleset, self.overlays, plugins=taking_part(self.plugins))
            return dossier_schema(ruleset, self.language)
        if self.name == "result":
            from antq_rules.reporters.result_schema import result_schema

            return result_schema()
        if self.name == "comparison":
            from antq_rules.reporters.comparison_schema import comparison_schema

            return comparison_schema()
        from antq_rules.language.schema import document_schema

        return document_schema(self.name)
