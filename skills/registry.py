"""Which skills there are: the name that YAML uses, and the class behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from typing import TypeVar

from pregrasp.skills.skill import Skill

S = TypeVar("S", bound=type[Skill])

ENTRY_POINTS = "pregrasp.skills"
"""The group under which other packages announce modules or classes with skills."""


class SkillRegistry(Mapping[str, type[Skill]]):
    """Skills by the name they have in YAML."""

    def __init__(self) -> None:
        self._skills: dict[str, type[Skill]] = {}
        self._looked = False
        self._discovered: set[str] = set()
        self._problems: dict[str, str] = {}

    def __getitem__(self, key: str) -> type[Skill]:
        return self._skills[key]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._skills))

    def __len__(self) -> int:
        return len(self._skills)

    def register(self, key: str | None = None) -> Callable[[S], S]:
        """Make a decorator that enters a class.

        Args:
            key: The YAML name; without it the class name in snake case.

        Raises:
            ValueError: Another class has that name.
        """

        def enter(skill: S) -> S:
            name = key or snake_case(skill.__name__)
            present = self._skills.get(name)
            if present is not None and present.__qualname__ != skill.__qualname__:
                raise ValueError(
                    f"two skills are called {name!r}: {present.__module__}.{present.__qualname__}"
                    f" and {skill.__module__}.{skill.__qualname__}"
                )
            skill.key = name
            self._skills[name] = skill
            return skill

        return enter

    def unregister(self, key: str) -> None:
        """Forget a skill; a name that is not there changes nothing."""
        self._skills.pop(key, None)

    def discover_once(self) -> None:
        """Import what installed packages announce, unless somebody has looked already."""
        if not self._looked:
            self.discover()

    def discover(self) -> tuple[str, ...]:
        """Import the skills that installed packages announce; importing registers them.

        A package that cannot be imported keeps no other from being used.

        Returns:
            What went wrong, one sentence for each package, and stays so until it is mended.
        """
        self._looked = True
        for entry in metadata.entry_points(group=ENTRY_POINTS):
            if entry.value in self._discovered:
                continue
            try:
                entry.load()
            except Exception as error:  # other people's code may raise anything
                package = entry.dist.name if entry.dist is not None else entry.name
                said = " ".join(str(error).split())
                self._problems[entry.value] = (
                    f"the package {package} announces skills in {entry.value}, which cannot be "
                    f"imported: {type(error).__name__}: {said}"
                )
            else:
                self._discovered.add(entry.value)
                self._problems.pop(entry.value, None)
        return self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong the last time that packages were looked for."""
        return tuple(self._problems.values())


def snake_case(name: str) -> str:
    """``MoveTo`` as ``move_to``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


SKILLS = SkillRegistry()
"""The skills of this process."""

skill = SKILLS.register
"""Decorator that makes a class usable in YAML: ``@skill()``."""
