"""What a folder of documents says, from front matter to links."""

import os
from datetime import UTC, datetime

import pytest

from app.services.importing import ImportRefused, MarkdownTree
from app.services.importing.records import ImportedAuthor, ImportedTerm
from app.services.importing.tree import Tree


def test_yaml_toml_and_json_say_the_same(read_tree):
    blog = read_tree(
        {
            "a.md": "---\ntitle: T\ndate: 2020-01-02\ntags: [x, y]\ncategories: [C]\n"
            "description: S\nauthor: Ann\nslug: Own Slug\nlastmod: 2021-01-01\n---\nText.\n",
            "b.md": '+++\ntitle = "T"\ndate = 2020-01-02\ntags = ["x", "y"]\ncategories = ["C"]\n'
            'description = "S"\nslug = "Own Slug"\nlastmod = 2021-01-01\n'
            '[params]\nauthor = "Ann"\n+++\nText.\n',
            "c.md": '{"title": "T", "date": "2020-01-02", "tags": ["x", "y"], "categories": ["C"],'
            '"description": "S", "author": {"name": "Ann"}, "slug": "Own Slug",'
            '"lastmod": "2021-01-01"}\nText.\n',
        }
    )
    for post in blog.posts.values():
        assert (post.title, post.summary, post.author, post.slug) == ("T", "S", "Ann", "own-slug")
        assert post.created_at == post.published_at == datetime(2020, 1, 2, tzinfo=UTC)
        assert post.updated_at == datetime(2021, 1, 1, tzinfo=UTC)
        assert post.category == ImportedTerm("C")
        assert post.tags == [ImportedTerm("x"), ImportedTerm("y")]
        assert (post.content, post.content_format) == ("Text.", "markdown")
        assert post.is_published
        assert post.warnings == []
    assert blog.outline.authors == {"Ann": ImportedAuthor("Ann", name="Ann")}


def test_documents_without_front_matter_take_their_title_from_the_text_or_the_name(read_tree):
    blog = read_tree(
        {
            "atx.md": "\n# The *first* `heading` #\n\nText.",
            "setext.md": "Second\n======\n\nText.",
            "my_notes-2.md": "Text only.",
            "guide/README.md": "Guide text.",
            "---.md": "Nameless.",
            "pic.md": "# <br>\n\nText.",
        }
    )
    assert {source: (post.title, post.content) for source, post in blog.posts.items()} == {
        "atx.md": ("The first heading", "Text."),
        "setext.md": ("Second", "Text."),
        "my_notes-2.md": ("My notes 2", "Text only."),
        "guide/README.md": ("Guide", "Guide text."),
        "---.md": ("Untitled", "Nameless."),
        "pic.md": ("Pic", "# <br>\n\nText."),
    }
    assert blog.posts["guide/README.md"].slug == "guide"


def test_a_heading_stays_where_the_front_matter_has_the_title(read_tree):
    post = read_tree({"a.md": "---\ntitle: A\n---\n# A\n\nText."}).post
    assert post.content == "# A\n\nText."


def test_jekyll_dates_and_drafts_come_from_the_path(read_tree):
    blog = read_tree(
        {
            "_config.yml": "timezone: Asia/Shanghai\nexclude: [scripts/]",
            "scripts/x.md": "---\ntitle: X\n---\nText.",
            "index.html": "---\nlayout: home\n---\n{% for post in site.posts %}x{% endfor %}",
            "_posts/2020-01-02-hello-world.md": "---\ntitle: Hello\n---\nText.",
            "tech/_posts/2020-01-03-x.md": "---\ntags: a b\npublished: false\n---\nText.",
            "_drafts/idea.md": "---\ntitle: Idea\n---\nText.",
            "readme.md": "No front matter.",
            "_layouts/post.html": "---\nlayout: x\n---\n{{ content }}",
        }
    )
    hello = blog.posts["_posts/2020-01-02-hello-world.md"]
    assert hello.slug == "hello-world"
    assert hello.created_at == datetime(2020, 1, 1, 16, 0, tzinfo=UTC)
    hidden = blog.posts["tech/_posts/2020-01-03-x.md"]
    assert (hidden.is_published, hidden.published_at) == (False, None)
    assert hidden.category == ImportedTerm("tech")
    assert [tag.name for tag in hidden.tags] == ["a", "b"]
    assert not blog.posts["_drafts/idea.md"].is_published
    assert blog.reason("readme.md") == "it has no front matter, Jekyll does not show it"
    assert blog.reason("index.html") == "it lists other documents"
    assert not {"_layouts/post.html", "scripts/x.md"} & set(blog.posts)


