"""What a WordPress export says."""

from datetime import UTC, datetime

import pytest

from app.services.importing import ImportRefused, WordPressExport
from app.services.importing.records import ImportedAuthor, ImportedTerm


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_version_reads_alike(read_export, item, version):
    blog = read_export(item(), version=version)
    post = blog.post
    assert (post.title, post.slug, post.content) == ("A & post", "a-post", "First.\n\nSecond.")
    assert post.created_at == post.published_at == datetime(2020, 1, 2, 10, tzinfo=UTC)
    assert post.aliases == ["/blog/2020/01/02/a-post"]
    assert post.is_published
    assert post.warnings == []
    assert blog.outline.site == "old.example/blog"
    assert blog.outline.language == "zh_Hans_CN"
    assert blog.problems == blog.outline.warnings == []


def test_authors_come_from_the_head_and_from_posts(read_export, item):
    head = (
        "<wp:author><wp:author_id>2</wp:author_id><wp:author_login>ann</wp:author_login>"
        "<wp:author_email>ann@old.example</wp:author_email>"
        "<wp:author_display_name><![CDATA[Ann &amp; Co]]></wp:author_display_name></wp:author>"
    )
    blog = read_export(item(), item(wp__post_id="2", dc__creator="bob"), head=head)
    assert blog.outline.authors == {
        "ann": ImportedAuthor("ann", "Ann & Co", "ann@old.example"),
        "bob": ImportedAuthor("bob", name="bob"),
    }
    assert [post.author for post in blog.posts.values()] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("status", "is_published", "warning"),
    [
        ("publish", True, None),
        ("future", True, None),
        ("draft", False, None),
        ("pending", False, "its state was pending: kept unpublished"),
        ("private", False, "its state was private: kept unpublished"),
        ("archived", False, "its state was archived: kept unpublished"),
        ("", False, "its state was not told: kept unpublished"),
    ],
)
def test_only_what_all_could_read_is_published(read_export, item, status, is_published, warning):
    post = read_export(item(wp__status=status)).post
    assert post.is_published is is_published
    assert bool(post.published_at) is bool(post.aliases) is is_published
    assert post.warnings == ([warning] if warning else [])


def test_a_password_keeps_a_post_unpublished(read_export, item):
    post = read_export(item(wp__post_password="secret")).post
    assert not post.is_published
    assert post.aliases == []
    assert post.warnings == ["it had a password: kept unpublished"]


def test_trash_revisions_and_other_types_are_left_out_with_a_reason(read_export, item):
    blog = read_export(
        item(wp__post_id="1", title="T1", wp__status="trash"),
        item(wp__post_id="2", title="T2", wp__status="auto-draft"),
        item(wp__post_id="3", wp__post_type="nav_menu_item"),
        item(wp__post_id="4", wp__post_type="nav_menu_item"),
        item(wp__post_id="5", wp__post_type="page", title="Page"),
        item(wp__post_id="5", title="Twin"),
    )
    assert blog.post.title == "Page"
    assert blog.reason("T1") == "its state is trash"
    assert blog.reason("T2") == "its state is auto-draft"
    assert blog.reason("2 × nav_menu_item") == "neither a post nor a page"
    assert blog.reason("Twin") == "the file holds another with its number"
    assert [problem.item for problem in blog.problems if problem.failed] == ["Twin"]


def test_times_fall_back_to_the_blogs_own_clock(read_export, item):
    blog = read_export(
        item(),
        item(wp__post_id="2", wp__status="draft", wp__post_date_gmt="0000-00-00 00:00:00"),
        item(
            wp__post_id="3",
            wp__post_date="0000-00-00 00:00:00",
            wp__post_date_gmt="0000-00-00 00:00:00",
        ),
        item(wp__post_id="4", wp__post_modified_gmt="2021-01-01 00:00:00"),
    )
    assert blog.posts["2"].created_at == datetime(2020, 1, 2, 10, tzinfo=UTC)
    assert blog.posts["3"].created_at is None
    assert blog.posts["4"].updated_at == datetime(2021, 1, 1, tzinfo=UTC)


def test_slugs_are_decoded_and_titles_made_where_there_are_none(read_export, item):
    blog = read_export(
        item(
            wp__post_name="%e4%bd%a0%e5%a5%bd",
            title="",
            link="https://old.example/blog/%e4%bd%a0%e5%a5%bd/",
        ),
        item(wp__post_id="2", wp__post_name="", title="Tom &amp; <em>Jerry</em>"),
        item(wp__post_id="3", wp__post_name="", title=""),
    )
    first, second, third = blog.posts.values()
    assert (first.title, first.slug, first.aliases) == ("你好", "ni-hao", ["/blog/你好"])
    assert (second.title, second.slug) == ("Tom & Jerry", "tom-jerry")
    assert third.title == "Untitled"


