"""Rights on every page: who may not, gets nothing and changes nothing; what is hidden stays so."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app, db
from app.access import ROUTES
from app.auth import TokenService
from app.models import Comment, Post, Role, Tag, Upload, User
from app.models.base import utc_now
from app.services import preview_links, publishing
from tests.attack.blog import (
    BODIES,
    FORMS,
    Call,
    add_user,
    changing_calls,
    furnish,
    reading_calls,
    state,
)

CALLERS = ("anonymous", "guest", "unverified", "stranger", "owner", "editor", "admin")
SIGNED_IN = CALLERS[1:]
WRITERS = ("stranger", "owner", "editor", "admin")
OF_OWNER = ("owner", "editor", "admin")
EDITORS = ("editor", "admin")
# Who gets in, in words of its own and not of the code's table.
ALLOWED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [
            *("main.comment", "auth.set_up_second_factor", "auth.renew_recovery_codes"),
            *("auth.switch_off_second_factor", "auth.security", "auth.resend_verification"),
            *("auth.profile", "auth.notices", "auth.change_password", "auth.logout_everywhere"),
        ],
        SIGNED_IN,
    ),
    # A session is its owner's alone; a comment is its writer's and the editors'.
    "auth.end_one_session": ("owner",),
    "main.delete_comment": OF_OWNER,
    **dict.fromkeys(
        [
            *("posts.index", "posts.new", "posts.preview", "posts.picture", "posts.autosave"),
            *("posts.library", "posts.send_file", "uploads.image", "uploads.document"),
        ],
        WRITERS,
    ),
    "posts.discard_autosave": ("owner",),
    **dict.fromkeys(
        [
            *("posts.edit", "posts.history", "posts.revision", "posts.restore", "posts.links"),
            *("posts.revoke_link", "posts.delete", "posts.describe_file", "posts.delete_file"),
        ],
        OF_OWNER,
    ),
    **dict.fromkeys(
        [
            *("posts.clean_media", "admin.comments", "admin.approve_comment", "admin.topic"),
            *("admin.delete_comment", "admin.moderate", "admin.overview", "admin.blocks"),
            *("admin.remove_block", "admin.topics", "admin.new_topic", "admin.merge_topic"),
            "admin.delete_topic",
        ],
        EDITORS,
    ),
    **dict.fromkeys(
        [
            *("admin.settings", "admin.invite", "admin.outbox", "admin.retry_message"),
            *("admin.retry_dead", "admin.users", "admin.user", "admin.end_user_sessions"),
            *("admin.remove_second_factor", "admin.audit", "admin.audit_csv"),
        ],
        ("admin",),
    ),
}
PAGES = [name for name in ROUTES if not name.startswith("api.")]
PROTECTED = [
    (rule.endpoint, method)
    for rule in create_app("testing").url_map.iter_rules()
    for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    if rule.endpoint in ALLOWED
]
EXTRA = {
    "id": 1,
    "user_id": 1,
    "author_id": 1,
    "owner_id": 1,
    "role": "admin",
    "is_admin": "1",
    "is_active": "1",
    "is_approved": "1",
    "granted": "255",
    "permissions": "255",
    "email": "taken@example.org",
    "username": "taken",
    "password_hash": "x",
    "email_verified_at": "2026-01-01T00:00:00",
    "has_second_factor": "",
    "session_epoch": "0",
    "view_count": "1000000",
    "created_at": "2000-01-01T00:00:00",
    "published_by": "1",
    "content_html": "<script>",
    "content_format": "html",
    "import_source": "x",
    "__class__": "x",
}
HIDDEN = ("draft", "scheduled", "unpublished", "deleted", "waiting comment", "deleted comment")
SURFACES = 46
TRIED = (
    len(PROTECTED) * len(CALLERS)
    + (len(FORMS) + len(BODIES)) * len(EXTRA)
    + len(HIDDEN) * SURFACES * 3
)


@pytest.fixture
def stage(
    app: Flask, sign_in: Callable[..., FlaskClient]
) -> tuple[dict[str, FlaskClient], dict[str, Any]]:
    """Give everyone's browser, and the addresses of what the owner has."""
    app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    roles = {"guest": Role.GUEST, "editor": Role.EDITOR, "admin": Role.ADMIN}
    people = {
        name: add_user(
            name,
            roles.get(name, Role.AUTHOR),
            **({"email_verified_at": None} if name == "unverified" else {}),
        )
        for name in SIGNED_IN
    }
    values = furnish(people["owner"])
    # The session of the furniture, not the one of a browser of the test.
    browsers = {name: sign_in(user) for name, user in people.items()}
    return {"anonymous": app.test_client()} | browsers, values


def is_refused(answer: TestResponse) -> bool:
    """Say whether an answer gives nothing: no right, not there, or the login page first."""
    to_login = answer.status_code == 302 and answer.location.startswith("/auth/login")
    return to_login or answer.status_code in (401, 403, 404)