def test_a_folder_of_posts_is_jekyll_without_a_configuration(read_tree):
    blog = read_tree(
        {"_posts/2020-01-02-a.md": "---\ntags: a b\n---\n{% raw %}{{ x }}{% endraw %}"}
    )
    assert blog.post.content == "{{ x }}"
    assert blog.post.aliases == ["/2020/01/02/a.html"]


def test_hugo_states_and_times(read_tree):
    now = datetime(2022, 1, 1, tzinfo=UTC)
    text = "---\ntitle: T\n{}---\nText."
    blog = read_tree(
        {
            "hugo.toml": "",
            "content/draft.md": text.format("draft: true\ndate: 2020-01-01\n"),
            "content/future.md": text.format("date: 2020-01-01\npublishDate: 2030-01-01\n"),
            "content/expired.md": text.format("date: 2020-01-01\nexpiryDate: 2021-01-01\n"),
            "content/alias.md": text.format("published: 2020-05-05\n"),
            "content/odd.md": text.format("date: soon\n"),
        },
        now=now,
    )
    posts = {source.split("/")[1][:-3]: post for source, post in blog.posts.items()}
    assert (posts["draft"].is_published, posts["draft"].published_at) == (False, None)
    assert posts["future"].published_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert posts["future"].is_published
    assert not posts["expired"].is_published
    assert posts["expired"].warnings == ["it had expired: kept unpublished"]
    assert posts["alias"].published_at == datetime(2020, 5, 5, tzinfo=UTC)
    assert posts["odd"].created_at is None
    assert posts["odd"].warnings == ["date: 'soon' is not a time"]


def test_section_pages_headless_and_empty_documents_are_left_out_with_a_reason(read_tree):
    blog = read_tree(
        {
            "hugo.toml": "",
            "content/_index.md": "---\ntitle: Home\n---\n",
            "content/posts/_index.md": "---\ntitle: Posts\n---\nAbout these posts.",
            "content/search.md": "---\ntitle: Search\nlayout: search\n---\n",
            "content/parts/index.md": "---\nheadless: true\n---\nText.",
            "content/plain.html": "<p>No front matter.</p>",
            "themes/t/README.md": "# Theme",
        }
    )
    assert blog.reason("content/_index.md") == "it is a section page"
    assert blog.reason("content/search.md") == "it has no text"
    assert blog.reason("content/parts/index.md") == "it is headless, Hugo does not show it"
    assert blog.reason("content/plain.html") == "it is HTML without front matter"
    assert [post.title for post in blog.posts.values()] == ["Posts"]
    assert not any(problem.failed for problem in blog.problems)


def test_pages_about_terms_describe_categories_and_tags(read_tree):
    blog = read_tree(
        {
            "hugo.toml": "",
            "content/categories/tech/_index.md": "---\ntitle: 技术\ndescription: D\n---\n",
            "content/tags/db/_index.md": "---\ntitle: Databases\n---\nText.",
        }
    )
    assert blog.outline.categories == [ImportedTerm("技术", "tech", "D")]
    assert blog.outline.tags == [ImportedTerm("Databases", "db")]


def test_more_categories_become_tags_and_more_authors_a_warning(read_tree):
    post = read_tree(
        {"a.md": "---\ntitle: A\ncategories: [X, Y]\ntags: [Z]\nauthors: [Ann, Bob]\n---\nText."}
    ).post
    assert post.category == ImportedTerm("X")
    assert [tag.name for tag in post.tags] == ["Z", "Y"]
    assert post.author == "Ann"
    assert post.warnings == ["it has one author only here, Bob are left out"]


