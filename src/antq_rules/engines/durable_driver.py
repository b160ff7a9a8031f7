"""Flat integer facts in, the conclusions that fired out: the one module that talks to durable-rules.

It drives the C module ``durable_rules_engine`` itself, without the library's ``Host``: one flat fact is
asserted in a session of its own, what fired is read back, the session is deleted. A ``Stage`` is a set of
rules over one fact; what it concludes may be the caller's next fact.

What goes wrong in the library is kept out of reach here:

- A condition becomes one or more conjunctions of comparisons, each a rule of its own, since the library's
  ``$or`` fires once for each true branch. Where the conjunctions would be too many, inner alternatives are
  concluded first, in a round of their own.
- Properties and rules get short names made here, so that no reserved name and no clash of the library's
  32-bit name hashes comes in from outside. The fact gets an id made here, never to be taken for another's.
- A ruleset has at most ``MAX_RULES`` rules and reads at most ``MAX_KEYS`` properties; the library fails or
  hangs beyond 64 matches, 252 keys and 512 rules. No rule joins facts, tests an absence or reads what is no
  integer.
- Each ruleset has a heartbeat, a rule that fires on every fact, so that "nothing concluded" is something the
  library said. A first fact is asserted as soon as a ruleset is made: deleting a session in which nothing has
  ever fired frees memory that was never set, and aborts the process.
- One session a ruleset at a time, under a lock. The library crashes where two threads share a session's name,
  and takes 1,024 sessions; here a name comes back only after 999 others.

The library never frees a ruleset. So they are kept for the life of the process, shared by all stages of one
shape, and no more than ``MAX_RULESETS`` are made; what needs more is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from itertools import chain, cycle, islice, product
from math import prod
from operator import itemgetter
from string import ascii_letters
from threading import Lock
from typing import Any, Protocol, TypeAlias, cast

from antq_rules.errors import InferenceError
from antq_rules.frozen import frozen

MAX_RULES = 48
"""Rules in one ruleset, its heartbeat among them; the library fails beyond 64 that match."""
MAX_KEYS = 200
"""Properties that one ruleset reads; the library fails beyond 252."""
MAX_RULESETS = 2_048
"""Rulesets that one process makes; each keeps 0.1 to 0.4 MB for good."""
BOUND = 2**62
"""Every value is smaller than this in size; the library saturates at 2^63 without a word."""

_SPLITS = 8  # conjunctions that an AllOf may multiply out to, after at most so many choices are looked through:
_CHOICES = 64
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = frozenset({"sid", "id"})
_OPERATORS = frozenset({"eq", "gte", "gt", "lte", "lt"})

# Short, since the library copies the whole fact for each rule that fires. A test holds that no two of these
# share a hash, nor one with the library's own names, and that the fact's id shares none with a session's.
_SHORT = tuple(islice((*ascii_letters, *(a + b for a in ascii_letters for b in ascii_letters)), MAX_KEYS + 1))
_HEARTBEAT, *_KEYS = _SHORT
_FACT_ID = "f"
_SESSIONS = tuple(str(number) for number in range(1_000))

_REFUSALS = {
    1: "no rule took the fact, not even the heartbeat",
    2: "the fact was already observed",
    3: "the fact was deferred",
}


# --- conditions and rules -----------------------------------------------------------------------------------


@frozen
class Compare:
    """True where the fact has the property and its value compares so; false where the fact has it not.

    Args:
        name: A property of the fact, of the form ``[a-z][a-z0-9_]*``.
        op: One of ``eq``, ``gte``, ``gt``, ``lte``, ``lt``.
        value: An integer smaller than 2^62 in size.
    Raises:
        InferenceError: The name, the operator or the value is none of these.
    """

    name: str
    op: str
    value: int

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.op not in _OPERATORS:
            raise InferenceError(f"{self.op!r} is not a comparison; use one of {', '.join(sorted(_OPERATORS))}")
        _check_value(self.name, self.value)


@frozen
class AllOf:
    """True where every member is; there is at least one."""

    members: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise InferenceError("an AllOf without members would conclude from nothing; leave the rule out")


@frozen
class AnyOf:
    """True where some member is; there is at least one."""

    members: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise InferenceError("an AnyOf without members can never be true; leave the rule out")


Condition: TypeAlias = Compare | AllOf | AnyOf


@frozen
class Rule:
    """A conclusion that is drawn where a condition is true.

    ``usual`` is a hint for speed and changes no result: the rule fires on most facts, as the passes of sound
    units do. See ``Stage``.
    """

    conclusion: str
    condition: Condition
    usual: bool = False


# --- the library --------------------------------------------------------------------------------------------


class _Engine(Protocol):
    """What is used of the C module; a refusal is a result code or an exception."""

    def create_ruleset(self, name: str, definition: str, /) -> int: ...

    def assert_fact(self, ruleset: int, fact: str, /) -> tuple[int, int]: ...

    def start_action_for_state(self, ruleset: int, state: int, /) -> tuple[str, str] | None: ...

    def complete_and_start_action(self, ruleset: int, state: int, /) -> str | None: ...

    def delete_state(self, ruleset: int, session: str, /) -> None: ...


def _import_engine() -> _Engine:
    # A build for Python 3.13 without the flag that README names is there, but importing it fails.
    try:
        return cast(_Engine, import_module("durable_rules_engine"))
    except (ImportError, OSError) as error:
        raise InferenceError(
            f"durable-rules cannot be imported ({error}); install it or run the scalar engine"
        ) from error


def available() -> bool:
    """Whether durable-rules can be imported here, which its version does not tell."""
    try:
        _import_engine()
    except InferenceError:
        return False
    return True


class _Ruleset:
    """One ruleset inside the library."""

    def __init__(self, engine: _Engine, name: str, definition: str) -> None:
        self._engine = engine
        self._lock = Lock()
        self._sessions: Iterator[str] = cycle(_SESSIONS)
        self.retired = False
        try:
            self._handle = engine.create_ruleset(name, definition)
        except Exception as error:
            raise InferenceError(f"durable-rules refused a ruleset: {_said(error)}") from error
        if self.fire("") != []:
            raise InferenceError("durable-rules concluded something from a fact without properties")

    def fire(self, body: str) -> list[str]:
        """Names of the rules that fired on one fact, in the ruleset's order."""
        with self._lock:
            session = next(self._sessions)
            kept = False
            try:
                fired = self._session(session, body)
            except InferenceError:
                raise
            except Exception as error:
                raise InferenceError(f"durable-rules refused a fact: {_said(error)}") from error
            finally:
                try:
                    self._engine.delete_state(self._handle, session)
                except Exception:
                    # Sessions that stay add up to the library's limit, beyond which it corrupts its memory.
                    self.retired = kept = True
            if kept:
                raise InferenceError("durable-rules did not delete the session of a fact")
        return fired

    def _session(self, session: str, body: str) -> list[str]:
        engine, handle = self._engine, self._handle
        fact = f'{{"sid":"{session}","id":"{_FACT_ID}","{_HEARTBEAT}":1{body}}}'
        code, state = engine.assert_fact(handle, fact)
        if code:
            raise InferenceError(
                f"durable-rules refused a fact: {_REFUSALS.get(code, 'for a reason unknown')} (code {code})"
            )
        started = engine.start_action_for_state(handle, state)
        # The library puts the rules' names and facts together as text: {"3":{"m":{...}}}
        action = started[1] if started else None
        fired = []
        while action:
            fired.append(action[2 : action.index('"', 2)])
            action = engine.complete_and_start_action(handle, state)
        if fired[:1] != [_HEARTBEAT]:
            raise InferenceError("durable-rules fell silent: the rule that fires on every fact did not fire")
        return fired[1:]


