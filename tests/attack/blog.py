"""A blog with something behind every address, and how each address is called."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import text

from app import db
from app.models import (
    Autosave,
    Block,
    Category,
    Comment,
    OutboxMessage,
    PersonalToken,
    Revision,
    Role,
    Tag,
    User,
    UserSession,
)
from app.models.base import utc_now
from app.services import credentials, invitations, notices, preview_links, publishing, uploads
from tests.conftest import PASSWORD

NEW_PASSWORD = "Other-Horse-8"
# What a form of each page sends; what an API route takes stands in `BODIES`.
FORMS: dict[str, dict[str, Any]] = {
    "main.contact": {"name": "n", "email": "n@example.org", "message": "A message of some length."},
    "main.comment": {"content": "A comment.", "parent_id": ""},
    "main.delete_comment": {},
    "auth.register": {
        "username": "newcomer",
        "email": "newcomer@example.org",
        "password": PASSWORD,
        "confirm_password": PASSWORD,
        "agree_terms": "y",
        "invitation": "",
    },
    "auth.login": {"username": "owner", "password": PASSWORD, "remember": "y", "next": "/"},
    "auth.logout": {},
    "auth.verify": {},
    "auth.reset_request": {"email": "owner@example.org"},
    "auth.reset": {"new_password": NEW_PASSWORD, "confirm_password": NEW_PASSWORD},
    "auth.second_factor": {"code": "000000"},
    "auth.set_up_second_factor": {"code": "000000", "password": PASSWORD},
    "auth.renew_recovery_codes": {"code": "000000"},
    "auth.switch_off_second_factor": {"code": "000000"},
    "auth.end_one_session": {},
    "auth.resend_verification": {},
    "auth.profile": {"nickname": "Nick", "bio": "Bio.", "avatar_url": "https://a.example/a.png"},
    "auth.notices": {"language": "en", "notify_replies": "y", "notify_waiting": "y"},
    "auth.change_password": {
        "old_password": PASSWORD,
        "new_password": NEW_PASSWORD,
        "confirm_password": NEW_PASSWORD,
    },
    "auth.logout_everywhere": {},
    "posts.new": {
        "title": "New",
        "content": "New.",
        "summary": "s",
        "slug": "new-address",
        "category": "",
        "new_category": "",
        "tags": "one, two",
        "language": "",
        "published_at": "",
        "draft": "",
        "copy": "",
    },
    "posts.edit": {
        "title": "Changed",
        "content": "Changed.",
        "tags": "x",
        "version": "",
        "slug": "",
    },
    "posts.preview": {"content": "Text", "title": "t"},
    "posts.picture": {"content": "Text", "title": "t"},
    "posts.autosave": {"title": "t", "content": "c", "draft": ""},
    "posts.discard_autosave": {},
    "posts.send_file": {},
    "posts.describe_file": {"alt": "Alt.", "next": "/"},
    "posts.delete_file": {"next": "/"},
    "posts.clean_media": {},
    "posts.restore": {"version": ""},
    "posts.links": {"days": "7"},
    "posts.revoke_link": {},
    "posts.delete": {},
    "admin.moderate": {"verdict": "delete", "ids": "1", "next": "/"},
    "admin.approve_comment": {"next": "/"},
    "admin.delete_comment": {"next": "/"},
    "admin.blocks": {"kind": "word", "value": "casino"},
    "admin.remove_block": {},
    "admin.new_topic": {"name": "Topic", "slug": "topic", "description": "d"},
    "admin.topic": {"name": "Topic", "slug": "topic", "description": "d"},
    "admin.merge_topic": {"into": "1"},
    "admin.delete_topic": {},
    "admin.settings": {
        "site_name": "Mine",
        "site_tagline": "t",
        "site_language": "en",
        "time_zone": "UTC",
        "registration": "open",
        "comments": "open",
    },
    "admin.invite": {"email": "guest@example.org"},
    "admin.retry_message": {},
    "admin.retry_dead": {},
    "admin.user": {"role": "admin", "is_active": "y"},
    "admin.end_user_sessions": {},
    "admin.remove_second_factor": {},
    "admin.audit_csv": {},
    "uploads.image": {},
    "uploads.document": {},
}
# Which take no token: the first counts views, the second is a mail program's button (RFC 8058).
WITHOUT_TOKEN = ("main.beacon", "auth.unsubscribe")
TEXT = {"title": "New", "content": "New."}
BODIES: dict[str, Any] = {
    "api.create_token": {"username": "owner", "password": "wrong"},
    "api.refresh_token": {"refresh_token": "x"},
    "api.revoke_token": {"token": "x"},
    "api.create_personal_token": {"name": "n", "scopes": ["read"], "expires_at": None},
    "api.delete_personal_token": None,
    "api.update_user": {"nickname": "n", "bio": "b", "avatar_url": "https://a.example/"},
    "api.create_comment": {"content": "c", "parent_id": None},
    "api.delete_comment": None,
    "api.create_post": TEXT
    | {"summary": "s", "slug": "api-new", "tags": ["a"], "category_id": None, "language": "en"},
    "api.replace_post": TEXT,
    "api.update_post": {"title": "t", "summary": "s"},
    "api.delete_post": None,
    "api.update_comment": {"is_approved": True},
    "api.create_category": {"name": "c", "description": "d", "slug": "c"},
    "api.update_category": {"name": "c2", "description": "d"},
    "api.delete_category": None,
    "api.create_tag": {"name": "t2"},
    "api.update_tag": {"name": "t3"},
    "api.delete_tag": None,
    "api.upload_image": None,
    "api.upload_document": None,
}
# What pages read from the address; what the API reads, its document says.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "main.index": ("page",),
    "main.articles": ("page",),
    "main.article": ("page", "reply"),
    "main.category": ("page",),
    "main.tag": ("page",),
    "main.author": ("page",),
    "main.archive_month": ("page",),
    "main.search": ("q", "page"),
    "main.language": ("next",),
    "main.sitemap": ("part",),
    "auth.login": ("next",),
    "auth.register": ("invitation",),
    "posts.index": ("state", "everyone", "q", "category", "page"),
    "posts.new": ("draft",),
    "posts.edit": ("draft",),
    "posts.library": ("everyone", "q", "unused", "page"),
    "posts.history": ("page",),
    "posts.revision": ("against",),
    "posts.picture": ("post",),
    "posts.preview": ("format",),
    "posts.autosave": ("post",),
    "admin.overview": ("days",),
    "admin.comments": ("state", "page"),
    "admin.outbox": ("page",),
    "admin.users": ("q", "role", "state", "page"),
    "admin.audit": ("actor", "action", "page", "q", "since", "until"),
    "static": ("v",),
}


@dataclass(frozen=True)
class Call:
    """A request that a page of the site, or a program, makes."""

    endpoint: str
    method: str
    path: str
    form: dict[str, Any] | None = None
    body: Any = None


def picture(color: str = "green", size: tuple[int, int] = (4, 4)) -> bytes:
    """Return a PNG of one colour."""
    output = io.BytesIO()
    Image.new("RGB", size, color).save(output, "PNG")
    return output.getvalue()


def add_user(name: str, role: Role = Role.AUTHOR, **values: Any) -> User:
    """Store a user with the password `PASSWORD`."""
    values = {"email_verified_at": utc_now()} | values
    user = User(username=name, email=f"{name}@example.org", role=int(role), **values)
    user.set_password(PASSWORD)
    db.session.add(user)
    db.session.commit()
    return user


def furnish(owner: User) -> dict[str, Any]:
    """Put something of the owner's behind every address; return what varies in them."""
    stored = uploads.store_image(data=picture(), filename="sea.png", owner_id=owner.id)
    editor = owner if owner.role >= Role.EDITOR else add_user("furnisher", Role.EDITOR)
    post = publishing.create_post(
        author=owner, title="A walk", content="Some text.", tags="sea", is_published=True
    )
    publishing.update_post(post_id=post.id, editor=owner, content="Other text.")
    draft = publishing.create_post(author=owner, title="Secret draft", content="Hidden text.")
    link = preview_links.make_link(post_id=draft.id, user=owner, days=7)
    category = Category(name="Travel")
    tag = Tag(name="sea2")
    comment = Comment(post_id=post.id, author_id=owner.id, content="A comment.", is_approved=True)
    rows = [
        *(category, tag, comment),
        Autosave(user_id=owner.id, fields={"title": "Half"}),
        Block(kind="word", value="spam"),
        OutboxMessage(kind="mail", payload={}, dead_at=utc_now()),
        PersonalToken(user_id=owner.id, name="n", token_hash="0" * 64, rights=1),
        UserSession(user_id=owner.id, key="k" * 32, address="", device=""),
    ]
    db.session.add_all(rows)
    db.session.commit()
    names = ("autosave_id", "block_id", "message_id", "token_id", "session_id")
    revision = db.session.scalars(db.select(Revision.id).where(Revision.post_id == post.id)).first()
    found = {
        "slug": post.slug,
        "main.category:slug": category.slug,
        "slugs": ["sea"],
        "month": utc_now().date(),
        "username": owner.username,
        "user_id": owner.id,
        "post_id": post.id,
        "draft_id": draft.id,
        "comment_id": comment.id,
        "upload_id": db.session.scalar(text("SELECT id FROM uploads")),
        "revision_id": revision,
        "link_id": link.id,
        "kind": "category",
        "topic_id": category.id,
        "category_id": category.id,
        "tag_id": tag.id,
        "code": "en",
        "path": stored.path,
        "part": 1,
        "filename": "css/site.css",
        "main.preview:token": link.token,
        "auth.verify:token": str(credentials.signer("verify-email").dumps([owner.id, owner.email])),
        "auth.reset:token": str(
            credentials.signer("reset-password").dumps([owner.id, credentials.fingerprint(owner)])
        ),
        "auth.unsubscribe:token": notices.unsubscribe_token(owner, "replies"),
        "invitation": str(credentials.signer(invitations.PURPOSE).dumps("x@example.org")),
        "editor": editor.id,
    }
    return found | dict(zip(names, (row.id for row in rows[3:]), strict=True))


