"""Every defence bears load: the attack that it stops gets in as soon as it is taken away."""

import io
import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jwt
import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app import db
from app.access import PUBLIC, ROUTES
from app.auth import TokenService, known_device
from app.config import PROFILES, ConfigError, load_settings
from app.extensions import limiter
from app.models import OutboxMessage, Post, Role, SecondFactor, User, passwords
from app.ops import cross_site, logs
from app.services import (
    credentials,
    documents,
    images,
    mail,
    media,
    people,
    publishing,
    second_factor,
    sessions,
    signing,
    spreadsheet,
    tokens,
    uploads,
)
from app.services.errors import DomainError
from app.services.reading import articles
from app.text import markdown, sanitizer
from tests.app.text.xss import unsafe
from tests.attack.forgeries import claims, token
from tests.attack.redirects import leads_away
from tests.attack.test_cross_site import token_of
from tests.conftest import PASSWORD

NEW = "Other-Horse-8"
SCRIPT = "<script>alert(1)</script>"
EVIL = "https://evil.example"


class Scene:
    """The application, two users and their browsers, and how a defence is taken away."""

    def __init__(self, app: Flask, patch: pytest.MonkeyPatch, sign_in: Any, make_app: Any) -> None:
        self.app, self.patch, self.make_app = app, patch, make_app
        self.sign_in: Callable[[User], FlaskClient] = sign_in
        self.ann, self.bob = self.user("ann"), self.user("bob")

    def user(self, name: str, role: Role = Role.AUTHOR) -> User:
        """Store a user."""
        user = User(username=name, email=f"{name}@example.org", role=int(role))
        user.set_password(PASSWORD)
        db.session.add(user)
        db.session.commit()
        return user

    def post(self, **values: Any) -> Post:
        """Store an article of Ann's."""
        fields = {"title": "Hers", "content": "c", "is_published": True} | values
        return publishing.create_post(author=self.ann, **fields)

    def copy(self, browser: FlaskClient, *names: str) -> FlaskClient:
        """Return a thief's browser with copies of cookies."""
        thief = self.app.test_client()
        for name in names:
            cookie = browser.get_cookie(name)
            assert cookie
            thief.set_cookie(name, cookie.value)
        return thief


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/auth/profile").status_code == 200


def same(value: Any, *_: Any, **__: Any) -> Any:
    return value


# Attacks: each returns whether it got in.
def script_in_an_article(_: Scene) -> bool:
    return bool(unsafe(markdown.render_markdown(f"a {SCRIPT}").html))


def script_in_a_link(_: Scene) -> bool:
    return bool(unsafe(sanitizer.sanitize_once('<a href="javascript:alert(1)">x</a>')))


def script_in_a_comment(_: Scene) -> bool:
    return bool(unsafe(markdown.render_comment(f"a {SCRIPT}")))


def script_in_a_search(scene: Scene) -> bool:
    return SCRIPT in scene.app.test_client().get("/search", query_string={"q": SCRIPT}).text