def test_authors_files_tell_who_somebody_is(read_tree):
    blog = read_tree(
        {
            "_config.yml": "",
            "_data/authors.yml": "ann:\n  name: Ann Lee\n  email: ann@a.example\n  bio: B\nx: 1\n",
            "_posts/2020-01-01-a.md": "---\nauthor: ann\n---\nText.",
        }
    )
    assert blog.outline.authors == {"ann": ImportedAuthor("ann", "Ann Lee", "ann@a.example", "B")}


@pytest.mark.parametrize(
    ("name", "language"),
    [("a.zh.md", "zh_Hans_CN"), ("a.fr.md", "fr"), ("a.v2.md", None), ("b.md", "en")],
)
def test_the_language_stands_in_the_name_or_the_front_matter(read_tree, name, language):
    extra = "lang: en\n" if name == "b.md" else ""
    assert read_tree({name: f"---\ntitle: T\n{extra}---\nText."}).post.language == language


def test_the_site_language_is_that_of_all_others(read_tree):
    blog = read_tree({"hugo.toml": 'languageCode = "zh-cn"', "content/a.md": "Text."})
    assert blog.outline.language == "zh_Hans_CN"
    assert blog.post.language is None


def test_links_between_documents_lead_to_the_new_addresses(read_tree):
    blog = read_tree(
        {
            "hugo.toml": "",
            "content/posts/a.md": "---\ntitle: A\nslug: new-a\n---\n"
            "[b](b.md) [b](./b.md#part) [c](../c/) [c](/c/) [c](/content/c/index.md)\n\n"
            '[d]({{< ref "b" >}}) [e]({{< relref "/c" >}}) [f]({{< ref "b.md#x" >}})'
            ' [g]({{< ref "#here" >}})\n\n[r]: b.md "Title"\n\n'
            "[out](https://a.example/b.md) [top](#top) [mail](mailto:a@b.example)",
            "content/posts/b.md": "---\ntitle: B\n---\n[a](../a/) [up](../../../../etc/passwd)"
            " [gone](gone.md) [abs](/gone/) [pdf](x.pdf)"
            " [home](/)",
            "content/posts/x.pdf": "PDF",
            "content/c/index.md": "---\ntitle: C\n---\nText.",
        }
    )
    assert blog.posts["content/posts/a.md"].content == (
        "[b](/articles/b) [b](/articles/b#part) [c](/articles/c) [c](/articles/c)"
        " [c](/articles/c)\n\n[d](/articles/b) [e](/articles/c) [f](/articles/b#x) [g](#here)\n\n"
        '[r]: /articles/b "Title"\n\n'
        "[out](https://a.example/b.md) [top](#top) [mail](mailto:a@b.example)"
    )
    b = blog.posts["content/posts/b.md"]
    assert b.content == (
        "[a](../a/) [up](../../../../etc/passwd) [gone](gone.md) [abs](/gone/) [pdf](x.pdf)"
        " [home](/)"
    )
    assert b.warnings == [
        "the link to ../a/ leads to no document",
        "../../../../etc/passwd leads out of the folder and is refused",
        "the link to gone.md leads to no document",
        "the link to x.pdf was not copied",
    ]


def test_jekyll_links_are_found_by_file_name(read_tree):
    blog = read_tree(
        {
            "_config.yml": "",
            "_posts/2020-01-01-a.md": "---\ntitle: A\n---\n[b]({% post_url 2020-01-02-b %}) "
            "[b]({% link _posts/2020-01-02-b.md %}) [b](/2020/01/02/b.html)",
            "_posts/2020-01-02-b.md": "---\ntitle: B\n---\nText.",
        }
    )
    content = blog.posts["_posts/2020-01-01-a.md"].content
    assert content == "[b](/articles/b) [b](/articles/b) [b](/articles/b)"


