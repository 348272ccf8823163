"""What a Ghost export says."""

import json
from datetime import UTC, datetime

import pytest

from app.services.importing import GhostExport, ImportRefused
from app.services.importing.ghost import export
from app.services.importing.records import ImportedAuthor, ImportedTerm


def lexical(*children):
    return json.dumps({"root": {"type": "root", "children": list(children)}})


def paragraph(*children):
    return {"type": "paragraph", "children": list(children)}


@pytest.mark.parametrize("version", ["4.1.0", "5.80.0", "6.0.1"])
def test_a_post_is_read_from_every_version(read_ghost, version):
    blog = read_ghost({"custom_excerpt": "S"}, version=version)
    post = blog.post
    assert (post.title, post.slug, post.content, post.summary) == ("A post", "a-post", "Text.", "S")
    assert post.created_at == datetime(2021, 3, 24, 4, 34, 10, tzinfo=UTC)
    assert post.updated_at == datetime(2021, 3, 25, 4, 34, 10, tzinfo=UTC)
    assert post.published_at == datetime(2021, 3, 24, 5, tzinfo=UTC)
    assert post.aliases == ["/a-post"]
    assert post.warnings == []
    assert blog.problems == blog.outline.warnings == []


def test_the_editors_own_form_is_preferred_to_finished_html(read_ghost):
    mobiledoc = json.dumps({"cards": [["markdown", {"markdown": "*m*"}]], "sections": [[10, 0]]})
    blog = read_ghost(
        {"id": "1", "lexical": lexical(paragraph({"type": "text", "text": "l"}))},
        {"id": "2", "mobiledoc": mobiledoc},
        {"id": "3", "html": None},
    )
    assert [post.content for post in blog.posts.values()] == ["l", "*m*", ""]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (lexical({"type": "hologram"}), "its card hologram is not known"),
        ("{", "its lexical is not valid JSON"),
        ("{}", "its lexical content is damaged"),
    ],
)
def test_what_cannot_be_read_falls_back_to_html_and_fails_without(read_ghost, source, reason):
    post = read_ghost({"lexical": source}).post
    assert post.content == "Text."
    assert post.warnings == [f"{reason}: the finished HTML is used"]
    blog = read_ghost({"lexical": source, "html": None})
    assert blog.posts == {}
    assert blog.reason("A post") == reason


@pytest.mark.parametrize(
    ("values", "meta", "is_published", "warning"),
    [
        ({"status": "published"}, {}, True, None),
        ({"status": "scheduled"}, {}, True, None),
        ({"status": "draft"}, {}, False, None),
        ({"status": "unheard-of"}, {}, False, None),
        ({"status": "sent"}, {}, False, "it was sent by mail only: kept unpublished"),
        ({}, {"email_only": True}, False, "it was sent by mail only: kept unpublished"),
        ({"visibility": "members"}, {}, False, "it was for members readers: kept unpublished"),
        ({"visibility": "paid", "status": "draft"}, {}, False, None),
    ],
)
def test_only_what_all_could_read_is_published(read_ghost, values, meta, is_published, warning):
    post = read_ghost(values, posts_meta=[{"post_id": "6", **meta}]).post
    assert post.is_published is bool(post.aliases) is is_published
    assert post.warnings == ([warning] if warning else [])


def test_tags_authors_and_settings_come_from_their_tables(read_ghost):
    blog = read_ghost(
        {"id": "6"},
        tags=[
            {
                "id": "t1",
                "name": "News",
                "slug": "news",
                "description": "D",
                "visibility": "public",
            },
            {"id": "t2", "name": "#internal", "slug": "hash-internal", "visibility": "internal"},
            {"id": "t3", "name": "Life", "slug": "leben"},
        ],
        posts_tags=[
            {"post_id": "6", "tag_id": "t3", "sort_order": 2},
            {"post_id": "6", "tag_id": "t2", "sort_order": 0},
            {"post_id": "6", "tag_id": "t1", "sort_order": 1},
            {"post_id": "6", "tag_id": "gone", "sort_order": None},
        ],
        users=[
            {"id": "u1", "name": "Ann Lee", "slug": "ann", "email": "ann@old.example", "bio": "B"},
            {"id": "u2", "name": "Bob", "slug": "bob"},
            {"name": "nobody"},
        ],
        posts_authors=[
            {"post_id": "6", "author_id": "u2", "sort_order": 1},
            {"post_id": "6", "author_id": "u1", "sort_order": 0},
        ],
        settings=[{"key": "locale", "value": "zh-CN"}],
    )
    post = blog.post
    assert post.category == ImportedTerm("News", "news", "D")
    assert post.tags == [ImportedTerm("News", "news"), ImportedTerm("Life", "leben")]
    assert post.author == "u1"
    assert post.warnings == ["it has one author only here, Bob are left out"]
    assert blog.outline.authors == {
        "u1": ImportedAuthor("ann", "Ann Lee", "ann@old.example", "B"),
        "u2": ImportedAuthor("bob", "Bob"),
    }
    assert blog.outline.language == "zh_Hans_CN"


