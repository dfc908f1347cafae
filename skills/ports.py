"""Typed inputs and outputs of skills and of the nodes that control them.

A port is declared as a class attribute and used as an ordinary attribute::

    class MoveTo(Action):
        pose = Input(Pose, "Where the tool goes.")
        speed = Input(float, "Share of full speed.", unit="percent", default=1.0)

        def work(self, token: CancelToken) -> None:
            self.cell.arm.move([self.pose], token, speed=self.speed)

In YAML the key of a port with a unit carries it (``speed_percent: 50``); inside, values are
in SI units. What feeds a port is settled once, when the tree is loaded: a constant, or a
slot of the tree's blackboard. Reading it later is one attribute access, with no look-up of
names and no check of types.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Final, Generic, Protocol, Self, TypeVar, overload

from pregrasp.configuration import UNITS
from pregrasp.documents import did_you_mean

T = TypeVar("T")


class _Missing:
    """The default of a port that must be wired."""

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        # There is one of it, also after a tree was sent to another process.
        return "MISSING"


MISSING: Final = _Missing()


class Source(Protocol):
    """Something that an input reads."""

    @property
    def value(self) -> Any:
        """What the input sees now."""


class Sink(Protocol):
    """Something that an output writes."""

    def write(self, value: Any) -> None:
        """Take a new value."""

    def withdraw(self) -> None:
        """Let nobody read the value that is there; it is no longer true."""


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """A source that never changes: a literal in the YAML file, or a default."""

    value: Any


RESERVED = frozenset(
    {"cause", "cell", "children", "context", "feedback_message", "id", "iterator", "logger"}
    | {"name", "parent", "path", "ports", "refused", "sinks", "sources", "status"}
)
"""Attributes of nodes that a port must not hide."""

RESERVED_KEYS = frozenset({"name", "when", "while", "timeout_s"})
"""YAML keys that mean the same at every node; only controls may give them a port."""


class Port(Generic[T]):
    """What inputs and outputs have in common.

    Args:
        kind: Type of the value.
        description: One sentence for people.
        unit: A key of `pregrasp.configuration.UNITS`; the YAML key ends in it.
        key: The YAML key, where it differs from the attribute (``in`` is no Python name).

    Raises:
        ValueError: The unit is unknown.
    """

    name: str

    def __init__(
        self, kind: type[T], description: str, *, unit: str | None = None, key: str | None = None
    ) -> None:
        if unit is not None and unit not in UNITS:
            raise ValueError(f"unknown unit {unit!r}. {did_you_mean(unit, UNITS)}")
        self.kind: Any = kind
        self.description = description
        self.unit = unit
        self._key = key

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def key(self) -> str:
        """What people write in YAML."""
        stem = self._key or self.name
        return f"{stem}_{self.unit}" if self.unit else stem


class Input(Port[T]):
    """A value that a node reads.

    Args:
        kind: Type of the value.
        description: One sentence for people.
        unit: Unit of the number in YAML.
        default: The value **in SI units** when YAML says nothing; without it the port must
            be wired.
        key: The YAML key, where it differs from the attribute.
        least: Smallest number, **in SI units**. A constant out of range is reported when the
            tree is loaded; what a reference brings is the node's own business.
        above: Number that it must be larger than, in SI units.
        most: Largest number, in SI units.
    """

    def __init__(
        self,
        kind: type[T],
        description: str,
        *,
        unit: str | None = None,
        default: T | _Missing = MISSING,
        key: str | None = None,
        least: float | None = None,
        above: float | None = None,
        most: float | None = None,
    ) -> None:
        super().__init__(kind, description, unit=unit, key=key)
        self.default = default
        self.least, self.above, self.most = least, above, most

    @property
    def required(self) -> bool:
        """Whether YAML must wire it."""
        return self.default is MISSING

    @property
    def range_text(self) -> str:
        """Which numbers it takes, in the unit of its key; empty if all."""
        scale = UNITS[self.unit] if self.unit else 1.0
        bounds = {"at least": self.least, "more than": self.above, "at most": self.most}
        told = (f"{word} {bound / scale:g}" for word, bound in bounds.items() if bound is not None)
        return " and ".join(told)

    def allows(self, value: Any) -> bool:
        """Whether a value lies in the range; what is no number always does."""
        if not isinstance(value, (int, float)):
            return True
        return (
            (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
        )

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Wired, owner: type) -> T: ...
    def __get__(self, instance: Wired | None, owner: type) -> Self | T:
        if instance is None:
            return self
        value: T = instance.sources[self.name].value
        return value


class Output(Port[T]):
    """A value that a node writes; what nobody asked for is dropped.

    Args:
        kind: Type of the value.
        description: One sentence for people.
        unit: Unit of the number in YAML.
        key: The YAML key, where it differs from the attribute.
        kept: Whether the value of an earlier round may still be read after the node has
            failed or was halted. A robot must not act upon a picture or an estimate that
            it could not renew.
    """

    def __init__(
        self,
        kind: type[T],
        description: str,
        *,
        unit: str | None = None,
        key: str | None = None,
        kept: bool = True,
    ) -> None:
        super().__init__(kind, description, unit=unit, key=key)
        self.kept = kept

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Wired, owner: type) -> T: ...
    def __get__(self, instance: Wired | None, owner: type) -> Self | T:
        if instance is None:
            return self
        raise AttributeError(f"{self.name} is an output: it can be written, not read")

    def __set__(self, instance: Wired, value: T) -> None:
        instance.write_output(self.name, value)


class Wired:
    """A class whose class attributes may be ports."""

    ports: ClassVar[dict[str, Port[Any]]] = {}
    """Every port by its attribute name, in order of declaration, inherited ones first."""

    owns_reserved_keys: ClassVar[bool] = False
    """Whether the class itself is what the keys of every node stand for."""

    sources: dict[str, Source]
    """What feeds each input."""
    sinks: dict[str, Sink]
    """What takes each output; unwired outputs are absent."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Collect the ports of the new class.

        Raises:
            TypeError: A port has the name of something that every node has.
        """
        super().__init_subclass__(**kwargs)
        taken = [name for name, member in vars(cls).items() if isinstance(member, Port)]
        for name in taken:
            if name in RESERVED:
                raise TypeError(
                    f"{cls.__qualname__}.{name}: every node has an attribute of that name; "
                    f"call the port something else, and give it key={name!r} if YAML needs it"
                )
            key = vars(cls)[name].key
            if key in RESERVED_KEYS and not cls.owns_reserved_keys:
                raise TypeError(
                    f"{cls.__qualname__}.{name}: {key!r} means something at every node in YAML; "
                    "call the port something else"
                )
        cls.ports = {
            name: member
            for base in reversed(cls.__mro__)
            for name, member in vars(base).items()
            if isinstance(member, Port)
        }

    @classmethod
    def inputs(cls) -> dict[str, Input[Any]]:
        """The inputs by attribute name."""
        return {name: port for name, port in cls.ports.items() if isinstance(port, Input)}

    @classmethod
    def outputs(cls) -> dict[str, Output[Any]]:
        """The outputs by attribute name."""
        return {name: port for name, port in cls.ports.items() if isinstance(port, Output)}

    def connect(self, sources: dict[str, Source], sinks: dict[str, Sink]) -> None:
        """Settle where values come from and go to; defaults fill the gaps."""
        defaults: dict[str, Source] = {
            name: Constant(port.default)
            for name, port in self.inputs().items()
            if not port.required
        }
        self.sources = defaults | sources
        self.sinks = dict(sinks)

    def write_output(self, name: str, value: Any) -> None:
        """Pass a value on, if anybody is connected."""
        sink = self.sinks.get(name)
        if sink is not None:
            sink.write(value)

    def withdraw_outputs(self) -> None:
        """Take back what must not be read after a round without success."""
        for name, port in self.outputs().items():
            if not port.kept and name in self.sinks:
                self.sinks[name].withdraw()