def test_documents_of_one_language_link_to_each_other(read_tree):
    blog = read_tree(
        {
            "a/index.zh.md": "---\ntitle: A\nslug: a-zh\n---\n[b](../b/index.md)",
            "b/index.md": "---\ntitle: B\n---\nText.",
            "b/index.zh.md": "---\ntitle: B\nslug: b-zh\n---\nText.",
        }
    )
    assert blog.posts["a/index.zh.md"].content == "[b](/articles/b-zh)"


def test_a_name_that_two_documents_have_refers_to_neither(read_tree):
    blog = read_tree(
        {
            "hugo.toml": "",
            "content/a.md": '---\ntitle: A\n---\n{{< ref "same" >}}',
            "content/x/same.md": "---\ntitle: S\n---\nText.",
            "content/y/same.md": "---\ntitle: S\n---\nText.",
        }
    )
    assert blog.posts["content/a.md"].warnings == ["the reference 'same' leads to no document"]


def test_local_images_are_listed_and_others_stay(read_tree, png):
    blog = read_tree(
        {
            "hugo.toml": "",
            "static/img/s.png": png,
            "content/posts/a/index.md": "---\ntitle: A\n---\n![1](p.png) ![1](p.png?x)"
            " ![2](/img/s.png) [big](p.png) <img src='p.png'>\n\n"
            "![remote](https://a.example/p.png) ![gone](gone.png) ![out](../../../../p.png)",
            "content/posts/a/p.png": png,
        }
    )
    post = blog.post
    assert [image.path.name for image in post.images] == ["p.png", "s.png"]
    assert "![remote](https://a.example/p.png) ![gone](gone.png) ![out](../../../../p.png)" in (
        post.content
    )
    assert post.content.count(post.images[0].placeholder) == 4
    assert post.warnings == [
        "the image gone.png is not in the folder",
        "../../../../p.png leads out of the folder and is refused",
    ]


def test_the_cover_stands_above_the_text_unless_the_text_shows_it(read_tree, png):
    blog = read_tree(
        {
            "a.md": "---\ntitle: A\ncover:\n  image: c.png\n  alt: Alt\n  caption: Cap\n---\nText.",
            "b.md": "---\ntitle: B\nimage: c.png\n---\n![x](c.png)",
            "c.png": png,
        }
    )
    a, b = blog.posts["a.md"], blog.posts["b.md"]
    assert a.content == f"![Alt]({a.images[0].placeholder})\n\n*Cap*\n\nText."
    assert b.content.count("![") == 1


def test_the_mark_of_a_summary_vanishes(read_tree):
    assert read_tree({"a.md": "---\ntitle: A\n---\nOne.\n\n<!--more-->\n\nTwo."}).post.content == (
        "One.\n\n\n\nTwo."
    )


def test_html_documents_become_markdown(read_tree):
    post = read_tree({"a.html": "---\ntitle: A\n---\n<h2>H</h2><p>See <a href='b'>b</a>.</p>"}).post
    assert (post.content, post.content_format) == ("# H\n\nSee [b](b).", "markdown")


def test_templates_in_a_plain_document_are_text(read_tree):
    assert read_tree({"a.md": "# T\n\n{{ x }} {% y %} {{< z >}}"}).post.content == (
        "{{ x }} {% y %} {{< z >}}"
    )


def test_bad_documents_never_lose_the_rest(read_tree, make_tree):
    root = make_tree({"good.md": "Text."})
    (root / os.fsdecode(b"\xff.md")).write_text("x")
    (root / "dir.md").mkdir()
    blog = read_tree(
        {
            "broken.md": "---\ntitle: a: b\n---\nText.",
            "binary.md": b"\0\1",
            "latin.md": "Café".encode("cp1252"),
        }
    )
    assert set(blog.posts) == {"good.md", "latin.md"}
    assert blog.posts["latin.md"].warnings == ["it is not UTF-8 and was read as cp1252"]
    assert {problem.item for problem in blog.problems if problem.failed} == {
        "broken.md",
        "binary.md",
        "?.md",
    }


