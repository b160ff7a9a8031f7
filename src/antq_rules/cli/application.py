"""The words of the command line. Each command only gathers its options into an action, which is run afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from enum import StrEnum
from typing import Annotated, Any

import typer
from typer import Argument, Option
from typer.models import CommandInfo

from antq_rules.errors import message
from antq_rules.explain.catalogue import Translate
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.reporters.reporting import formats
from antq_rules.version import __version__

Action = Callable[[], int]


class Language(StrEnum):
    """Languages of messages and reports."""

    vi = "vi"
    en = "en"


class Reasons(StrEnum):
    """Which findings get reasons."""

    open = "open"
    all = "all"


class Rows(StrEnum):
    """Of what a table has a row each."""

    units = "units"
    findings = "findings"


class ListFormat(StrEnum):
    """How lists are printed."""

    text = "text"
    json = "json"


class SchemaName(StrEnum):
    """Documents that have a JSON Schema."""

    dossier = "dossier"
    result = "result"
    comparison = "comparison"
    ruleset = "ruleset"
    evidence = "evidence"
    standard = "standard"
    overlay = "overlay"
    cases = "cases"


Inputs = Annotated[
    list[str],
    Argument(
        metavar="INPUT",
        help=message("Dossiers: files (YAML, JSON, JSONL, XLSX, ODS), folders, or - for standard input."),
    ),
]
RulesetName = Annotated[
    str | None,
    Option("--ruleset", metavar="ID|PATH", help=message("The ruleset; by default the one in force in the period.")),
]
Overlays = Annotated[
    list[str] | None, Option("--overlay", metavar="ID|PATH", help=message("A province's overlay; may be repeated."))
]
Period = Annotated[
    int | None, Option("--period", metavar="YEAR", help=message("The year judged; by default that of the dossiers."))
]
Previous = Annotated[
    str | None, Option("--previous", metavar="FILE", help=message("Last year's dossiers, for counts to compare with."))
]
Mapping = Annotated[
    str | None,
    Option("--mapping", metavar="FILE", help=message("Tells which column of a table of your own is which field.")),
]
Settings = Annotated[
    list[str] | None,
    Option("--set", metavar="READING=CHOICE", help=message("Choose a reading of an unclear clause; may be repeated.")),
]
EngineName = Annotated[
    str,
    Option(
        "--engine",
        metavar="auto|scalar|durable|columnar",
        help=message("The executor; all of them come to the same verdicts."),
    ),
]
FormatName = Annotated[str, Option("--format", metavar="|".join(formats()), help=message("The format of the report."))]
OutputName = Annotated[
    str | None, Option("--output", "-o", metavar="FILE", help=message("Write to a file instead of standard output."))
]
MarkErrors = Annotated[
    str | None,
    Option(
        "--mark-errors",
        metavar="FILE",
        help=message("Write a copy of a faulty workbook with its faults marked; of several into this folder."),
    ),
]
Lang = Annotated[
    Language | None,
    Option("--lang", show_default="vi", help=message("The language of messages and reports.")),
]
ReasonsWanted = Annotated[
    Reasons, Option("--reasons", help=message("Give reasons for what is not met, or for all findings."))
]
RowsWanted = Annotated[
    Rows | None, Option("--rows", help=message("What a table (csv, parquet) has a row for; by default units."))
]
Resume = Annotated[
    bool,
    Option("--resume", help=message("Go on from what an interrupted run over tables has left beside the output.")),
]
Without = Annotated[
    list[str] | None,
    Option("--no-plugin", metavar="NAME", help=message("Leave an installed plugin out; may be repeated.")),
]
Only = Annotated[
    list[str] | None,
    Option("--only-plugin", metavar="NAME", help=message("Let no other installed plugin take part; may be repeated.")),
]
DataOnly = Annotated[bool, Option("--data-only", help=message("Refuse installed plugins that hold code."))]

app = typer.Typer(pretty_exceptions_enable=False)
rulesets_app = typer.Typer(invoke_without_command=True)

EVALUATE = message("Judge the units of a year's dossiers and roll them up.")
DIFF = message(
    "Put two results side by side: counts and shares, who gained the title, who lost it and by which criteria. OLD and "
    "NEW are results (JSON, JSONL) or dossiers; without NEW the dossier is judged twice, by two rulesets, overlays or "
    "readings. What is named without old- serves both, as far as nothing is named for OLD. Exit codes: 0 nobody lost "
    "the title, 1 some unit lost it or is no longer judged, 2 some input, ruleset or plugin could not be used."
)
VALIDATE = message("List everything that is wrong with dossiers, by file and line.")
EXPLAIN = message("Show everything that led to the verdict of one unit.")
RULESETS = message("List the installed rulesets, or show one.")
SHOW = message("Show a ruleset: its standards, criteria, readings and parameters, or its plan.")
PLUGINS = message("List the installed plugins and what they contribute.")
TEST = message("Run the cases of rulesets, overlays or plugins, and list those that fail.")
SCHEMA = message("Print the JSON Schema of a sort of document.")
TEMPLATE = message("Write the workbook (XLSX) in which a year's dossiers are filled in.")
ANTQ = message(
    "Judge dossiers against the standards “An toàn về an ninh, trật tự”. Exit codes: 0 every unit passes or is not "
    "applicable, 1 some fail or are undetermined, 2 some input, ruleset or plugin could not be used."
)
VERSION = message("Print the version.")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"antq {__version__}")
        raise typer.Exit


@app.callback(help=ANTQ)
def antq(
    context: typer.Context,
    version: Annotated[bool, Option("--version", is_eager=True, callback=_print_version, help=VERSION)] = False,
    lang: Lang = None,
) -> None:
    """Take the options that stand before the command."""
    context.obj = lang


@app.command(help=EVALUATE)
def evaluate(
    context: typer.Context,
    inputs: Inputs,
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Period = None,
    previous: Previous = None,
    mapping: Mapping = None,
    mark_errors: MarkErrors = None,
    settings: Settings = None,
    engine: EngineName = "auto",
    format: FormatName = "text",
    output: OutputName = None,
    lang: Lang = None,
    reasons: ReasonsWanted = Reasons.open,
    rows: RowsWanted = None,
    resume: Resume = False,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Judge dossiers."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.evaluating import Evaluate

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    language = _language(context, lang)
    choice = Choice(ruleset, tuple(overlay or ()), period, tuple(settings or ()), engine, language, plugins)
    passes = reasons is Reasons.all
    return Evaluate(tuple(inputs), choice, previous, format, output, passes, mapping, mark_errors, rows, resume)


@app.command(help=VALIDATE)
def validate(
    context: typer.Context,
    inputs: Inputs,
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Period = None,
    mapping: Mapping = None,
    mark_errors: MarkErrors = None,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Check dossiers."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.validating import Validate

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    language = _language(context, lang)
    choice = Choice(ruleset, tuple(overlay or ()), period, engine="scalar", language=language, plugins=plugins)
    return Validate(tuple(inputs), choice, mapping, mark_errors)


@app.command(help=DIFF)
def diff(
    context: typer.Context,
    old: Annotated[str, Argument(metavar="OLD", help=message("A result or dossier: a file, a folder, or -."))],
    new: Annotated[
        str | None, Argument(metavar="NEW", help=message("Another one; without it the dossier is judged twice."))
    ] = None,
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Period = None,
    settings: Settings = None,
    old_ruleset: Annotated[
        str | None, Option("--old-ruleset", metavar="ID|PATH", help=message("The ruleset of OLD."))
    ] = None,
    old_overlay: Annotated[
        list[str] | None,
        Option("--old-overlay", metavar="ID|PATH", help=message("An overlay of OLD; may be repeated.")),
    ] = None,
    old_period: Annotated[int | None, Option("--old-period", metavar="YEAR", help=message("The year of OLD."))] = None,
    old_settings: Annotated[
        list[str] | None,
        Option("--old-set", metavar="READING=CHOICE", help=message("A reading of OLD; may be repeated.")),
    ] = None,
    format: FormatName = "text",
    output: OutputName = None,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Compare two results."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.diffing import Diff

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    language = _language(context, lang)
    by = Choice(ruleset, tuple(overlay or ()), period, tuple(settings or ()), language=language, plugins=plugins)
    old_by = Choice(
        old_ruleset,
        tuple(old_overlay or ()),
        old_period,
        tuple(old_settings or ()),
        language=language,
        plugins=plugins,
    )
    return Diff(old, new, old_by, by, format, output)


@app.command(help=EXPLAIN)
def explain(
    context: typer.Context,
    inputs: Inputs,
    unit: Annotated[str, Option("--unit", metavar="ID", help=message("The id of the unit."))],
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Period = None,
    previous: Previous = None,
    mapping: Mapping = None,
    settings: Settings = None,
    engine: EngineName = "auto",
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Explain one unit."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.explaining import Explain

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    language = _language(context, lang)
    choice = Choice(ruleset, tuple(overlay or ()), period, tuple(settings or ()), engine, language, plugins)
    return Explain(tuple(inputs), unit, choice, previous, mapping)


@rulesets_app.callback(help=RULESETS)
def rulesets(
    context: typer.Context,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action | None:
    """List rulesets, unless one is to be shown."""
    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    if context.invoked_subcommand is not None:
        context.obj = lang or context.obj
        context.meta[CHOSEN_BEFORE] = plugins
        return None
    from antq_rules.cli.rulesets import ListRulesets

    return ListRulesets(_language(context, lang), plugins)


@rulesets_app.command(help=SHOW)
def show(
    context: typer.Context,
    name: Annotated[str, Argument(metavar="ID|PATH", help=message("An installed ruleset, or a folder with one."))],
    plan: Annotated[bool, Option("--plan", help=message("Print the plan: what the executors run."))] = False,
    criterion: Annotated[str | None, Option("--criterion", metavar="ID", help=message("Only this criterion."))] = None,
    period: Annotated[
        int | None, Option("--period", metavar="YEAR", help=message("The year of the plan; by default the first one."))
    ] = None,
    overlay: Overlays = None,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Show a ruleset."""
    from antq_rules.cli.rulesets import ShowRuleset

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    return ShowRuleset(name, plan, criterion, period, _language(context, lang), tuple(overlay or ()), plugins)