class _Library:
    """The rulesets of this process, by content."""

    def __init__(self, engine: _Engine | None = None, limit: int = MAX_RULESETS) -> None:
        self._engine = engine
        self._limit = limit
        self._lock = Lock()
        self._made = 0
        self._rulesets: dict[str, _Ruleset] = {}

    def ruleset(self, definition: str) -> _Ruleset:
        """The ruleset of this definition, made at its first use."""
        content = sha256(definition.encode()).hexdigest()
        # The library's own tables are not safe while a ruleset is made.
        with self._lock:
            known = self._rulesets.get(content)
            if known is not None and not known.retired:
                return known
            if self._made >= self._limit:
                raise InferenceError(
                    f"this process has made {self._limit} rulesets of durable-rules, which are never freed; "
                    "run the scalar engine, or use fewer rulesets in one process"
                )
            if self._engine is None:
                self._engine = _import_engine()
                # glibc gives the top of its heap back, and fetches it anew, with each session, which can
                # double the time; once a large block has been freed it keeps more.
                bytearray(8 << 20)
            self._made += 1
            made = _Ruleset(self._engine, content[:16], definition)
            self._rulesets[content] = made
            return made


_library = _Library()


# --- compiling ----------------------------------------------------------------------------------------------

# A conjunction of comparisons: for each property the least and the greatest value allowed.
_Bounds: TypeAlias = tuple[int | None, int | None]
_Conjunction: TypeAlias = dict[str, _Bounds]


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """One conjunction, what follows from it, and the rule it comes from."""

    conjunction: _Conjunction
    conclusions: tuple[str, ...]
    rule: str


