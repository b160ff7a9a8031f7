"""Frozen classes of the model behave as those of the standard library do."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from antq_rules.frozen import frozen


@frozen
class Point:
    """Two numbers and more."""

    x: int
    y: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    hidden: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x")


@dataclass(frozen=True, slots=True)
class Usual:
    """The same by the standard library."""

    x: int
    y: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    hidden: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x")


@frozen
class Empty:
    """No field at all."""


@frozen
class Written:
    """One field, and a text of its own."""

    value: int

    def __repr__(self) -> str:
        return f"<{self.value}>"


@dataclass(frozen=True, slots=True)
class Named(Point):
    """Inherits by the standard library."""

    name: str = ""


@frozen
class Labelled(Point):
    """Inherits in the same way."""

    name: str = ""


@frozen
class Counting:
    """What it has seen is not given to it."""

    least: int = 0
    seen: list[int] = field(init=False, default_factory=list)
    kind: str = field(init=False, default="count")


def refused(change: Callable[[], Any]) -> str:
    with pytest.raises(FrozenInstanceError) as error:
        change()
    return str(error.value)


@pytest.mark.parametrize(
    "ask",
    [
        lambda made: repr(made(1, hidden="h")).partition("(")[2],
        lambda made: made(1) == made(1, 0, {}, "other"),
        lambda made: made(1) == made(2),
        lambda made: made(1) == 1,
        lambda made: made(1).names is made(1).names,
        lambda made: [(spec.name, spec.type) for spec in fields(made)],
        lambda made: asdict(made(1, 2)),
        lambda made: asdict(replace(made(1, 2), y=3)),
        lambda made: made.__match_args__,
        lambda made: made.__slots__,
        lambda made: hasattr(made(1), "__dict__"),
        lambda made: str(inspect.signature(made)).replace("<factory>", "_").split("=")[0],
        lambda made: list(inspect.signature(made).parameters),
        lambda made: refused(lambda: setattr(made(1), "x", 2)),
        lambda made: refused(lambda: delattr(made(1), "x")),
        lambda made: [one == made(1, 2) for one in (copy(made(1, 2)), deepcopy(made(1, 2)))],
        lambda made: pickle.loads(pickle.dumps(made(1, 2, {"a": "b"}, "h"))).hidden,
    ],
)
def test_it_is_as_the_standard_library_makes_it(ask: Callable[[Any], Any]) -> None:
    assert ask(Point) == ask(Usual)


def test_equal_ones_have_one_hash() -> None:
    assert {Written(1), Written(1), Written(2)} == {Written(1), Written(2)}
    assert {Empty(), Empty()} == {Empty()}
    assert repr(Empty()) == "Empty()"
    assert is_dataclass(Empty)


def test_its_own_methods_stay() -> None:
    assert repr(Written(3)) == "<3>"
    with pytest.raises(ValueError, match="x"):
        Point(-1)
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]


def test_some_fields_are_not_given() -> None:
    one, other = Counting(1), Counting(1)
    one.seen.append(3)
    assert (one.seen, other.seen, one.kind) == ([3], [], "count")
    assert [*inspect.signature(Counting).parameters] == ["least"]
    with pytest.raises(TypeError):
        Counting(1, [])  # type: ignore[call-arg]


def test_nothing_is_added_to_it() -> None:
    assert refused(lambda: setattr(Point(1), "z", 2)) == "cannot assign to field 'z'"


@pytest.mark.parametrize("made", [Named, Labelled])
def test_others_may_inherit_from_it(made: Any) -> None:
    one = made(1, name="a")
    assert (one.x, one.name) == (1, "a")
    assert one != Point(1)
    assert one == replace(made(1), name="a") == pickle.loads(pickle.dumps(one))
    assert not hasattr(one, "__dict__")
    assert refused(lambda: setattr(one, "name", "b")) == "cannot assign to field 'name'"
    assert refused(lambda: setattr(one, "x", 2)) == "cannot assign to field 'x'"
