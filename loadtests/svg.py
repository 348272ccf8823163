"""Plots as SVG, drawn here so that a report is one file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 30, 28
COLOURS = ("#1f6f8b", "#c8553d", "#588b3a", "#8a5fb0", "#b08900", "#5b6770", "#1b2a49")
TICKS = 4

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A named series; `dashed` ones are plans or bounds, `dots` are single measurements."""

    name: str
    points: Sequence[Point]
    dashed: bool = False
    dots: bool = False


def plot(
    title: str, lines: Sequence[Line], *, unit: str, x_unit: str = "s", named: bool = True
) -> str:
    """Return a plot of lines over a common x axis, with their names; both axes start at zero."""
    points = [point for line in lines for point in line.points]
    most_x = max((x for x, _ in points), default=0) or 1
    most_y = round_up(max((y for _, y in points), default=0))

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (WIDTH - LEFT - RIGHT) * x / most_x
        return across, TOP + (HEIGHT - TOP - BOTTOM) * (1 - y / most_y)

    parts = [f'<text x="{LEFT}" y="14" class="title">{escape(title)} ({escape(unit)})</text>']
    parts += grid(place, most_x, most_y, x_unit)
    for line, colour in zip(lines, COLOURS * len(lines), strict=False):
        parts += drawn(line, colour, place)
    parts += legend(lines) if named else []
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"'
        f' xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def grid(place: object, most_x: float, most_y: float, x_unit: str) -> list[str]:
    """Return the horizontal lines with their values and the values of the x axis."""
    assert callable(place)  # noqa: S101
    parts = []
    for tick in range(TICKS + 1):
        x, y = place(most_x * tick / TICKS, most_y * tick / TICKS)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" class="grid"/>')
        value = f"{most_y * tick / TICKS:.4g}"
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
        label = (
            f"{most_x * tick / TICKS:.4g} {x_unit}"
            if tick == TICKS
            else f"{most_x * tick / TICKS:.4g}"
        )
        anchor = "end" if tick == TICKS else "middle"
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{label}</text>')
    return parts


def drawn(line: Line, colour: str, place: object) -> list[str]:
    """Return a series as a path, or as dots."""
    assert callable(place)  # noqa: S101
    places = [place(x, y) for x, y in line.points]
    if line.dots:
        return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
    path = "".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(places))
    dash = ' stroke-dasharray="5 4"' if line.dashed else ""
    return [f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>']


def legend(lines: Sequence[Line]) -> list[str]:
    """Return the names of the series in their colours, right of the title."""
    parts, x = [], WIDTH - RIGHT
    for line, colour in reversed(list(zip(lines, COLOURS * len(lines), strict=False))):
        parts.append(
            f'<text x="{x}" y="14" text-anchor="end" style="fill:{colour}">'
            f"{'┄' if line.dashed else '●'} {escape(line.name)}</text>"
        )
        x -= 7 * len(line.name) + 28
    return parts


def round_up(value: float) -> float:
    """Return the next number that makes good ticks."""
    if value <= 0:
        return 1
    size = 10 ** len(str(int(value))) / 10 if value >= 1 else 1.0
    while value < size:
        size /= 10
    return next(step * size for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if step * size >= value)
