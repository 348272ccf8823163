"""Reads `deploy/slo.yaml`; a file that contradicts itself is refused with every fault in it.

`python -m scripts.slo.levels` prints the levels as a table.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

PATH = Path(__file__).parents[2] / "deploy" / "slo.yaml"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Duration = Annotated[str, Field(pattern=r"^[1-9]\d*[smhd]$")]
Name = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
Metric = Annotated[str, Field(pattern=r"^[a-z_]+$")]


def seconds(duration: str) -> int:
    """Return the length of a duration such as `30m` in seconds."""
    return int(duration[:-1]) * UNITS[duration[-1]]


class Strict(BaseModel):
    """A mapping of the file; what is not known in it is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(Strict):
    """One service level; `objective` is the percentage of good events over `window`."""

    name: Name
    title: str
    objective: float = Field(gt=50, lt=100)
    window: Duration = ""
    wakes: bool = True

    @property
    def budget(self) -> float:
        """Return the share of events that may be bad, such as 0.001."""
        return round(1 - self.objective / 100, 9)

    @property
    def alert(self) -> str:
        """Return the alert's name, such as `AnonymousAvailability`."""
        return "".join(part.capitalize() for part in self.name.split("-"))


class Availability(Level):
    """Good: a request of the class that is answered with a status below 500."""

    kind: Literal["availability"]
    route_class: str = Field(alias="class")


class Latency(Level):
    """Good: a request of the class, answered below 500, that took at most `threshold` seconds."""

    kind: Literal["latency"]
    route_class: str = Field(alias="class")
    threshold: float = Field(gt=0)


class Delay(Level):
    """Good: an event of the histogram `metric` that took at most `threshold` seconds."""

    kind: Literal["delay"]
    metric: Metric
    where: str = ""
    threshold: float = Field(gt=0)


class Age(Level):
    """Good: a moment at which the time in `metric` is at most `threshold` seconds ago."""

    kind: Literal["age"]
    metric: Metric
    threshold: float = Field(gt=0)


AnyLevel = Annotated[Availability | Latency | Delay | Age, Field(discriminator="kind")]


class BurnWindow(Strict):
    """How fast the budget burns, over which two windows, before whom it is told."""

    factor: float = Field(gt=0)
    long: Duration
    short: Duration
    wait: Duration = Field(alias="for")
    severity: Literal["page", "ticket"]


class Burn(Strict):
    """When an alert fires."""

    least_bad_events: int = Field(ge=0)
    windows: list[BurnWindow]


class ServiceLevels(Strict):
    """The whole file."""

    runbooks: str
    window: Duration
    classes: dict[str, str]
    levels: list[AnyLevel]
    burn: Burn

    @model_validator(mode="after")
    def check(self) -> "ServiceLevels":
        """Refuse doubled names, unknown classes and windows that cannot work."""
        faults = []
        names = [level.name for level in self.levels]
        faults += [
            f"{name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})
        ]
        for level in self.levels:
            route_class = getattr(level, "route_class", None)
            if route_class is not None and route_class not in self.classes:
                faults.append(f"{level.name}: there is no class {route_class}")
        for window in self.burn.windows:
            if seconds(window.short) >= seconds(window.long):
                faults.append(f"{window.factor}×: the short window is not shorter")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def load(path: Path = PATH) -> ServiceLevels:
    """Read the file; raise ValueError with every fault in it."""
    text = yaml.safe_load(path.read_text())
    for level in text.get("levels", []):
        level.setdefault("window", text.get("window"))
    try:
        return ServiceLevels.model_validate(text)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}".lstrip(": ")
            for fault in error.errors()
        ]
        raise ValueError(f"{path}: " + "\n".join(faults)) from None


def main() -> None:
    """Print the levels, or the faults."""
    try:
        levels = load().levels
    except ValueError as error:
        sys.exit(str(error))
    for level in levels:
        threshold = getattr(level, "threshold", None)
        within = f" within {threshold:g} s" if threshold else ""
        print(f"{level.name:24} {level.objective:g} %{within} over {level.window}: {level.title}")


if __name__ == "__main__":
    main()
