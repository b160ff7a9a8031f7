"""Which executor a run uses."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from antq_rules.engines.protocol import Executor
from antq_rules.errors import Fault, RulesetError, message
from antq_rules.plan.compiling import Plan

ENGINES = ("auto", "scalar", "durable", "columnar")


def executor_for(name: str) -> Callable[[Plan], Executor]:
    """The executor of this name; ``auto`` takes durable where it can be imported, else scalar.

    Raises:
        RulesetError: There is no such executor, or it cannot run here.
    """
    from antq_rules.engines.durable_driver import available

    if name == "auto":
        name = "durable" if available() else "scalar"
    if name == "durable":
        if not available():
            raise RulesetError(
                Fault(
                    "no_engine",
                    message("the engine 'durable' needs durable-rules, which cannot be imported here"),
                    message("install it as README says, or choose --engine scalar"),
                )
            )
        from antq_rules.engines.durable import DurableExecutor

        return DurableExecutor
    if name == "scalar":
        from antq_rules.engines.scalar import ScalarExecutor

        return ScalarExecutor
    if name == "columnar":
        if find_spec("polars") is None:
            raise RulesetError(
                Fault(
                    "no_engine",
                    message("the engine 'columnar' needs Polars, which is not installed"),
                    message("install antq-rules[batch], or choose --engine scalar"),
                )
            )
        from antq_rules.engines.columnar import ColumnarExecutor

        return ColumnarExecutor
    raise RulesetError(
        Fault(
            "no_engine", message("there is no engine '{name}'"), message("choose one of {known}"),
            values={"name": name, "known": ", ".join(ENGINES)},
        )
    )  # fmt: skip