class _Normal:
    """Turns conditions into conjunctions; collects the parts that earlier rounds conclude."""

    def __init__(self) -> None:
        self.rounds: list[list[_Split]] = []
        self._flags: dict[tuple[tuple[tuple[str, _Bounds], ...], ...], str] = {}
        self._depths: dict[str, int] = {}

    def splits(self, rule: Rule) -> list[_Split]:
        """The rule as alternatives, one or more of which hold where its condition is true."""
        conjunctions = self._conjunctions(rule.condition, rule.conclusion)
        return [_Split(conjunction, (rule.conclusion,), rule.conclusion) for conjunction in conjunctions]

    def _conjunctions(self, condition: Condition, rule: str) -> list[_Conjunction]:
        if isinstance(condition, Compare):
            return [{condition.name: _bounds(condition)}]
        parts = [self._conjunctions(member, rule) for member in condition.members]
        if isinstance(condition, AnyOf):
            return _distinct(conjunction for part in parts for conjunction in part)
        if prod(map(len, parts)) <= _CHOICES and len(found := _multiplied(parts)) <= _SPLITS:
            return found
        return _multiplied([part if len(part) == 1 else [self._flag(part, rule)] for part in parts])

    def _flag(self, part: list[_Conjunction], rule: str) -> _Conjunction:
        content = tuple(_frozen(conjunction) for conjunction in part)
        flag = self._flags.get(content)
        if flag is None:
            flag = self._flags[content] = f"+{len(self._flags)}"
            below = [self._depths[name] for conjunction in part for name in conjunction if name in self._depths]
            depth = self._depths[flag] = max(below, default=-1) + 1
            self.rounds += [[] for _ in range(depth + 1 - len(self.rounds))]
            self.rounds[depth] += [_Split(conjunction, (flag,), rule) for conjunction in part]
        return {flag: (1, None)}


class _Shard:
    """The part of a round that is asked in one ruleset."""

    def __init__(self, splits: Sequence[_Split]) -> None:
        keys = list(dict.fromkeys(name for split in splits for name in split.conjunction))
        short = dict(zip(keys, _KEYS, strict=False))
        self._splits = dict(zip(_KEYS, splits, strict=False))
        rules = [_rule(_HEARTBEAT, {_HEARTBEAT: (1, 1)}, {_HEARTBEAT: _HEARTBEAT})]
        rules += [_rule(name, split.conjunction, short) for name, split in self._splits.items()]
        self._definition = f"{{{','.join(rules)}}}"
        self._places = tuple((key, f',"{name}":') for key, name in short.items())
        self._values = itemgetter(*keys)
        self._body = "".join(f"{place}%d" for _, place in self._places)
        self._ruleset: _Ruleset | None = None

    def ask(self, fact: Mapping[str, int]) -> list[_Split]:
        """What fires in this shard on the fact."""
        try:
            body = self._body % self._values(fact)
        except KeyError:
            body = "".join([f"{place}{fact[key]}" for key, place in self._places if key in fact])
            if not body:
                return []
        ruleset = self._ruleset
        if ruleset is None or ruleset.retired:
            ruleset = self._ruleset = _library.ruleset(self._definition)
        names = ruleset.fire(body)
        try:
            fired = [self._splits[name] for name in names]
        except KeyError as error:
            raise InferenceError(f"durable-rules fired {error.args[0]!r}, which is no rule of this ruleset") from error
        if len({*names}) != len(names):
            twice = next(split.rule for split in fired if fired.count(split) > 1)
            raise InferenceError(f"durable-rules fired rule {twice!r} twice on one fact")
        return fired