def test_the_matrix_names_every_page_that_is_not_public() -> None:
    guarded = {name for name, rule in ROUTES.items() if rule.name != "PUBLIC"}
    assert {name for name in guarded if not name.startswith("api.")} == set(ALLOWED)


def call_once(browser: FlaskClient, call: Call) -> TestResponse:
    """Make a call; a short answer is enough."""
    headers = {"Accept": "application/json"}
    return browser.open(call.path, method=call.method, data=call.form, headers=headers)


def test_who_may_not_gets_nothing_and_changes_nothing(
    app: Flask, stage: tuple[dict[str, FlaskClient], dict[str, Any]]
) -> None:
    browsers, values = stage
    calls = [c for c in reading_calls(app, values) + changing_calls(app, values)]
    calls = [call for call in calls if call.endpoint in ALLOWED]
    assert len(calls) == len(PROTECTED)
    before, wrong = state(), []
    for call in calls:
        for name in CALLERS:
            if name in ALLOWED[call.endpoint] and call.method != "GET":
                continue
            refused = is_refused(call_once(browsers[name], call))
            if refused == (name in ALLOWED[call.endpoint]):
                wrong.append(f"{name} {call.method} {call.endpoint}: refused {refused}")
    assert wrong == []
    assert state() == before
    # And who may, may: nothing is closed to everybody.
    for call in calls:
        if call.endpoint.startswith("auth."):
            continue  # Some of these log the admin out.
        if call.method != "GET" and "admin" in ALLOWED[call.endpoint]:
            answer = call_once(browsers["admin"], call)
            assert answer.status_code not in (401, 403), call.endpoint


PRIVATE = ("role", "is_active", "email", "username", "password_hash", "email_verified_at")


def private_state() -> list[tuple[Any, ...]]:
    """Return what no form of theirs may change of anyone."""
    db.session.rollback()
    users = db.select(User.id, User.has_second_factor, *(getattr(User, name) for name in PRIVATE))
    posts = db.select(Post.id, Post.author_id, Post.view_count, Post.content_format)
    comments = db.select(Comment.id, Comment.author_id)
    files = db.select(Upload.id, Upload.owner_id)
    return [
        tuple(row) for query in (users, posts, comments, files) for row in db.session.execute(query)
    ]


def test_no_form_takes_more_than_it_shows(
    app: Flask, stage: tuple[dict[str, FlaskClient], dict[str, Any]]
) -> None:
    browsers, values = stage
    ends = ("auth.logout", "auth.logout_everywhere", "auth.login", "auth.register")
    done = set(private_state())
    for call in changing_calls(app, values):
        own = {name for name in EXTRA if name in (call.form or {})}
        extra = {name: value for name, value in EXTRA.items() if name not in own}
        password = call.endpoint in ("auth.change_password", "auth.reset", "posts.delete")
        if call.form is None or call.endpoint in ends or password:
            continue
        for name in ("guest", "owner"):
            browsers[name].post(call.path, data=call.form | extra)
        gone = done - set(private_state())
        kept = {row for row in gone if row[0] not in deleted_ids()}
        assert kept == set(), call.endpoint
        done = set(private_state())
    assert all(post.author.username in ("owner", "editor") for post in all_posts())


def deleted_ids() -> set[int]:
    """Return numbers up to the largest that no article, comment or file has any more."""
    rows = [db.session.scalars(db.select(m.id)).all() for m in (User, Post, Comment, Upload)]
    return set(range(10_000)) - {number for found in rows for number in found}


def all_posts() -> list[Post]:
    """Return every article with its author."""
    return list(db.session.scalars(db.select(Post).options(db.joinedload(Post.author))))


def test_no_schema_takes_more_than_it_names(
    app: Flask, stage: tuple[dict[str, FlaskClient], dict[str, Any]]
) -> None:
    _, values = stage
    admin = db.session.scalars(db.select(User).where(User.username == "admin")).one()
    bearer = {"Authorization": f"Bearer {TokenService.generate_access_token(admin.id)}"}
    taken = {
        "api.update_user": ("role", "is_active"),
        "api.update_comment": ("is_approved",),
        "api.create_token": ("username",),
    }
    before = state()
    for call in changing_calls(app, values):
        for name, value in EXTRA.items():
            if not call.body or name in taken.get(call.endpoint, ()):
                continue
            answer = app.test_client().open(
                call.path, method=call.method, json=call.body | {name: value}, headers=bearer
            )
            assert answer.status_code == 422, (call.endpoint, name)
            assert name in answer.json["errors"], (call.endpoint, name)
    assert state() == before