@app.command(help=PLUGINS)
def plugins(
    context: typer.Context,
    format: Annotated[ListFormat, Option("--format", help=message("The format of the list."))] = ListFormat.text,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """List plugins."""
    from antq_rules.cli.plugins import ListPlugins

    choice = _plugins(context, no_plugin, only_plugin, data_only)
    return ListPlugins(format is ListFormat.json, _language(context, lang), choice)


@app.command("test", help=TEST)
def run_tests(
    context: typer.Context,
    paths: Annotated[
        list[str],
        Argument(metavar="PATH", help=message("Folders of rulesets or overlays, or projects of plugins.")),
    ],
    engine: EngineName = "auto",
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Run cases."""
    from antq_rules.cli.testing import RunCases

    choice = _plugins(context, no_plugin, only_plugin, data_only)
    return RunCases(tuple(paths), engine, _language(context, lang), choice)


@app.command(help=SCHEMA)
def schema(
    context: typer.Context,
    name: Annotated[SchemaName, Argument(help=message("The sort of document."))] = SchemaName.dossier,
    ruleset: Annotated[
        str | None,
        Option("--ruleset", metavar="ID|PATH", help=message("Declare the fields of this ruleset (dossier).")),
    ] = None,
    overlay: Overlays = None,
    output: OutputName = None,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Print a schema."""
    from antq_rules.cli.schemas import PrintSchema

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    return PrintSchema(name.value, ruleset, _language(context, lang), output, tuple(overlay or ()), plugins)


@app.command(help=TEMPLATE)
def template(
    context: typer.Context,
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Annotated[
        int | None, Option("--period", metavar="YEAR", help=message("The year judged; by default left open."))
    ] = None,
    units: Annotated[
        str | None,
        Option("--units", metavar="INPUT", help=message("Fill in the units of this dossier, without their evidence.")),
    ] = None,
    output: OutputName = None,
    lang: Lang = None,
    no_plugin: Without = None,
    only_plugin: Only = None,
    data_only: DataOnly = False,
) -> Action:
    """Write a template."""
    from antq_rules.cli.templating import WriteTemplate

    plugins = _plugins(context, no_plugin, only_plugin, data_only)
    return WriteTemplate(ruleset, tuple(overlay or ()), period, units, output, _language(context, lang), plugins)


def _language(context: typer.Context, lang: Language | None) -> str:
    """The language asked for at the command, before it, or the first one."""
    chosen: Language = lang or context.obj or Language.vi
    return chosen.value


CHOSEN_BEFORE = "antq_rules.plugins"
"""Under this key stand the options on plugins that were given before an inner command."""


def _plugins(
    context: typer.Context, without: list[str] | None, only: list[str] | None, data_only: bool
) -> PluginChoice:
    """The plugins asked for at the command and before it."""
    before: PluginChoice = context.meta.get(CHOSEN_BEFORE, ALL)
    allowed = (*(before.only or ()), *(only or ())) or None
    return PluginChoice((*before.without, *(without or ())), allowed, before.data_only or data_only)


app.add_typer(rulesets_app, name="rulesets")


def command(translate: Translate, words: Sequence[str]) -> Any:
    """The command with its help in the language of ``translate``.

    Where the words begin with the name of an inner command, the others are left out: each takes milliseconds to make.
    """
    asked = copy(app)
    if named := [one for one in app.registered_commands if _name(one) in words[:1]]:
        asked.registered_commands, asked.registered_groups = named, []
    found = typer.main.get_command(asked)
    _translate_help(found, translate)
    return found


def _name(inner: CommandInfo) -> str | None:
    return inner.name or getattr(inner.callback, "__name__", None)


def _translate_help(found: Any, translate: Translate) -> None:
    for thing in (found, *found.params):
        if getattr(thing, "help", None):
            thing.help = translate(thing.help)
    for inner in getattr(found, "commands", {}).values():
        _translate_help(inner, translate)
