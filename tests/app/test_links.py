from flask import Flask

from app.links import remembering


def test_links_are_those_that_flask_makes(app: Flask) -> None:
    url_for = remembering(app)
    with app.test_request_context("/articles"):
        for endpoint, values in (
            ("main.index", {}),
            ("main.index", {"page": 2}),
            ("main.tag", {"slugs": ["flask", "网络"]}),
            ("main.article", {"slug": "a", "page": None, "_anchor": "comments"}),
            ("main.index", {"_external": True}),
            (".articles", {}),
            ("main.language", {"code": "zh", "next": "/" + "x" * 400}),
        ):
            expected = app.url_for(endpoint, **values)
            assert [url_for(endpoint, **values) for _ in range(2)] == [expected] * 2
