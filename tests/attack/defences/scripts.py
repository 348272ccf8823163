"""Defences against scripts."""

from app.text import markdown, sanitizer
from tests.app.text.xss import unsafe
from tests.attack.defences.scene import Row, Scene, same, without

SCRIPT = "<script>alert(1)</script>"


def script_in_an_article(_: Scene) -> bool:
    return bool(unsafe(markdown.render_markdown(f"a {SCRIPT}").html))


def script_in_a_link(_: Scene) -> bool:
    return bool(unsafe(sanitizer.sanitize_once('<a href="javascript:alert(1)">x</a>')))


def script_in_a_search(scene: Scene) -> bool:
    return SCRIPT in scene.app.test_client().get("/search", query_string={"q": SCRIPT}).text


def unescaped(scene: Scene) -> None:
    scene.patch.setattr(scene.app.jinja_env, "autoescape", False)
    scene.app.jinja_env.cache.clear()


LOOSE = {"tags": {"a"}, "attributes": {"a": {"href"}}, "link_rel": None}


def loose_links(scene: Scene) -> None:
    import nh3

    cleaner = nh3.Cleaner(url_schemes={"javascript", "https"}, **LOOSE)
    scene.patch.setattr(sanitizer, "ARTICLE", cleaner)


DEFENCES = {
    "sanitised articles": Row(script_in_an_article, without(markdown, "sanitize", same)),
    "allowed schemes": Row(script_in_a_link, loose_links),
    "escaped pages": Row(script_in_a_search, unescaped),
}
