"""Measured figures: samples by round, and ratios that compare rounds of the same minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Literal, Self

Unit = Literal["ms", "/s"]

# With fewer samples the 95th percentile is the maximum by another name.
LEAST_FOR_P95 = 20
P95 = 0.95


@dataclass(frozen=True, kw_only=True)
class Figures:
    """`p95` is None where there are too few samples for it."""

    count: int
    least: float
    median: float
    p95: float | None
    most: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Self:
        """Nearest rank, so that `p95` is a value that was measured."""
        ordered = sorted(samples)
        fits = len(ordered) >= LEAST_FOR_P95
        return cls(
            count=len(ordered),
            least=ordered[0],
            median=median(ordered),
            p95=ordered[ceil(P95 * len(ordered)) - 1] if fits else None,
            most=ordered[-1],
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """`rounds` holds each round's samples. `against` was measured in the same rounds."""

    key: str
    what: str
    unit: Unit
    rounds: Sequence[Sequence[float]]
    against: "Row | None" = None

    def figures(self) -> Figures:
        return Figures.of([sample for samples in self.rounds for sample in samples])

    def ratio(self) -> Figures | None:
        """Round by round, so that a machine whose speed drifts changes both sides alike."""
        if self.against is None:
            return None
        pairs = zip(self.rounds, self.against.rounds, strict=True)
        return Figures.of([median(mine) / median(theirs) for mine, theirs in pairs])


@dataclass(frozen=True, kw_only=True)
class Section:
    """`notes` (Markdown) say how it was measured, for who wants to quote a figure."""

    title: str
    notes: str
    rows: Sequence[Row]