def path_of(app: Flask, endpoint: str, values: dict[str, Any]) -> str:
    """Return an address of a route."""
    rule = max(app.url_map.iter_rules(endpoint), key=lambda rule: len(rule.arguments))
    given = {
        name: values.get(f"{endpoint}:{name}", values.get(name, "unknown"))
        for name in rule.arguments
    }
    with app.test_request_context():
        return app.url_for(endpoint, **given)


def changing_calls(app: Flask, values: dict[str, Any]) -> list[Call]:
    """Return a call for every route that may change something."""
    calls = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            path = path_of(app, rule.endpoint, values)
            if rule.endpoint in BODIES:
                calls.append(Call(rule.endpoint, method, path, body=BODIES[rule.endpoint]))
            else:
                form = FORMS[rule.endpoint] if rule.endpoint not in WITHOUT_TOKEN else {}
                calls.append(Call(rule.endpoint, method, path, form=form))
    return calls


def reading_calls(app: Flask, values: dict[str, Any]) -> list[Call]:
    """Return a call for every route that answers to GET."""
    return [
        Call(rule.endpoint, "GET", path_of(app, rule.endpoint, values))
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint)
        if "GET" in (rule.methods or set())
    ]


def state() -> dict[str, str]:
    """Return a digest of every table, without when somebody was seen last."""
    digests = {}
    db.session.rollback()
    for table in db.metadata.sorted_tables:
        columns = [c for c in table.columns if c.name not in ("last_seen_at", "last_used_at")]
        rows = sorted(map(repr, db.session.execute(db.select(*columns))))
        digests[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    db.session.rollback()
    return digests
