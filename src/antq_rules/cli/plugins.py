"""``antq plugins``: the plugins that are installed, and what each of them contributes."""

from __future__ import annotations

import json
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from antq_rules.cli.choosing import taking_part
from antq_rules.cli.output import standard_output
from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.extensions.plugins import Plugins, PluginUse
from antq_rules.frozen import frozen
from antq_rules.readers.reading import readers
from antq_rules.reporters.lines import console_for, print_whole
from antq_rules.reporters.reporting import reporters_of

DISTRIBUTION = message("Distribution")
VERSION = message("Version")
SORT = message("Sort")
CONTRIBUTIONS = message("Contributions")
SORTS = {
    "built-in": message("built in"),
    "data-only": message("data only"),
    "code": message("code"),
    "left-out": message("left out"),
}
THINGS = {
    "rulesets": message("rulesets: {ids}"),
    "overlays": message("overlays: {ids}"),
    "measures": message("measures: {ids}"),
    "readers": message("readers: {ids}"),
    "reporters": message("reporters: {ids}"),
    "catalogues": message("catalogues: {ids}"),
}


@frozen
class ListPlugins:
    """The table of plugins, or the same as JSON."""

    json: bool
    language: str
    plugins: PluginChoice = ALL

    def __call__(self) -> int:
        """Print it."""
        plugins = taking_part(self.plugins)
        # Their formats are held against our own only where formats are looked up.
        readers(plugins)
        reporters_of(plugins)
        if self.json:
            standard_output().write(json.dumps(_document(plugins), ensure_ascii=False, indent=2) + "\n")
        else:
            print_whole(console_for(standard_output()), self._table(plugins))
        return 0

    def _table(self, plugins: Plugins) -> Table:
        translate = translator(self.language)
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for title in (DISTRIBUTION, VERSION, SORT, CONTRIBUTIONS):
            table.add_column(translate(title), overflow="fold", no_wrap=title in (DISTRIBUTION, VERSION))
        for use in (*plugins.uses(), *plugins.uses_left_out()):
            things = (translate(THINGS[sort]).format(ids=", ".join(ids)) for sort, ids in use.contributions.items())
            table.add_row(use.distribution, use.version, translate(SORTS[use.sort]), "\n".join(things))
        return table


def _document(plugins: Plugins) -> dict[str, Any]:
    return {
        "plugins": [
            {**_row(use), "contributions": {sort: list(ids) for sort, ids in use.contributions.items()}}
            for use in plugins.uses()
        ],
        "left_out": [_row(use) for use in plugins.uses_left_out()],
    }


def _row(use: PluginUse) -> dict[str, Any]:
    return {"distribution": use.distribution, "version": use.version, "entry_point": use.name, "sort": use.sort}