CATEGORIES = "".join(
    f"<wp:category><wp:category_nicename>{slug}</wp:category_nicename>"
    f"<wp:category_parent>{parent}</wp:category_parent><wp:cat_name><![CDATA[{name}]]></wp:cat_name>"
    f"<wp:category_description>{text}</wp:category_description></wp:category>"
    for slug, parent, name, text in [
        ("tech", "", "Tech", "About"),
        ("code", "tech", "Code", ""),
        ("python", "code", "Python", ""),
        ("life", "", "Life &amp; All", ""),
        ("loop-a", "loop-b", "Loop A", ""),
        ("loop-b", "loop-a", "Loop B", ""),
        ("uncategorized", "", "Uncategorized", ""),
    ]
)
TAGS = (
    "<wp:tag><wp:tag_slug>db</wp:tag_slug><wp:tag_name><![CDATA[Databases]]></wp:tag_name></wp:tag>"
)


def filed(*terms):
    return "".join(
        f'<category domain="{domain}" nicename="{slug}"><![CDATA[{name}]]></category>'
        for domain, slug, name in terms
    )


@pytest.mark.parametrize(
    ("terms", "category", "tags"),
    [
        ([("category", "tech", "Tech")], "Tech", []),
        ([("category", "python", "Python")], "Tech", ["Python"]),
        (
            [("category", "python", "P"), ("category", "life", "L")],
            "Tech",
            ["Python", "Life & All"],
        ),
        ([("category", "uncategorized", "Uncategorized")], None, []),
        ([("category", "new", "New &amp; old")], "New & old", []),
        ([("post_tag", "db", "x"), ("post_tag", "", "Other")], None, ["Databases", "Other"]),
        ([("tag", "db", "x"), ("post_format", "quote", "Quote")], None, ["Databases"]),
        ([("category", "loop-a", "A")], "Loop B", ["Loop A"]),
    ],
)
def test_the_hierarchy_becomes_one_category_and_tags(read_export, item, terms, category, tags):
    post = read_export(item(filed(*terms)), head=CATEGORIES + TAGS).post
    assert (post.category.name if post.category else None) == category
    assert [tag.name for tag in post.tags] == tags


def test_top_categories_and_all_tags_are_listed(read_export, item):
    outline = read_export(item(), head=CATEGORIES + TAGS).outline
    assert outline.categories == [
        ImportedTerm("Tech", "tech", "About"),
        ImportedTerm("Life & All", "life"),
    ]
    assert outline.tags == [ImportedTerm("Databases", "db")]


def test_comments_keep_their_thread_and_state(read_export, item, comment):
    head = "<wp:author><wp:author_id>7</wp:author_id><wp:author_login>ann</wp:author_login>"
    head += "</wp:author>"
    post = read_export(
        item(
            comment(3, "<p>Late &amp; <strong>bold</strong></p>", parent="2")
            + comment(1, "One\n\nTwo", author_url="https://r.example/")
            + comment(
                2, "Mine", user_id="7", approved="0", parent="1", date_gmt="0000-00-00 00:00:00"
            )
            + comment(4, "Buy", approved="spam")
            + comment(5, "Reply to spam", parent="4")
            + comment(6, "Reply to trash", parent="8", type="")
            + comment(7, "Ping", type="pingback")
            + comment(8, "Gone", approved="trash", parent="1")
            + comment(9, "")
            + comment(10, "Circle", parent="11")
            + comment(11, "Circle", parent="10")
            + comment(1, "Twice")
        ),
        head=head,
    ).post
    found = {c.source_id: c for c in post.comments}
    order = [c.source_id for c in post.comments]
    assert set(order) == {"1", "2", "3", "5", "6", "10", "11"}
    assert order.index("1") < order.index("2") < order.index("3")
    assert found["1"].content == "One\n\nTwo"
    assert (found["1"].author_name, found["1"].author_url) == ("Reader", "https://r.example/")
    assert found["1"].created_at == datetime(2020, 2, 3, 4, tzinfo=UTC)
    assert found["3"].content == "Late & **bold**"
    assert (found["2"].author, found["2"].is_approved) == ("ann", False)
    assert found["2"].created_at == datetime(2020, 2, 3, 12, tzinfo=UTC)
    assert found["3"].parent_id == "2"
    assert found["5"].parent_id is None
    assert found["6"].parent_id == "1"
    assert post.warnings == [
        "1 comment(s) left out: spam",
        "1 comment(s) left out: pingback",
        "1 comment(s) left out: trash",
        "1 comment(s) left out: empty",
    ]