class _Bundle:
    """Usual rules that are asked as one conjunction, and what is asked singly where that does not answer for them.

    Args:
        conjunction: Their first alternatives together.
        members: The alternatives of each.
    """

    def __init__(self, conjunction: _Conjunction, members: Sequence[list[_Split]]) -> None:
        self.held = {splits[0].rule: splits[0].conjunction for splits in members}
        self.whole = _Split(conjunction, tuple(self.held), members[0][0].rule)
        # By member: its own alternatives, and those of other rules that cannot hold where it does.
        self._details = {splits[0].rule: [*splits] for splits in members}
        self._shards: dict[str, tuple[_Shard, ...]] = {}

    def takes(self, splits: Sequence[_Split], partners: Mapping[str, Sequence[tuple[str, str]]]) -> bool:
        """Take a rule over if none of its alternatives can hold where all members do."""
        if not all(_excluded(split, self.whole.conjunction, partners) for split in splits):
            return False
        for split in splits:
            near = _near(split, partners)
            by_one = [
                rule
                for rule, held in self.held.items()
                if not near.isdisjoint(held) and _excluded(split, held, partners)
            ]
            for rule in by_one or self.held:
                self._details[rule].append(split)
        return True

    def compile(self, shards: Callable[[Iterable[_Split]], tuple[_Shard, ...]]) -> None:
        """Make ready to be asked singly, once all rules are taken over."""
        self._shards = {rule: shards(splits) for rule, splits in self._details.items()}

    def singly(self, members: Iterable[str], fact: Mapping[str, int]) -> Iterator[_Split]:
        """What fires for some of the members, with the rules that cannot hold where they do."""
        for rule in members:
            for shard in self._shards.get(rule, ()):
                yield from shard.ask(fact)


