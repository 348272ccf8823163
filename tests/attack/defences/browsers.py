"""Defences against other sites, hosts and proxies, and what one browser keeps of another."""

from app.ops import cross_site
from app.services import mail
from tests.attack.defences.scene import Row, Scene, ends_nothing, note, same, setting, without
from tests.attack.redirects import leads_away
from tests.attack.test_cross_site import token_of

EVIL = "https://evil.example"


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


def send_a_link_to_elsewhere(scene: Scene) -> bool:
    with scene.app.test_request_context(base_url="http://evil.example"):
        return "evil" in mail.site_link("/auth/reset/x")


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


def cache_a_private_page(scene: Scene) -> bool:
    scene.app.config["PAGE_CACHE_POST_SECONDS"] = 60
    path = scene.post(is_published=False).path
    scene.sign_in(scene.ann).get(path)
    return scene.app.test_client().get(path).status_code == 200


def of_the_request(path: str) -> str:
    from flask import request

    return f"{request.host_url}{path}"


DEFENCES = {
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
    "links of the configured host": Row(
        send_a_link_to_elsewhere, without(mail, "site_link", of_the_request)
    ),
    "known hosts": Row(ask_for_another_host, note("any_host", True)),
    "one trusted hop": Row(lie_about_the_address, note("hops", 2)),
    "private pages are not cached": Row(
        cache_a_private_page,
        lambda scene: scene.patch.setattr("app.ops.page_cache.carries_login", lambda: False),
    ),
}
