"""Judge units against the Vietnamese standard "An toàn về an ninh, trật tự" and its kin, with reasons.

``Engine`` judges; ``load_dossier`` and ``load_ruleset`` read files; everything public is named here. Names are imported
when they are first used, so that ``antq --version`` need not wait for the engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Comparison as Comparison
    from antq_rules.assessment.comparing import compared as compared
    from antq_rules.assessment.result import Assessment as Assessment
    from antq_rules.assessment.result import Rejected as Rejected
    from antq_rules.assessment.session import Session as Session
    from antq_rules.assessment.tables.result import ResultTables as ResultTables
    from antq_rules.engine import Engine as Engine
    from antq_rules.errors import (
        AntqError as AntqError,
    )
    from antq_rules.errors import (
        EvidenceError as EvidenceError,
    )
    from antq_rules.errors import (
        Fault as Fault,
    )
    from antq_rules.errors import (
        InferenceError as InferenceError,
    )
    from antq_rules.errors import (
        PluginError as PluginError,
    )
    from antq_rules.errors import (
        ReportError as ReportError,
    )
    from antq_rules.errors import (
        RulesetError as RulesetError,
    )
    from antq_rules.errors import (
        RulesetSchemaError as RulesetSchemaError,
    )
    from antq_rules.errors import (
        RulesetSyntaxError as RulesetSyntaxError,
    )
    from antq_rules.explain.shortfalls import apply as apply
    from antq_rules.extensions.formats import Reader as Reader
    from antq_rules.extensions.formats import Report as Report
    from antq_rules.extensions.formats import Reporter as Reporter
    from antq_rules.extensions.formats import Source as Source
    from antq_rules.extensions.hooks import hookimpl as hookimpl
    from antq_rules.extensions.plugins import Plugins as Plugins
    from antq_rules.extensions.plugins import build_plugin_manager as build_plugin_manager
    from antq_rules.extensions.rulesets import find_ruleset
    from antq_rules.model.dossier import Dossier as Dossier
    from antq_rules.model.dossier import Unit as Unit
    from antq_rules.model.expression import Label as Label
    from antq_rules.model.measure import MeasureFunction as MeasureFunction
    from antq_rules.model.outcome import Outcome as Outcome
    from antq_rules.model.ruleset import Criterion as Criterion
    from antq_rules.model.ruleset import Ruleset as Ruleset
    from antq_rules.model.verdict import (
        Finding as Finding,
    )
    from antq_rules.model.verdict import (
        Reason as Reason,
    )
    from antq_rules.model.verdict import (
        Shortfall as Shortfall,
    )
    from antq_rules.model.verdict import (
        Verdict as Verdict,
    )
    from antq_rules.readers.reading import load_dossier as load_dossier
    from antq_rules.version import __version__ as __version__

    load_ruleset = find_ruleset

_HOMES = {
    "AntqError": "errors",
    "Assessment": "assessment.result",
    "Comparison": "assessment.comparing",
    "Criterion": "model.ruleset",
    "Dossier": "model.dossier",
    "Engine": "engine",
    "EvidenceError": "errors",
    "Fault": "errors",
    "Finding": "model.verdict",
    "InferenceError": "errors",
    "Label": "model.expression",
    "MeasureFunction": "model.measure",
    "Outcome": "model.outcome",
    "PluginError": "errors",
    "Plugins": "extensions.plugins",
    "Reader": "extensions.formats",
    "Reason": "model.verdict",
    "Rejected": "assessment.result",
    "Report": "extensions.formats",
    "ReportError": "errors",
    "Reporter": "extensions.formats",
    "ResultTables": "assessment.tables.result",
    "Ruleset": "model.ruleset",
    "RulesetError": "errors",
    "RulesetSchemaError": "errors",
    "RulesetSyntaxError": "errors",
    "Session": "assessment.session",
    "Shortfall": "model.verdict",
    "Source": "extensions.formats",
    "Unit": "model.dossier",
    "Verdict": "model.verdict",
    "__version__": "version",
    "apply": "explain.shortfalls",
    "build_plugin_manager": "extensions.plugins",
    "compared": "assessment.comparing",
    "hookimpl": "extensions.hooks",
    "load_dossier": "readers.reading",
    "load_ruleset": "extensions.rulesets",
}
_OTHER_NAMES = {"load_ruleset": "find_ruleset"}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), _OTHER_NAMES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
