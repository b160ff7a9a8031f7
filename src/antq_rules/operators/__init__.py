"""The operators of the ruleset language: one module each, found by looking into this folder.

A module holds one :class:`~antq_rules.operators.base.Operator` named ``OPERATOR``; its docstring is the operator's
page. A new operator is a new module here and nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType

from antq_rules.operators.base import Operator


@cache
def operators() -> MappingProxyType[str, Operator]:
    """Every operator by its name in YAML, sorted."""
    found: dict[str, Operator] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name != "base":
            operator: Operator = importlib.import_module(f"{__name__}.{module.name}").OPERATOR
            found[operator.name] = operator
    return MappingProxyType(dict(sorted(found.items())))
