"""Progress bars of long commands."""

import sys
from collections.abc import Callable
from typing import Any

import click


def progress_bar(label: str, length: int = 1) -> Any:
    """Return a progress bar on the terminal; nothing is shown where there is none."""
    stream = sys.stderr
    return click.progressbar(
        length=length, label=label, file=stream, hidden=not stream.isatty(), update_min_steps=20
    )


def show_on(bar: Any) -> Callable[[int, int], None]:
    """Return a function that moves a progress bar."""

    def show(done: int, total: int) -> None:
        bar.length = total
        bar.update(done - bar.pos)

    return show
