"""How long each part of an answer took, for whoever looks at the response."""

from time import perf_counter


class Stopwatch:
    def __init__(self) -> None:
        self._begun = self._last = perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, name: str) -> None:
        now = perf_counter()
        self._laps.append((name, now - self._last))
        self._last = now

    @property
    def seconds(self) -> float:
        return perf_counter() - self._begun

    def header(self) -> str:
        """As `Server-Timing` has it: `verify;dur=0.4, store;dur=3.1, total;dur=21.7`, in ms."""
        parts = [*self._laps, ("total", self.seconds)]
        return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in parts)
