from flask import Flask

from app.links import Route, remembering


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


def test_a_rules_builders_are_made_when_an_address_is_first_built() -> None:
    app = Flask(__name__)
    app.url_rule_class = Route
    app.add_url_rule("/<int:number>", "page", defaults={"word": "x"})
    (rule,) = app.url_map.iter_rules("page")
    lazy = rule._build, rule._build_unknown
    with app.test_request_context():
        for _ in range(2):
            assert app.url_for("page", number=1) == "/1"
            assert app.url_for("page", number=1, more="y z") == "/1?more=y+z"
    assert rule._build_unknown is not lazy[1]
    assert rule.build({"number": 2, "word": "x"}, append_unknown=False) == ("", "/2")
    assert rule._build is not lazy[0]
