"""All the faults, filed by the modules that know how they are made."""

from tests.drills import of_database, of_disks, of_network, of_processes, of_redis
from tests.drills.faults import FAULTS

__all__ = ["FAULTS", "of_database", "of_disks", "of_network", "of_processes", "of_redis"]
