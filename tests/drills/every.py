"""All the faults, filed by the modules that know how they are made."""

from tests.drills import (
    of_certificate,
    of_clock,
    of_database,
    of_disks,
    of_memory,
    of_network,
    of_processes,
    of_redis,
    of_releases,
)
from tests.drills.faults import FAULTS

__all__ = [
    "FAULTS",
    "of_certificate",
    "of_clock",
    "of_database",
    "of_disks",
    "of_memory",
    "of_network",
    "of_processes",
    "of_redis",
    "of_releases",
]
