"""People: readers who sign in, authors, editors, admins."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_login import UserMixin
from sqlalchemy import CheckConstraint, SmallInteger, String, Text, false, true
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.models import passwords
from app.models.base import Model, TimestampMixin, UtcDateTime, check_in
from app.models.rights import Permission, Role

if TYPE_CHECKING:
    from app.models.comment import Comment
    from app.models.post import Post


class User(TimestampMixin, UserMixin, Model):  # type: ignore[misc]  # UserMixin has no types.
    """An account."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(check_in("role", tuple(map(int, Role))), name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    email: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255), default="")
    nickname: Mapped[str | None] = mapped_column(String(50))
    bio: Mapped[str | None] = mapped_column(Text)
    avatar_url: Mapped[str | None] = mapped_column(String(500))
    is_active: Mapped[bool] = mapped_column(default=True)
    role: Mapped[int] = mapped_column(SmallInteger, default=int(Role.GUEST))
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Part of what the API's tokens carry; raising it ends all of them.
    session_epoch: Mapped[int] = mapped_column(default=0)
    # Kept here too, so that asking for a right costs no statement.
    has_second_factor: Mapped[bool] = mapped_column(default=False, server_default=false())

    # In which language (a locale of Babel), and of what, the user wants mail.
    language: Mapped[str | None] = mapped_column(String(20))
    notify_replies: Mapped[bool] = mapped_column(default=True, server_default=true())
    notify_waiting: Mapped[bool] = mapped_column(default=True, server_default=true())

    # The session of a request, or of a login that begins; not stored here.
    session_key = ""
    # What a script's token leaves of the role's rights; not stored, set for one request.
    granted = ~Permission(0)

    posts: Mapped[list["Post"]] = relationship(back_populates="author", lazy="raise")
    comments: Mapped[list["Comment"]] = relationship(back_populates="author", lazy="raise")

    def __init__(self, **values: Any) -> None:
        # Rights are asked of new users too, before the database has filled defaults in.
        super().__init__(
            **{
                "role": int(Role.GUEST),
                "is_active": True,
                "session_epoch": 0,
                "has_second_factor": False,
            }
            | values
        )

    @validates("email")
    def _lower_email(self, _: str, value: str) -> str:
        """Keep addresses in lower case, so that uniqueness means what people expect."""
        return value.strip().lower()

    @hybrid_property
    def is_admin(self) -> bool:
        """Whether the role is ADMIN; setting it changes the role."""
        return self.role == Role.ADMIN

    @is_admin.inplace.setter
    def _set_is_admin(self, value: bool) -> None:
        if value:
            self.role = int(Role.ADMIN)
        elif self.role == Role.ADMIN:
            self.role = int(Role.AUTHOR)

    @property
    def role_name(self) -> str:
        """The role as settings and the API name it."""
        return Role(self.role).name.lower()

    @property
    def display_name(self) -> str:
        """The name shown to readers."""
        return self.nickname or self.username

    @property
    def is_verified(self) -> bool:
        """Whether the address is confirmed, or need not be."""
        required: bool = current_app.config["REQUIRE_EMAIL_VERIFICATION"]
        return not required or self.email_verified_at is not None

    @property
    def lacks_second_factor(self) -> bool:
        """Whether the site asks this role for a second factor that is not set up yet."""
        asked: str = current_app.config["SECOND_FACTOR_FROM"]
        return asked != "nobody" and self.role >= Role[asked.upper()] and not self.has_second_factor

    def can(self, permission: Permission) -> bool:
        """Say whether this user holds a right.

        Until the address is confirmed, and the second factor set up where one is asked for, these
        are only a guest's.
        """
        role = Role(self.role) if self.is_verified and not self.lacks_second_factor else Role.GUEST
        return role.allows(permission) and self.granted & permission == permission

    def set_password(self, password: str) -> None:
        """Store the password's hash; waits while too many hashes run at once."""
        self.password_hash = passwords.hash_password(password)

    def check_password(self, password: str) -> bool:
        """Say whether the password is right; an unusable hash takes as long as a wrong password."""
        return passwords.verify_password(self.password_hash, password)

    def get_id(self) -> str:
        """Return what the cookies store: the key of the session, and whose it is."""
        return f"{self.id}.{self.session_key}"

    def __repr__(self) -> str:
        return f"<User {self.id} {self.username}>"
