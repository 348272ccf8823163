"""The backup service: streams WAL, takes base backups, restores and proves that it can."""
