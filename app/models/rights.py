"""Rights as bits and the roles made of them."""

from enum import IntEnum, IntFlag


class Permission(IntFlag):
    """What a user may do."""

    READ = 0x01
    CREATE = 0x02
    UPDATE = 0x04
    DELETE = 0x08
    ADMIN = 0x80


class Role(IntEnum):
    """The sum of a role's rights; stored as it stands."""

    GUEST = Permission.READ
    AUTHOR = Permission.READ | Permission.CREATE | Permission.UPDATE
    EDITOR = AUTHOR | Permission.DELETE
    ADMIN = EDITOR | Permission.ADMIN

    def allows(self, permission: Permission) -> bool:
        """Say whether the role holds every bit of a right."""
        return self & permission == permission
