"""What desk is wanted: how many tickets and people, from which seed, over how many years."""

from dataclasses import asdict, dataclass, fields
from typing import Self

MOST_PEOPLE = 90_000


@dataclass(frozen=True, slots=True)
class Spec:
    """An order for a desk. `until_ms` is its newest moment; 0 means the portal's present day."""

    tickets: int = 2_000
    people: int = 200
    seed: int = 1
    years: int = 6
    until_ms: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.tickets <= 2_000_000:
            raise ValueError("tickets: from 1 to 2000000")
        if not 20 <= self.people <= MOST_PEOPLE:
            raise ValueError(f"people: from 20 to {MOST_PEOPLE}")
        if not 1 <= self.years <= 20 or self.seed < 0:
            raise ValueError("years: from 1 to 20; seed: 0 or more")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `tickets=200000,people=20000,seed=7`; what is left out has its default.

        Raises:
            ValueError: An unknown name, a value that is no number or one outside its bounds.
        """
        known = {field.name for field in fields(cls)} - {"until_ms"}
        values: dict[str, int] = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            name, equals, value = part.partition("=")
            if name not in known or not equals or not value.isdigit():
                raise ValueError(f"a desk is described by {', '.join(sorted(known))}, each with =NUMBER")
            values[name] = int(value)
        return cls(**values)

    def as_json(self) -> dict[str, int]:
        return asdict(self)