def form_without_a_token(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    return browser.post("/auth/profile", data={"nickname": "n"}).status_code == 302


def session_in_the_api_without_a_token(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    answer = browser.post("/api/v1/posts", json={"title": "t", "content": "c"})
    return answer.status_code == 201


def form_of_another_site(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    form = {"nickname": "n", "csrf_token": token_of(browser)}
    headers = {"Sec-Fetch-Site": "cross-site"}
    return browser.post("/auth/profile", data=form, headers=headers).status_code == 302


def lead_away(scene: Scene) -> bool:
    answer = scene.app.test_client().get("/language/en?next=//evil.example")
    return leads_away(answer.location)


def read_the_users(scene: Scene) -> bool:
    return scene.sign_in(scene.bob).get("/admin/users").status_code == 200


def edit_anothers_article(scene: Scene) -> bool:
    post = scene.post()
    try:
        publishing.update_post(post_id=post.id, editor=scene.bob, title="Mine")
    except DomainError:
        return False
    return True


def read_anothers_draft(scene: Scene) -> bool:
    path = scene.post(is_published=False).path
    return scene.sign_in(scene.bob).get(path).status_code == 200


def describe_anothers_file(scene: Scene) -> bool:
    file = uploads.store_image(data=picture(), filename="a.png", owner_id=scene.ann.id)
    row = uploads.find_by_path(file.path)
    assert row
    answer = scene.sign_in(scene.bob).post(f"/desk/media/{row.id}", data={"alt": "x"})
    return answer.status_code == 302


def read_an_address(scene: Scene) -> bool:
    bearer = {"Authorization": f"Bearer {TokenService.generate_access_token(scene.bob.id)}"}
    answer = scene.app.test_client().get(f"/api/v1/users/{scene.ann.id}", headers=bearer)
    return "ann@example.org" in answer.text


def use_a_cookie_after_logout(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    thief = scene.copy(browser, "session")
    browser.post("/auth/logout")
    return is_in(thief)


def use_a_cookie_after_a_new_password(scene: Scene) -> bool:
    browser = scene.sign_in(scene.ann)
    thief = scene.copy(browser, "session")
    form = {"old_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}
    browser.post("/auth/password", data=form)
    return is_in(thief)


def keep_a_planted_session(scene: Scene) -> bool:
    planted = scene.sign_in(scene.bob)
    victim = scene.copy(planted, "session")
    victim.post("/auth/login", data={"username": "ann", "password": PASSWORD})
    return is_in(planted)


def opens(scene: Scene, text: str) -> bool:
    bearer = {"Authorization": f"Bearer {text}"}
    return scene.app.test_client().get("/api/v1/users/me", headers=bearer).status_code == 200


def forge_a_signature(scene: Scene) -> bool:
    return opens(scene, token({"alg": "HS256", "kid": "site"}, claims(scene.ann.id), "x"))


def for_another_audience(scene: Scene) -> bool:
    other = claims(scene.ann.id) | {"aud": "elsewhere"}
    return opens(scene, token({"alg": "HS256", "kid": "site"}, other, signing.keys()["site"]))


def an_expired_one(scene: Scene) -> bool:
    old = claims(scene.ann.id) | {"exp": int(time.time()) - 60}
    return opens(scene, token({"alg": "HS256", "kid": "site"}, old, signing.keys()["site"]))


def refresh_for_access(scene: Scene) -> bool:
    return opens(scene, TokenService.generate_refresh_token(scene.ann.id))


def replay_a_refresh(scene: Scene) -> bool:
    text = TokenService.generate_refresh_token(scene.ann.id)
    assert tokens.refresh(token=text)
    return tokens.refresh(token=text) is not None


def replay_a_code(scene: Scene) -> bool:
    salt = second_factor.new_salt()
    db.session.add(SecondFactor(user_id=scene.ann.id, salt=salt))
    db.session.commit()
    code = pyotp.TOTP(second_factor.secret_of(scene.ann, salt)).now()
    assert second_factor.passes(user=scene.ann, code=code)
    return second_factor.passes(user=scene.ann, code=code)


def skip_the_code(scene: Scene) -> bool:
    scene.ann.has_second_factor = True
    db.session.add(SecondFactor(user_id=scene.ann.id, salt=second_factor.new_salt()))
    db.session.commit()
    login = {"username": "ann", "password": PASSWORD, "code": "000000"}
    answer = scene.app.test_client().post("/api/v1/auth/token", json=login)
    return answer.status_code == 200


def use_a_link_twice(scene: Scene) -> bool:
    link = str(
        credentials.signer("reset-password").dumps(
            [scene.ann.id, credentials.fingerprint(scene.ann)]
        )
    )
    form = {"new_password": NEW, "confirm_password": NEW}
    browser = scene.app.test_client()
    assert browser.post(f"/auth/reset/{link}", data=form).status_code == 302
    return browser.post(f"/auth/reset/{link}", data=form).status_code == 302


def use_another_links_token(scene: Scene) -> bool:
    made = credentials.signer("verify-email").dumps(
        [scene.ann.id, credentials.fingerprint(scene.ann)]
    )
    return scene.app.test_client().get(f"/auth/reset/{made}").status_code == 200


def try_many_passwords(scene: Scene, name: str = "ann") -> bool:
    app = scene.make_app(rate_limits_enabled=True)
    limiter.enabled = limiter.enabled and not getattr(scene, "unlimited", False)
    spellings = (name, name.upper()) if "@" not in name else (name, name.replace("e", "\uff45"))
    statuses = [
        app.test_client()
        .post(
            "/auth/login",
            data={"username": spellings[n % 2], "password": "x"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{n}"},
        )
        .status_code
        for n in range(25)
    ]
    limiter.enabled = False
    return 429 not in statuses


def try_many_spellings(scene: Scene) -> bool:
    return try_many_passwords(scene, "ann@example.org")


def tell_who_has_an_account(scene: Scene) -> bool:
    work: list[str] = []
    hasher = type(passwords._current())
    real = hasher.verify
    passwords.verify_password("", "warm")

    def verify(this: Any, hash_: str, password: str) -> bool:
        work.append(hash_)
        return bool(real(this, hash_, password))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hasher, "verify", verify)
        counts = []
        for name in ("ann", "nobody"):
            work.clear()
            scene.app.test_client().post("/auth/login", data={"username": name, "password": "x"})
            counts.append(len(work))
    return counts[0] != counts[1]


def hash_a_book(scene: Scene) -> bool:
    lengths: list[int] = []
    hasher = type(passwords._current())

    def verify(_: Any, __: str, password: str) -> bool:
        lengths.append(len(password))
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hasher, "verify", verify)
        form = {"username": "ann", "password": "x" * 400_000}
        scene.app.test_client().post("/auth/login", data=form)
    return max(lengths) > 2000


def picture(**options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (4, 4)).save(output, "PNG", **options)
    return output.getvalue()


def keep_metadata(scene: Scene) -> bool:
    data = picture() + SCRIPT.encode()
    file = uploads.store_image(data=data, filename="a.png", owner_id=scene.ann.id)
    return SCRIPT.encode() in scene.app.test_client().get(file.url).data


def send_a_flood(scene: Scene) -> bool:
    output = io.BytesIO()
    more = [Image.new("L", (2, 2), n) for n in range(1, 210)]
    Image.new("L", (2, 2)).save(output, "GIF", save_all=True, append_images=more)
    try:
        uploads.store_image(data=output.getvalue(), filename="a", owner_id=scene.ann.id)
    except DomainError:
        return False
    return True


def send_a_page_as_pdf(scene: Scene) -> bool:
    try:
        documents.store_document(data=b"<html>", filename="a.pdf", owner_id=scene.ann.id)
    except DomainError:
        return False
    return True


def add_a_header_to_a_mail(scene: Scene) -> bool:
    scene.user("chief", Role.ADMIN)
    try:
        mail.send_contact_message(
            name="n\r\nBcc: v@evil.example", email="v@example.org", message="Some message."
        )
    except DomainError:
        return False
    payload = db.session.scalars(db.select(OutboxMessage.payload)).one()
    return "\n" in payload["subject"]


def send_a_link_to_elsewhere(scene: Scene) -> bool:
    with scene.app.test_request_context(base_url="http://evil.example"):
        return "evil" in mail.site_link("/auth/reset/x")


def write_a_formula(_: Scene) -> bool:
    return spreadsheet.line_of(map(spreadsheet.safe, ["=1+1"])).startswith("=")


def forge_a_log_line(_: Scene) -> bool:
    record = logging.LogRecord("x", 20, "", 0, "a\x1b[2K\x85b", None, None)
    return "\x1b" in logs.SafeFormatter().format(record)


def read_a_link_in_the_log(_: Scene) -> bool:
    record = logging.LogRecord("x", 20, "", 0, "sent s3cr3t-token", None, None)
    formatter = logs.SafeFormatter()
    formatter.secrets = ("s3cr3t-token",)
    return "s3cr3t-token" in formatter.format(record)


def ask_for_another_host(scene: Scene) -> bool:
    app = scene.make_app(https=True, site_url="https://blog.example.org")
    if getattr(scene, "any_host", False):
        app.config["TRUSTED_HOSTS"] = None
    return app.test_client().get("/about", base_url=EVIL).status_code == 200


def lie_about_the_address(scene: Scene) -> bool:
    app = scene.make_app(trusted_proxy_hops=getattr(scene, "hops", 1))
    seen: list[str] = []

    @app.before_request
    def look() -> None:
        from flask import request

        seen.append(request.remote_addr or "")

    app.test_client().get("/about", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    return seen == ["6.6.6.6"]


def start_with_a_weak_secret(_: Scene) -> bool:
    try:
        load_settings(
            "production",
            secret_key="secret",
            database_url="postgresql://u:p@h/d",
            site_url="https://blog.example.org",
        )
    except ConfigError:
        return False
    return True


def register_as_a_robot(scene: Scene) -> bool:
    form = {"username": "robot", "email": "robot@example.org", "password": PASSWORD}
    form |= {"confirm_password": PASSWORD, "agree_terms": "y", "website": "spam"}
    scene.app.test_client().post("/auth/register", data=form)
    return db.session.scalar(db.select(User.id).where(User.username == "robot")) is not None


def cache_a_private_page(scene: Scene) -> bool:
    scene.app.config["PAGE_CACHE_POST_SECONDS"] = 60
    path = scene.post(is_published=False).path
    scene.sign_in(scene.ann).get(path)
    return scene.app.test_client().get(path).status_code == 200


def use_rights_of_an_unconfirmed_address(scene: Scene) -> bool:
    scene.app.config["REQUIRE_EMAIL_VERIFICATION"] = True
    return scene.sign_in(scene.bob).get("/desk/").status_code == 200


class Row(NamedTuple):
    """A defence: what it stops, and how it is taken away."""

    attack: Callable[[Scene], bool]
    take_away: Callable[[Scene], Any]


def without(target: Any, name: str, value: Any) -> Callable[[Scene], Any]:
    """Return what replaces a part of the application."""
    return lambda scene: scene.patch.setattr(target, name, value)


def setting(name: str, value: Any) -> Callable[[Scene], Any]:
    """Return what changes a setting."""
    return lambda scene: scene.app.config.__setitem__(name, value)


def note(name: str, value: Any) -> Callable[[Scene], Any]:
    """Return what an attack does by itself, since it has an application of its own."""
    return lambda scene: setattr(scene, name, value)


real_decode = jwt.decode


def careless(**changes: bool) -> Callable[..., Any]:
    """Return a decoder of tokens that leaves checks out."""

    def decode(text: str, key: str, *, algorithms: list[str], **options: Any) -> Any:
        options["options"] = options.get("options", {}) | changes
        return real_decode(text, key, algorithms=algorithms, **options)

    return decode


def unescaped(scene: Scene) -> None:
    scene.patch.setattr(scene.app.jinja_env, "autoescape", False)
    scene.app.jinja_env.cache.clear()


LOOSE = {"tags": {"a"}, "attributes": {"a": {"href"}}, "link_rel": None}


def loose_links(scene: Scene) -> None:
    import nh3

    cleaner = nh3.Cleaner(url_schemes={"javascript", "https"}, **LOOSE)
    scene.patch.setattr(sanitizer, "ARTICLE", cleaner)


def matching_only(user: User, code: str) -> bool:
    factor = db.session.get(SecondFactor, user.id)
    return bool(factor and second_factor.matching_step(user, factor.salt, code) is not None)


def kept_as_sent(data: bytes) -> images.Redrawn:
    return images.Redrawn(data, "image/png", 4, 4)


def verify_known_only(password_hash: str, password: str) -> bool:
    hasher = passwords._current()
    return bool(password_hash) and hasher.verify(password_hash, password)


def of_the_request(path: str) -> str:
    from flask import request

    return f"{request.host_url}{path}"


def ends_nothing(*_: Any, **__: Any) -> bool:
    return True


DEFENCES = {
    "sanitised articles": Row(script_in_an_article, without(markdown, "sanitize", same)),
    "allowed schemes": Row(script_in_a_link, loose_links),
    "escaped pages": Row(script_in_a_search, unescaped),
    "form tokens": Row(form_without_a_token, setting("WTF_CSRF_ENABLED", False)),
    "form tokens in the API": Row(
        session_in_the_api_without_a_token,
        lambda scene: scene.patch.setattr("app.access.csrf.protect", ends_nothing),
    ),
    "origin of forms": Row(
        form_of_another_site, without(cross_site, "comes_from_elsewhere", lambda: False)
    ),
    "redirects inside the site": Row(
        lead_away, lambda scene: scene.patch.setattr("app.web.actions.safe_next", same)
    ),
    "table of rights": Row(
        read_the_users, lambda scene: scene.patch.setitem(ROUTES, "admin.users", PUBLIC)
    ),
    "rights to an article": Row(
        edit_anothers_article, without(publishing, "may_edit", lambda *_: True)
    ),
    "drafts are hidden": Row(read_anothers_draft, without(articles, "may_read", lambda *_: True)),
    "rights to a file": Row(
        describe_anothers_file,
        without(
            media, "own_file", lambda upload_id, user: db.session.get(uploads.Upload, upload_id)
        ),
    ),
    "private fields": Row(read_an_address, without(people, "sees_private", lambda *_: True)),
    "confirmed addresses": Row(
        use_rights_of_an_unconfirmed_address, without(User, "is_verified", True)
    ),
    "logout ends the session": Row(
        use_a_cookie_after_logout, without(sessions, "end_one", ends_nothing)
    ),
    "a new password ends sessions": Row(
        use_a_cookie_after_a_new_password,
        lambda scene: (
            scene.patch.setattr(sessions, "end_all", ends_nothing),
            scene.patch.setattr(sessions, "end_one", ends_nothing),
        ),
    ),
    "a login ends what was before": Row(
        keep_a_planted_session,
        lambda scene: scene.patch.setattr("app.auth.entry.end_recorded_session", ends_nothing),
    ),
    "signed tokens": Row(
        forge_a_signature, without(signing.jwt, "decode", careless(verify_signature=False))
    ),
    "audience of tokens": Row(
        for_another_audience, without(signing.jwt, "decode", careless(verify_aud=False))
    ),
    "life of tokens": Row(
        an_expired_one, without(signing.jwt, "decode", careless(verify_exp=False))
    ),
    "kinds of tokens": Row(refresh_for_access, without(tokens, "ACCESS", "refresh")),
    "refresh tokens are used up": Row(replay_a_refresh, without(tokens, "advance", ends_nothing)),
    "codes are used up": Row(replay_a_code, without(second_factor, "use_app_code", matching_only)),
    "second factor in the API": Row(
        skip_the_code, without(second_factor, "passes", lambda user, code: True)
    ),
    "links are used up": Row(use_a_link_twice, without(credentials, "fingerprint", lambda _: "x")),
    "links have a purpose": Row(
        use_another_links_token,
        lambda scene: scene.patch.setattr(
            credentials,
            "signer",
            lambda _: credentials.URLSafeTimedSerializer(scene.app.config["SECRET_KEY"], salt="x"),
        ),
    ),
    "limits by account": Row(try_many_passwords, note("unlimited", True)),
    "one spelling of an account": Row(
        try_many_spellings, without(known_device, "one_spelling", str)
    ),
    "work for unknown users": Row(
        tell_who_has_an_account, without(passwords, "verify_password", verify_known_only)
    ),
    "length of a password": Row(
        hash_a_book,
        lambda scene: scene.patch.setattr("app.services.accounts.LONGEST_PASSWORD_READ", 10**9),
    ),
    "pictures are drawn anew": Row(keep_metadata, without(images, "redraw", kept_as_sent)),
    "bounds on pictures": Row(send_a_flood, without(images, "refuse_too_large", ends_nothing)),
    "content of documents": Row(
        send_a_page_as_pdf, without(documents, "is_really", lambda *_: True)
    ),
    "one line of a mail": Row(add_a_header_to_a_mail, without(mail, "clean_line", same)),
    "links of the configured host": Row(
        send_a_link_to_elsewhere, without(mail, "site_link", of_the_request)
    ),
    "cells are no formulas": Row(write_a_formula, without(spreadsheet, "safe", same)),
    "log lines are one line": Row(forge_a_log_line, without(logs, "escaped", same)),
    "secrets are blotted out": Row(read_a_link_in_the_log, without(logs, "blotted", same)),
    "known hosts": Row(ask_for_another_host, note("any_host", True)),
    "one trusted hop": Row(lie_about_the_address, note("hops", 2)),
    "strong secrets": Row(
        start_with_a_weak_secret,
        lambda scene: scene.patch.setattr("app.config.unsafe_for_production", lambda *_, **__: []),
    ),
    "traps for robots": Row(
        register_as_a_robot,
        lambda scene: scene.patch.setattr("app.forms.StrangersForm.is_trapped", lambda _: False),
    ),
    "private pages are not cached": Row(
        cache_a_private_page,
        lambda scene: scene.patch.setattr("app.ops.page_cache.carries_login", lambda: False),
    ),
}
TRIED = 2 * len(DEFENCES)


@pytest.mark.parametrize("name", DEFENCES)
def test_an_attack_gets_in_without_its_defence_and_only_then(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    sign_in: Callable[..., FlaskClient],
    make_app: Callable[..., Flask],
    name: str,
) -> None:
    attack, take_away = DEFENCES[name]
    protected = ("form tokens", "form tokens in the API", "origin of forms")
    app.config["WTF_CSRF_ENABLED"] = name in protected
    with pytest.MonkeyPatch.context() as patch:
        assert not attack(Scene(app, patch, sign_in, make_app)), "it gets in though defended"
    clean()
    scene = Scene(app, monkeypatch, sign_in, make_app)
    take_away(scene)
    got_in = attack(scene)
    app.jinja_env.cache.clear()  # Templates keep whether they escape.
    assert got_in, "the defence makes no difference"


def clean() -> None:
    """Begin anew with empty tables."""
    from tests.conftest import empty_tables

    db.session.rollback()
    db.session.remove()
    empty_tables()


def test_there_are_enough_defences_in_the_table() -> None:
    assert len(DEFENCES) >= 25
    assert PROFILES["production"] == {}
