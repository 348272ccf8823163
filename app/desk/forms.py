"""The form to write an article, and how its values travel to and from the service."""

from datetime import UTC, datetime
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_babel import to_user_timezone, to_utc
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from app.forms import Form
from app.i18n import NAMES
from app.models import Autosave, Permission, Post, User
from app.services import taxonomy
from app.services.post_fields import SLUG_CHARS, SUMMARY_CHARS, TITLE_CHARS, PostFields, time_faults


def number_or_none(value: Any) -> int | None:
    """Return the number of a choice; the empty one means none."""
    return int(value) if value else None


class PostForm(Form):
    """An article; what its fields may hold is checked by the service."""

    title = StringField(_l("Title"), render_kw={"maxlength": TITLE_CHARS, "required": True})
    content = TextAreaField(
        _l("Text"),
        id="text",  # The page itself has a part of the name.
        description=_l("Markdown: tables, footnotes, task lists and fenced code work too."),
        render_kw={"rows": 24, "required": True, "spellcheck": "true"},
    )
    summary = TextAreaField(
        _l("Summary"),
        description=_l("Made from the text when empty."),
        render_kw={"rows": 3, "maxlength": SUMMARY_CHARS},
    )
    slug = StringField(
        _l("Address"),
        description=_l("Made from the title when empty. Former addresses keep working."),
        render_kw={"maxlength": SLUG_CHARS, "autocapitalize": "none", "spellcheck": "false"},
    )
    category = SelectField(_l("Category"), coerce=number_or_none)
    new_category = StringField(
        _l("Or a new category"), render_kw={"maxlength": taxonomy.NAME_CHARS}
    )
    tags = StringField(_l("Tags"), description=_l("Separated by commas; 20 at most."))
    language = SelectField(_l("Language"), coerce=str, default="")
    is_published = BooleanField(_l("Published"))
    published_at = DateTimeLocalField(
        _l("Publication time"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[Optional()],
        description=_l("Empty means now. A time to come schedules the article."),
    )
    picture = FileField(
        _l("Add a picture"),
        description=_l("PNG, JPEG, GIF or WebP, 5 MB at most. It comes under the text."),
        render_kw={"accept": "image/png,image/jpeg,image/gif,image/webp"},
    )
    version = HiddenField()
    draft = HiddenField()
    copy = HiddenField()

    def __init__(
        self, *, user: User, post: Post | None = None, kept: Autosave | None = None
    ) -> None:
        """Begin with what was sent, else with an unsaved text, else with the article."""
        shown: dict[str, Any] = {"data": shown_values(post) if post else None}
        if kept and request.method == "GET":
            # As the browser sent it: an unchecked box is one that is not there.
            shown = {"formdata": MultiDict(kept.fields)}
        super().__init__(**shown)
        if kept and kept.post_id is None:
            self.draft.data = str(kept.id)
        self.post = post
        names = [(category.id, category.name) for category in taxonomy.list_categories()]
        self.category.choices = [("", "—"), *names]
        self.language.choices = language_choices(post)
        if not user.can(Permission.DELETE):
            del self.new_category

    def validate_published_at(self, field: Field) -> None:
        """Refuse times that cannot be converted."""
        if field.data and (faults := time_faults(field.data)):
            raise ValidationError(faults[0])

    def expected_version(self) -> int | None:
        """Return the version that the user began to edit."""
        value = self.version.data or ""
        return int(value) if value.isdecimal() and len(value) < 10 else None

    def fields(self) -> PostFields:
        """Return the values as the service takes them."""
        return {
            "title": self.title.data,
            "content": self.content.data,
            "summary": self.summary.data,
            "slug": self.slug.data,
            "category_id": self.category.data,
            "new_category": self.new_category.data if "new_category" in self else None,
            "tags": self.tags.data,
            "language": self.language.data,
            "is_published": self.is_published.data,
            "published_at": self.publication_time(),
        }

    def publication_time(self) -> datetime | None:
        """Return the time entered on the site's clock; an unchanged one keeps its seconds."""
        entered: datetime | None = self.published_at.data
        if entered is None:
            return None
        known = self.post.published_at if self.post else None
        if known and on_site_clock(known) == entered.replace(second=0):
            return known
        in_utc: datetime = to_utc(entered)
        return in_utc.replace(tzinfo=UTC)


def shown_values(post: Post) -> dict[str, Any]:
    """Return what the form of an article begins with."""
    return {
        "title": post.title,
        "content": post.content,
        "summary": post.summary or "",
        "slug": post.slug,
        "category": post.category_id,
        "tags": ", ".join(tag.name for tag in post.tags),
        "language": post.language or "",
        "is_published": post.is_published,
        "published_at": on_site_clock(post.published_at) if post.published_at else None,
        "version": str(post.version),
    }


def on_site_clock(time: datetime) -> datetime:
    """Return a time to the minute as the site's clock shows it, without a zone."""
    local: datetime = to_user_timezone(time)
    return local.replace(second=0, microsecond=0, tzinfo=None)


def language_choices(post: Post | None) -> list[tuple[str, Any]]:
    """Return the languages to choose from, an imported article's own one among them."""
    choices: list[tuple[str, Any]] = [("", _l("Not given")), *NAMES.items()]
    if post and post.language and post.language not in NAMES:
        choices.append((post.language, post.language))
    return choices