def hide(owner: User) -> Iterator[str]:
    """Store something that nobody else may read, of every kind; give the word that stands in it."""
    public = publishing.create_post(
        author=owner, title="Public", content="c", tags="shared", is_published=True
    )
    later = utc_now() + timedelta(days=2)
    numbers = count(1)

    def words(kind: str) -> dict[str, Any]:
        word = f"zq{next(numbers)}{kind.replace(' ', '')}"
        tags = f"{word}tag, shared"
        return {"title": word, "content": f"{word} text", "tags": tags, "summary": f"{word} s"}

    draft = publishing.create_post(author=owner, **words("draft"))
    publishing.create_post(
        author=owner, **words("scheduled"), is_published=True, published_at=later
    )
    was = publishing.create_post(author=owner, **words("unpublished"), is_published=True)
    publishing.update_post(post_id=was.id, editor=owner, title="zq3unpublished moved", slug="zq3b")
    publishing.unpublish(post_id=was.id, editor=owner)
    gone = publishing.create_post(author=owner, **words("deleted"), is_published=True)
    publishing.delete_post(post_id=gone.id, editor=owner)
    link = preview_links.make_link(post_id=draft.id, user=owner, days=1)
    preview_links.revoke_link(post_id=draft.id, link_id=link.id, user=owner)
    for kind, values in (
        ("waitingcomment", {"is_approved": False}),
        ("deletedcomment", {"is_approved": True, "deleted_at": utc_now()}),
    ):
        content = f"zq{next(numbers)}{kind}"
        db.session.add(Comment(post_id=public.id, author_id=owner.id, content=content, **values))
    db.session.commit()
    yield from (f"zq{n}" for n in range(1, next(numbers)))


def surfaces() -> list[str]:
    """Return every address at which something hidden might show."""
    lists = ["/", "/articles", "/archive", f"/archive/{utc_now():%Y-%m}", "/authors/owner"]
    lists += ["/feed.atom", "/feed.json", "/sitemap.xml", "/sitemap-1.xml", "/tags/shared"]
    lists += ["/articles/public", "/robots.txt"]
    api = ["posts", "posts?per_page=100", "posts/popular", "posts.csv", "users", "categories"]
    api += ["tags", "stats", "posts?tag=shared", "posts?sort=-published_at", "posts/1/comments"]
    lists += [f"/api/v1/{path}" for path in api]
    ids = db.session.scalars(db.select(Post.id)).all()
    lists += [f"/api/v1/posts/{number}" for number in range(1, max(ids) + 3)][:9]
    comments = db.session.scalars(db.select(Comment.id)).all()
    lists += [f"/api/v1/comments/{number}" for number in comments]
    lists += [f"/api/v1/posts/{number}/comments" for number in ids]
    lists += [f"/tags/{slug}" for slug in db.session.scalars(db.select(Tag.slug))]
    lists += [f"/api/v1/tags/{number}" for number in db.session.scalars(db.select(Tag.id))]
    for slug in db.session.scalars(db.select(Post.slug)):
        lists.append(f"/articles/{slug}")
    return lists


def test_what_is_hidden_shows_nowhere(
    app: Flask, stage: tuple[dict[str, FlaskClient], dict[str, Any]]
) -> None:
    browsers, _ = stage
    owner = db.session.scalars(db.select(User).where(User.username == "owner")).one()
    words = list(hide(owner))
    assert len(words) == len(HIDDEN)
    addresses = surfaces()
    assert len(addresses) >= SURFACES - 8
    shown = []
    for name, path in product(("anonymous", "guest", "stranger"), addresses):
        page = browsers[name].get(path).text.replace(path, "")
        shown += [(name, path, word) for word in words if word in page]
    assert shown == []
    for word in words:
        for query in (f"{word}draft", f"{word}scheduled", f"{word}unpublished", f"{word}deleted"):
            found = browsers["anonymous"].get(f"/api/v1/search?q={query}").json
            assert found["items"] == []
    # An address from before leads to nothing that says what it was.
    assert browsers["anonymous"].get("/articles/zq3unpublished").status_code == 404


def test_no_cached_page_outlives_what_it_shows(
    app: Flask, stage: tuple[dict[str, FlaskClient], dict[str, Any]]
) -> None:
    app.config["PAGE_CACHE_LIST_SECONDS"] = app.config["PAGE_CACHE_POST_SECONDS"] = 300
    owner = db.session.scalars(db.select(User).where(User.username == "owner")).one()
    post = publishing.create_post(author=owner, title="Zqcached", content="c", is_published=True)
    number, reader = post.id, app.test_client()
    pages = ["/", post.path, "/articles", "/feed.atom", "/sitemap.xml", "/authors/owner"]
    for path in pages * 2:
        assert "qcached" in reader.get(path).text, path
    publishing.unpublish(post_id=number, editor=owner)
    for path in pages:
        assert "qcached" not in reader.get(path).text.replace(path, ""), path
