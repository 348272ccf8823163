"""When a visit is due, whatever became of the one before.

A user who waits for a slow answer before starting the next visit would hide the stall: requests
that real readers would have sent are not sent, so not slow. Here visits are due at a constant
rate; one that starts late because of the one before counts from the moment it was due.
"""

from dataclasses import dataclass

# Beyond this a user skips visits: a site that stands still must not be asked for all of them after.
MOST_BEHIND = 5.0


@dataclass
class Pace:
    """The due times of one user's visits, `interval` seconds apart."""

    interval: float
    due: float

    def begin(self, now: float) -> float:
        """Start a visit; return how many seconds it is late."""
        late = max(0.0, now - self.due)
        if late > MOST_BEHIND:
            self.due, late = now, MOST_BEHIND
        self.due += self.interval
        return late

    def wait(self, now: float) -> float:
        """Return the seconds until the next visit is due."""
        return max(0.0, self.due - now)
