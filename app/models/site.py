"""What belongs to the site as a whole."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class SiteSetting(Model):
    """A setting that an admin has changed; the others have the environment's values."""

    __tablename__ = "site_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class ViewDay(Model):
    """How often articles were opened on a day (UTC)."""

    __tablename__ = "view_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(default=0)


class TopicRedirect(Model):
    """The former path of a category or a tag, and where it leads now."""

    __tablename__ = "topic_redirects"

    path: Mapped[str] = mapped_column(String(100), primary_key=True)
    target: Mapped[str] = mapped_column(String(100), index=True)