def test_older_posts_name_their_author_themselves(read_ghost):
    assert read_ghost({"author_id": "u1"}).post.author == "u1"


def test_addresses_of_the_old_home_are_replaced(read_ghost):
    html = (
        '<p><a href="__GHOST_URL__/other/#x">o</a> <a href="__GHOST_URL__/about/">a</a> '
        '<img src="__GHOST_URL__/content/images/a.png"> at __GHOST_URL__</p>'
    )
    posts = ({"id": "1", "html": html}, {"id": "2", "slug": "other", "title": "O"})
    told = read_ghost(*posts, site_url="https://old.example/").posts["1"]
    assert told.content == (
        "[o](/articles/other#x) [a](https://old.example/about/)"
        " ![](https://old.example/content/images/a.png) at <https://old.example>"
    ).replace("<https://old.example>", "https://old.example")
    assert told.warnings == []
    untold = read_ghost(*posts).posts["1"]
    assert "![](/content/images/a.png)" in untold.content
    assert untold.warnings == ["2 file(s) are on the old site, whose address is not known"]


def test_addresses_in_markdown_cards_are_replaced_too(read_ghost):
    source = lexical({"type": "markdown", "markdown": "[o](__GHOST_URL__/other/)"})
    blog = read_ghost({"id": "1", "lexical": source}, {"id": "2", "slug": "other"})
    assert blog.posts["1"].content == "[o](/articles/other)"


def test_a_copy_of_the_images_gives_local_ones(read_ghost, make_tree, png):
    post = read_ghost(
        {"html": '<img src="__GHOST_URL__/content/images/2021/a.png" alt="A">'},
        media=make_tree({"2021/a.png": png}),
    ).post
    (image,) = post.images
    assert post.content == f"![A]({image.placeholder})"


def test_the_feature_image_stands_above_the_text(read_ghost):
    post = read_ghost(
        {"feature_image": "https://a.example/f.png"},
        posts_meta=[
            {"post_id": "6", "feature_image_alt": "Alt", "feature_image_caption": "<b>C</b>"}
        ],
    ).post
    assert post.content == "![Alt](https://a.example/f.png)\n\n***C***\n\nText."


def test_comments_of_a_backup_are_read(read_ghost):
    row = {"post_id": "6", "member_id": "m", "created_at": "2021-04-01T00:00:00.000Z"}
    post = read_ghost(
        {},
        members=[{"id": "m", "name": "Reader", "email": "r@r.example"}],
        comments=[
            {**row, "id": "2", "parent_id": "1", "html": "<p>Reply</p>", "status": "hidden"},
            {**row, "id": "1", "parent_id": None, "html": "<p>Hi</p>", "status": "published"},
            {**row, "id": "3", "parent_id": "4", "html": "<p>Lost</p>", "status": "published"},
            {**row, "id": "4", "html": "<p>Gone</p>", "status": "deleted"},
        ],
    ).post
    first, second, third = post.comments
    assert (first.content, first.author_name, first.is_approved) == ("Hi", "Reader", True)
    assert first.created_at == datetime(2021, 4, 1, tzinfo=UTC)
    assert (second.content, second.parent_id, second.is_approved) == ("Reply", "1", False)
    assert (third.content, third.parent_id) == ("Lost", None)


def test_a_post_without_an_id_of_its_own_fails_alone(read_ghost):
    blog = read_ghost({"id": "1"}, {"id": "1", "title": "Twin"}, {"id": None, "title": "None"})
    assert list(blog.posts) == ["1"]
    assert blog.reason("Twin") == blog.reason("None") == "it has no id of its own"


def test_another_version_is_read_with_a_warning(read_ghost):
    (warning,) = read_ghost({}, version="3.1.0").outline.warnings
    assert warning.reason == "version 3.1.0 is read as 6"


@pytest.mark.parametrize(
    "wrap", [lambda data: {"data": data}, lambda data: {"db": [{"data": data}]}]
)
def test_both_shapes_of_the_file_are_read(tmp_path, read_blog, wrap):
    path = tmp_path / "x.json"
    path.write_text(json.dumps(wrap({"posts": [{"id": "1", "title": "T", "html": "x"}]})))
    assert read_blog(GhostExport(path)).post.title == "T"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "no table of posts"),
        ('{"db": []}', "no table of posts"),
        ('{"db": [{"data": {"posts": 1}}]}', "no table of posts"),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(tmp_path, text, reason):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ImportRefused, match=reason):
        GhostExport(path)


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="No such file"):
        GhostExport(tmp_path / "gone.json")
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(export.MAX_EXPORT_BYTES + 1)
    with pytest.raises(ImportRefused, match="larger than 200 MiB"):
        GhostExport(path)
