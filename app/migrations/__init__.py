"""How the tables have come to be; `online.py` has what a migration may do while readers read."""

# While a statement waits for its lock, everyone after it waits too: better to come back later.
LOCK_TIMEOUT = "1s"
