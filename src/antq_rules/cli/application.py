"""The words of the command line. Each command only gathers its options into an action, which is run afterwards."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer
from typer import Argument, Option

from antq_rules.errors import message
from antq_rules.explain.catalogue import Translate
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


class SchemaName(StrEnum):
    """Documents that have a JSON Schema."""

    dossier = "dossier"
    result = "result"
    ruleset = "ruleset"
    evidence = "evidence"
    standard = "standard"
    overlay = "overlay"
    cases = "cases"


Inputs = Annotated[
    list[str],
    Argument(metavar="INPUT", help=message("Dossiers: files (YAML, JSON, JSONL), folders, or - for standard input.")),
]
RulesetName = Annotated[
    str | None,
    Option("--ruleset", metavar="ID|PATH", help=message("The ruleset; by default the one in force in the period.")),
]
Overlays = Annotated[
    list[str] | None, Option("--overlay", metavar="ID", help=message("A province's overlay; may be repeated."))
]
Period = Annotated[
    int | None, Option("--period", metavar="YEAR", help=message("The year judged; by default that of the dossiers."))
]
Previous = Annotated[
    str | None, Option("--previous", metavar="FILE", help=message("Last year's dossiers, for counts to compare with."))
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
Lang = Annotated[
    Language | None,
    Option("--lang", show_default="vi", help=message("The language of messages and reports.")),
]
ReasonsWanted = Annotated[
    Reasons, Option("--reasons", help=message("Give reasons for what is not met, or for all findings."))
]

app = typer.Typer(pretty_exceptions_enable=False)
rulesets_app = typer.Typer(invoke_without_command=True)

EVALUATE = message("Judge the units of a year's dossiers and roll them up.")
VALIDATE = message("List everything that is wrong with dossiers, by file and line.")
EXPLAIN = message("Show everything that led to the verdict of one unit.")
RULESETS = message("List the installed rulesets, or show one.")
SHOW = message("Show a ruleset: its standards, criteria, readings and parameters, or its plan.")
SCHEMA = message("Print the JSON Schema of a sort of document.")
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
    settings: Settings = None,
    engine: EngineName = "auto",
    format: FormatName = "text",
    output: OutputName = None,
    lang: Lang = None,
    reasons: ReasonsWanted = Reasons.open,
) -> Action:
    """Judge dossiers."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.evaluating import Evaluate

    choice = Choice(ruleset, tuple(overlay or ()), period, tuple(settings or ()), engine, _language(context, lang))
    return Evaluate(tuple(inputs), choice, previous, format, output, reasons is Reasons.all)


@app.command(help=VALIDATE)
def validate(
    context: typer.Context,
    inputs: Inputs,
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Period = None,
    lang: Lang = None,
) -> Action:
    """Check dossiers."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.validating import Validate

    choice = Choice(ruleset, tuple(overlay or ()), period, engine="scalar", language=_language(context, lang))
    return Validate(tuple(inputs), choice)


@app.command(help=EXPLAIN)
def explain(
    context: typer.Context,
    inputs: Inputs,
    unit: Annotated[str, Option("--unit", metavar="ID", help=message("The id of the unit."))],
    ruleset: RulesetName = None,
    overlay: Overlays = None,
    period: Period = None,
    previous: Previous = None,
    settings: Settings = None,
    engine: EngineName = "auto",
    lang: Lang = None,
) -> Action:
    """Explain one unit."""
    from antq_rules.cli.choosing import Choice
    from antq_rules.cli.explaining import Explain

    choice = Choice(ruleset, tuple(overlay or ()), period, tuple(settings or ()), engine, _language(context, lang))
    return Explain(tuple(inputs), unit, choice, previous)


@rulesets_app.callback(help=RULESETS)
def rulesets(context: typer.Context, lang: Lang = None) -> Action | None:
    """List rulesets, unless one is to be shown."""
    if context.invoked_subcommand is not None:
        context.obj = lang or context.obj
        return None
    from antq_rules.cli.rulesets import ListRulesets

    return ListRulesets(_language(context, lang))


@rulesets_app.command(help=SHOW)
def show(
    context: typer.Context,
    name: Annotated[str, Argument(metavar="ID|PATH", help=message("An installed ruleset, or a folder with one."))],
    plan: Annotated[bool, Option("--plan", help=message("Print the plan: what the executors run."))] = False,
    criterion: Annotated[str | None, Option("--criterion", metavar="ID", help=message("Only this criterion."))] = None,
    period: Annotated[
        int | None, Option("--period", metavar="YEAR", help=message("The year of the plan; by default the first one."))
    ] = None,
    lang: Lang = None,
) -> Action:
    """Show a ruleset."""
    from antq_rules.cli.rulesets import ShowRuleset

    return ShowRuleset(name, plan, criterion, period, _language(context, lang))


@app.command(help=SCHEMA)
def schema(
    context: typer.Context,
    name: Annotated[SchemaName, Argument(help=message("The sort of document."))] = SchemaName.dossier,
    ruleset: Annotated[
        str | None,
        Option("--ruleset", metavar="ID|PATH", help=message("Declare the fields of this ruleset (dossier).")),
    ] = None,
    output: OutputName = None,
    lang: Lang = None,
) -> Action:
    """Print a schema."""
    from antq_rules.cli.schemas import PrintSchema

    return PrintSchema(name.value, ruleset, _language(context, lang), output)


def _language(context: typer.Context, lang: Language | None) -> str:
    """The language asked for at the command, before it, or the first one."""
    chosen: Language = lang or context.obj or Language.vi
    return chosen.value


app.add_typer(rulesets_app, name="rulesets")


def command(translate: Translate) -> Any:
    """The command with its help in the language of ``translate``."""
    found = typer.main.get_command(app)
    _translate_help(found, translate)
    return found


def _translate_help(found: Any, translate: Translate) -> None:
    for thing in (found, *found.params):
        if getattr(thing, "help", None):
            thing.help = translate(thing.help)
    for inner in getattr(found, "commands", {}).values():
        _translate_help(inner, translate)