class Stage:
    """Rules over one flat fact; usable from several threads, and pickled without the library's handles.

    Rules marked ``usual`` are asked as one, "all of these", which concludes them all; only where it does not
    fire are they asked singly. A rule that contradicts such a bundle (``margin < 0`` against ``margin >= 0``)
    is asked only then too. Whoever expects that some of them do not fire can say so: the others are asked as
    one without them, and only they, and what contradicts them, singly. The conclusions are the same, and each
    is still one that fired on the fact as it is.

    Args:
        name: Stands in messages.
        rules: Each with a conclusion of its own.
        ordered: Pairs of properties, ``(low, high)``, of which low is never more than high. Facts are held to
            it, and so ``high < 0`` counts as contradicting ``low >= 0``.
    Raises:
        InferenceError: Two rules share a conclusion, or a rule reads more than ``MAX_KEYS`` properties.
    """

    def __init__(self, name: str, rules: Sequence[Rule], ordered: Sequence[tuple[str, str]] = ()) -> None:
        self.name = name
        self.rules = tuple(rules)
        self.ordered = tuple(ordered)
        self._names: set[str] = set()
        self._lows: dict[str, list[str]] = {}
        # Of usual rules: values with which each holds; of properties: the rules that read them when asked at first.
        self._holding: dict[str, dict[str, int]] = {}
        self._readers: dict[str, set[str]] = {}
        for low, high in self.ordered:
            self._lows.setdefault(high, []).append(low)
        conclusions: set[str] = set()
        for rule in self.rules:
            if rule.conclusion in conclusions:
                raise InferenceError(f"stage {name!r}: two rules conclude {rule.conclusion!r}; join them with AnyOf")
            conclusions.add(rule.conclusion)
            names = set(_names(rule.condition))
            if len(names) > MAX_KEYS:
                raise self._too_wide(rule.conclusion, len(names))
            self._names |= names
        self._compile()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.rules, self.ordered)

    def conclude(self, fact: Mapping[str, int], doubted: Collection[str] = ()) -> frozenset[str]:
        """The conclusions of all rules whose condition the fact makes true.

        Args:
            fact: Integers smaller than 2^62 in size, by property. What is unknown is left out; a property
                that no rule reads is passed over.
            doubted: Conclusions of usual rules that are not expected; it changes no conclusion, and right
                ones save time.
        Raises:
            InferenceError: A name or value is none of these, a pair is out of order, or the library refused
                the fact, fell silent or fired a rule twice.
        """
        self._check(fact)
        values = fact
        if self._rounds:
            values = dict(fact)
            for shards in self._rounds:
                values.update([(split.conclusions[0], 1) for shard in shards for split in shard.ask(values)])
        doubts = {conclusion for conclusion in doubted if conclusion in self._holding}
        supposed = self._supposed(values, doubts) if doubts else values
        fired = [split for shard in self._first for split in shard.ask(supposed)]
        concluded = {conclusion for split in fired for conclusion in split.conclusions}
        concluded -= doubts
        for bundle in self._bundles:
            for split in bundle.singly(doubts if bundle.whole in fired else bundle.held, values):
                concluded.update(split.conclusions)
        return frozenset(concluded)

    def _supposed(self, values: Mapping[str, int], doubts: Set[str]) -> dict[str, int]:
        """The fact as if those in doubt held, as far as no other rule that is asked at first reads the same."""
        readers = self._readers
        supposed = dict(values)
        for rule in doubts:
            supposed.update([(name, held) for name, held in self._holding[rule].items() if readers[name] <= doubts])
        return supposed

    def _check(self, fact: Mapping[str, int]) -> None:
        values = fact.values()
        if values and ({*map(type, values)} != {int} or max(values) >= BOUND or min(values) <= -BOUND):
            for name, value in fact.items():
                _check_value(name, value)
        if not fact.keys() <= self._names:
            for name in fact:
                _check_name(name)
        for high in self._lows.keys() & fact.keys():
            for low in self._lows[high]:
                if fact.get(low, -BOUND) <= fact[high]:
                    continue
                raise InferenceError(
                    f"stage {self.name!r}: {low} = {fact[low]} is more than {high} = {fact[high]}; "
                    "a measure's least value cannot pass its greatest"
                )

    def _compile(self) -> None:
        normal = _Normal()
        first: list[_Split] = []
        usual: list[list[_Split]] = []
        others: list[list[_Split]] = []
        for rule in self.rules:
            splits = normal.splits(rule)
            if splits:
                (usual if rule.usual else others).append(splits)
        self._bundles = tuple(_Bundle(conjunction, members) for conjunction, members in _bundled(usual))
        partners = self._partners()
        for splits in others:
            if not any(bundle.takes(splits, partners) for bundle in self._bundles):
                first += splits
        for one in first:
            for name in one.conjunction:
                self._readers.setdefault(name, set()).add(one.rule)
        for bundle in self._bundles:
            for member, held in bundle.held.items():
                self._holding[member] = {name: _some_value(bundle.whole.conjunction[name]) for name in held}
                for name in held:
                    self._readers.setdefault(name, set()).add(member)
            bundle.compile(self._shards)
        self._rounds = tuple(self._shards(round_) for round_ in normal.rounds)
        self._first = self._shards([*first, *(bundle.whole for bundle in self._bundles)])

    def _partners(self) -> dict[str, list[tuple[str, str]]]:
        partners: dict[str, list[tuple[str, str]]] = {}
        for pair in self.ordered:
            for name in pair:
                partners.setdefault(name, []).append(pair)
        return partners

    def _shards(self, splits: Iterable[_Split]) -> tuple[_Shard, ...]:
        shards: list[list[_Split]] = []
        keys: set[str] = set()
        for split in splits:
            if len(split.conjunction) > MAX_KEYS:
                raise self._too_wide(split.rule, len(split.conjunction))
            if not shards or len(shards[-1]) == MAX_RULES - 1 or len(keys | split.conjunction.keys()) > MAX_KEYS:
                shards.append([])
                keys = set()
            shards[-1].append(split)
            keys |= split.conjunction.keys()
        return tuple(_Shard(shard) for shard in shards)

    def _too_wide(self, rule: str, count: int) -> InferenceError:
        return InferenceError(
            f"stage {self.name!r}: rule {rule!r} reads {count} properties, and a ruleset of durable-rules "
            f"takes {MAX_KEYS}; split the rule or run the scalar engine"
        )


def _bundled(usual: Sequence[list[_Split]]) -> Iterator[tuple[_Conjunction, list[list[_Split]]]]:
    """Rules in groups whose first alternatives can hold together, each with its conjunction."""
    conjunction: _Conjunction = {}
    members: list[list[_Split]] = []
    for splits in usual:
        merged = _merge((conjunction, splits[0].conjunction))
        if members and (merged is None or len(merged) > MAX_KEYS):
            yield conjunction, members
            members = []
            merged = splits[0].conjunction
        members.append(splits)
        conjunction = merged or {}
    if members:
        yield conjunction, members