def attachment(item, number, address, parent="0"):
    return item(
        f"<wp:attachment_url>{address}</wp:attachment_url>",
        wp__post_id=number,
        wp__post_type="attachment",
        wp__status="inherit",
        wp__post_parent=parent,
    )


def test_links_inside_the_old_blog_lead_to_the_new_addresses(read_export, item):
    blog = read_export(
        item(
            content__encoded='<a href="https://old.example/blog/b/#x">b</a> '
            '<a href="https://old.example/blog/?p=2">b</a> <a href="/blog/b/">b</a> '
            '<a href="https://old.example/gone/">gone</a> <a href="https://other.example/blog/b/">o'
            '</a> <a href="http://[broken">x</a>'
        ),
        item(wp__post_id="2", title="B", wp__post_name="b", link="https://old.example/blog/b/"),
    )
    assert blog.posts["1"].content == (
        "[b](/articles/b#x) [b](/articles/b) [b](/articles/b) "
        "[gone](https://old.example/gone/) [o](https://other.example/blog/b/) x"
    )


def test_galleries_and_covers_come_from_attachments(read_export, item):
    base = "https://old.example/wp-content/uploads"
    blog = read_export(
        item(
            "<wp:postmeta><wp:meta_key>_edit_last</wp:meta_key></wp:postmeta>"
            "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key>"
            "<wp:meta_value>11</wp:meta_value></wp:postmeta>",
            content__encoded="[gallery]\n\n[gallery ids='11']",
        ),
        attachment(item, "10", f"{base}/a.png", parent="1"),
        attachment(item, "11", f"{base}/b.png"),
        attachment(item, "12", ""),
    )
    assert blog.post.content == f"![]({base}/a.png)\n\n![]({base}/b.png)"
    other = read_export(
        item(
            "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key>"
            "<wp:meta_value>11</wp:meta_value></wp:postmeta>"
        ),
        attachment(item, "11", f"{base}/b.png"),
    )
    assert other.post.content == f"![]({base}/b.png)\n\nFirst.\n\nSecond."


def test_a_copy_of_the_uploads_gives_local_images(read_export, item, make_tree, png):
    base = "https://old.example/wp-content/uploads"
    blog = read_export(
        item(
            content__encoded=f'<a href="{base}/a.png"><img src="{base}/a.png" alt="A"></a> '
            f'<img src="{base}/gone.png">'
        ),
        media=make_tree({"a.png": png}),
    )
    (image,) = blog.post.images
    assert blog.post.content == (
        f"[![A]({image.placeholder})]({image.placeholder}) ![]({base}/gone.png)"
    )


def test_the_excerpt_is_the_summary(read_export, item):
    assert read_export(item(excerpt__encoded="<p>In &amp; out</p>")).post.summary == "In & out"


def test_bad_items_never_lose_the_rest(read_export, item):
    blog = read_export(
        item(title="Before"),
        "<item><title>Broken</title><wp:post_id>2</item>",
        item(wp__post_id="3", title="After", content__encoded="a\x08b ]]> c"),
        "<item><wp:post_id>4",
    )
    assert [post.title for post in blog.posts.values()] == ["Before", "After"]
    assert blog.posts["3"].content == "ab ]]> c"
    assert blog.reason("Broken").startswith("it is not valid XML")
    assert blog.reason("an item") == "the file ends in the middle of it"
    assert all(problem.failed for problem in blog.problems)


def test_an_item_whose_content_is_too_deep_is_its_own_problem(read_export, item):
    blog = read_export(item(content__encoded="<div>" * 500), item(wp__post_id="2", title="B"))
    assert [post.title for post in blog.posts.values()] == ["B"]
    assert "nested" in blog.reason("A & post")


def test_an_old_chinese_export_is_read_in_its_encoding(read_export, item):
    assert read_export(item(title="你好"), encoding="gb18030").post.title == "你好"


def test_another_version_is_read_with_a_warning(read_export, item):
    blog = read_export(item(), version="2.0")
    assert blog.post.title == "A & post"
    assert [w.reason for w in blog.outline.warnings] == ["version 2.0 is read as 1.2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "no channel"),
        ("<rss><channel><title>A feed</title></channel></rss>", "names no WXR version"),
        ("<rss><channel><title>A</channel><item></item>", "head of .* cannot be read"),
        ("<!DOCTYPE x><rss><channel></channel></rss>", "document type"),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(tmp_path, text, reason):
    path = tmp_path / "x.xml"
    path.write_text(text)
    with pytest.raises(ImportRefused, match=reason):
        WordPressExport(path).outline()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="No such file"):
        WordPressExport(tmp_path / "gone.xml").outline()
