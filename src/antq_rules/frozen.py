"""Frozen dataclasses with slots, made quickly.

The standard library compiles six methods for each class, which came to a sixth of the time of judging a small dossier.
Here ``__init__`` alone is compiled. The fields are those of the standard library, so that ``fields``, ``replace`` and
``is_dataclass`` work as ever.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields, is_dataclass
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """The class as ``@dataclass(frozen=True, slots=True)`` makes it; methods of its own stay."""
    # The standard library wants classes below a frozen one to be frozen by itself.
    below = any(is_dataclass(base) for base in cls.__bases__)
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True, frozen=below)(cls)
    specs = fields(made)
    names = [spec.name for spec in specs if spec.compare]
    compared = attrgetter(*names) if names else _nothing
    shown = [spec.name for spec in specs if spec.repr]

    def equal(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(compared(self))

    def written(self: Any) -> str:
        return f"{made.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    methods = {"__init__": _init(made, specs), "__eq__": equal, "__hash__": hashed, "__repr__": written, **_ALIKE}
    for name, method in methods.items():
        if name not in vars(made):
            setattr(made, name, method)
    # So that the standard library's own may inherit from it.
    made.__dataclass_params__.frozen = True
    found: type[T] = made
    return found


def _init(made: Any, specs: tuple[Field[Any], ...]) -> Any:
    known: dict[str, Any] = {"put": object.__setattr__, "MISSING": MISSING}
    parameters, lines = [], []
    for spec in specs:
        name, value, parameter = spec.name, spec.name, spec.name
        if spec.default is not MISSING:
            known[default := f"default_{name}"] = spec.default
            parameter, value = f"{name}={default}", name if spec.init else default
        elif spec.default_factory is not MISSING:
            known[make := f"make_{name}"] = spec.default_factory
            parameter = f"{name}=MISSING"
            value = f"{make}() if {name} is MISSING else {name}" if spec.init else f"{make}()"
        if spec.init:
            parameters.append(parameter)
        lines.append(f"    put(self, {name!r}, {value})\n")
    if hasattr(made, "__post_init__"):
        lines.append("    self.__post_init__()\n")
    exec(f"def __init__(self, {', '.join(parameters)}):\n{''.join(lines) or '    pass'}", known)
    init = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    init.__annotations__ = {**{spec.name: spec.type for spec in specs if spec.init}, "return": None}
    return init


def _nothing(_: object) -> tuple[()]:
    return ()


def _refuse_change(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_removal(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, spec.name) for spec in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for spec, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, spec.name, value)


_ALIKE = {
    "__setattr__": _refuse_change,
    "__delattr__": _refuse_removal,
    "__getstate__": _state,
    "__setstate__": _restore,
}