def _excluded(split: _Split, held: _Conjunction, partners: Mapping[str, Sequence[tuple[str, str]]]) -> bool:
    """Whether an alternative cannot hold where a conjunction does."""
    merged = _merge(({name: held[name] for name in _near(split, partners) if name in held}, split.conjunction))
    return merged is None or any(
        _crossed(merged.get(low), merged.get(high))
        for name in split.conjunction
        for low, high in partners.get(name, ())
    )


def _near(split: _Split, partners: Mapping[str, Sequence[tuple[str, str]]]) -> set[str]:
    """What an alternative reads, and what is ordered with it: the bounds of nothing else can exclude it."""
    pairs = [pair for name in split.conjunction for pair in partners.get(name, ())]
    return {*split.conjunction, *chain.from_iterable(pairs)}


def _some_value(bounds: _Bounds) -> int:
    """A value within the bounds, of which one is given."""
    least, greatest = bounds
    return least if least is not None else greatest if greatest is not None else 0


def _crossed(low: _Bounds | None, high: _Bounds | None) -> bool:
    """Whether the least value of the one bound is more than the greatest of the other."""
    if low is None or high is None or low[0] is None or high[1] is None:
        return False
    return low[0] > high[1]


def _merge(conjunctions: Iterable[_Conjunction]) -> _Conjunction | None:
    """All of these together, or nothing where they contradict each other."""
    merged: _Conjunction = {}
    for conjunction in conjunctions:
        for name, (least, greatest) in conjunction.items():
            low, high = merged.get(name, (None, None))
            low = least if low is None else low if least is None else max(low, least)
            high = greatest if high is None else high if greatest is None else min(high, greatest)
            if low is not None and high is not None and low > high:
                return None
            merged[name] = low, high
    return merged


def _multiplied(parts: Iterable[list[_Conjunction]]) -> list[_Conjunction]:
    """One of each part together, in every way that holds no contradiction."""
    return _distinct(merged for choice in product(*parts) if (merged := _merge(choice)) is not None)


def _distinct(conjunctions: Iterable[_Conjunction]) -> list[_Conjunction]:
    return list({_frozen(conjunction): conjunction for conjunction in conjunctions}.values())


def _frozen(conjunction: _Conjunction) -> tuple[tuple[str, _Bounds], ...]:
    return tuple(sorted(conjunction.items(), key=lambda item: item[0]))


def _bounds(compare: Compare) -> _Bounds:
    value = compare.value
    match compare.op:
        case "eq":
            return value, value
        case "gte":
            return value, None
        case "gt":
            return value + 1, None
        case "lte":
            return None, value
        case _:
            return None, value - 1


def _rule(name: str, conjunction: _Conjunction, short: Mapping[str, str]) -> str:
    """A rule in the library's JSON."""
    terms = []
    for key, (least, greatest) in conjunction.items():
        if least == greatest:
            terms.append(f'{{"{short[key]}":{least}}}')
            continue
        if least is not None:
            terms.append(f'{{"$gte":{{"{short[key]}":{least}}}}}')
        if greatest is not None:
            terms.append(f'{{"$lte":{{"{short[key]}":{greatest}}}}}')
    condition = terms[0] if len(terms) == 1 else f'{{"$and":[{",".join(terms)}]}}'
    return f'"{name}":{{"all":[{{"m":{condition}}}]}}'


def _names(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Compare):
        yield condition.name
    else:
        for member in condition.members:
            yield from _names(member)


# --- guards -------------------------------------------------------------------------------------------------


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _RESERVED:
        raise InferenceError(
            f"{name!r} cannot name a property; use small ASCII letters, digits and _, beginning with a "
            f"letter, and none of {', '.join(sorted(_RESERVED))}"
        )


def _check_value(name: str, value: object) -> None:
    if value is None:
        raise InferenceError(f"{name} is None; leave an unknown property out of the fact")
    if type(value) is not int:
        raise InferenceError(f"{name} is {value!r}, of type {type(value).__name__}; only integers are compared")
    if not -BOUND < value < BOUND:
        raise InferenceError(f"{name} is 2^62 or more in size, and durable-rules may cut it off")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