def test_a_document_that_cannot_be_opened_is_told(make_tree, read_blog, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    source = MarkdownTree(make_tree({"a.md": "Text."}))
    monkeypatch.setattr(Tree, "read", refuse)
    (problem,) = read_blog(source).problems
    assert (problem.reason, problem.failed) == ("Permission denied", True)


def test_a_document_that_vanishes_is_told(make_tree):
    root = make_tree({"a.md": "Text.", "b.md": "Text."})
    source = MarkdownTree(root)
    outline = source.outline()
    (root / "a.md").unlink()
    items = list(source.posts({entry.source_id: "x" for entry in outline.entries}))
    assert items[0].failed
    assert "No such file" in items[0].reason
    assert items[1].title == "B"


def test_configurations_that_cannot_be_used_are_told(read_tree):
    blog = read_tree(
        {
            "hugo.toml": "broken = ",
            "authors.yaml": "a: [",
            "content/a.md": "Text.",
        }
    )
    told = [warning.reason for warning in blog.outline.warnings]
    assert told[0].startswith("hugo.toml is not used")
    assert told[1].startswith("authors.yaml is not used")


def test_an_unknown_time_zone_is_told_and_json_is_a_configuration(read_tree):
    blog = read_tree({"hugo.json": '{"timeZone": "Mars/Base"}', "content/a.md": "Text."})
    (warning,) = blog.outline.warnings
    assert (
        warning.reason == "The time zone 'Mars/Base' is not known here; times without one are UTC"
    )


def test_the_name_of_a_tree_survives_a_move(tmp_path):
    for place in ("one", "two"):
        folder = tmp_path / place / "myblog" / "content"
        folder.mkdir(parents=True)
        assert MarkdownTree(folder).outline().site == "myblog/content"
        assert MarkdownTree(folder.parent).outline().site == "myblog"
    assert MarkdownTree(tmp_path, site="named").outline().site == "named"


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ImportRefused):
        MarkdownTree(tmp_path / "missing")


def test_comments_beside_an_exported_article_are_read(read_tree):
    blog = read_tree(
        {
            "a/index.md": "---\ntitle: A\nironpress: true\n---\nText.",
            "a/comments.yaml": "- id: 1\n  name: Ann\n  url: https://a.example\n"
            "  date: 2020-01-01T00:00:00Z\n  approved: true\n  content: |-\n    Hello\n"
            "- id: 2\n  parent: 1\n  author: bob\n  approved: false\n  content: Hi\n",
            "b/index.md": "---\ntitle: B\n---\nText.",
            "b/comments.yaml": "not: a list",
            "authors.yaml": "bob:\n  name: Bob\n",
        }
    )
    first, second = blog.posts["a/index.md"].comments
    assert (first.content, first.author_name, first.is_approved) == ("Hello", "Ann", True)
    assert first.author_url == "https://a.example"
    assert first.created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert (second.parent_id, second.author, second.is_approved) == ("1", "bob", False)
    assert "bob" in blog.outline.authors
    assert blog.reason("b/index.md") == "its comments.yaml is no list"


def test_our_own_export_is_taken_to_the_letter(read_tree, png):
    text = "  {{< x >}} {% y %} # {#z}\r\n[a](b.md) ![i](p.png)\n\n"
    blog = read_tree(
        {
            "a/index.md": "---\ntitle: A\nironpress: true\nlanguage: pt_BR\naliases: [/x/]\n---\n"
            + text,
            "a/p.png": png,
            "b/index.html": "---\ntitle: B\nironpress: true\n---\n<div><b>x</b></div>\n",
        }
    )
    a, b = blog.posts["a/index.md"], blog.posts["b/index.html"]
    assert a.content == text.replace("p.png", a.images[0].placeholder)
    assert (a.language, a.aliases) == ("pt_BR", ["/x/"])
    assert (b.content, b.content_format) == ("<div><b>x</b></div>\n", "html")
