"""What a run is told by its environment; `make load` sets it."""

import os
from pathlib import Path

SHAPE = os.environ.get("LOAD_SHAPE", "smoke")
RATE = float(os.environ.get("LOAD_RATE", "10"))  # Visits a second.
SECONDS = float(os.environ.get("LOAD_SECONDS", "0"))  # 0 is the shape's own length.
FOLDER = Path(os.environ.get("LOAD_FOLDER", "build/load/run"))
METRICS_PORT = int(os.environ.get("LOAD_METRICS_PORT", "0"))  # 0 is off.
SITE_HOST = os.environ.get("LOAD_SITE_HOST", "")  # Where the edge has another name than the site.
CA_FILE = os.environ.get("LOAD_CA_FILE", "")  # Empty: certificates are not checked.
PASSWORD = os.environ.get("LOAD_PASSWORD", "")  # Of seeded1 …; empty: nobody logs in.
USERS = int(os.environ.get("LOAD_USERS", "100"))  # How many seeded users there are.
