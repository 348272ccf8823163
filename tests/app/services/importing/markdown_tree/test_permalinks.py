import pytest


def addresses(blog):
    return {source_id: post.aliases for source_id, post in blog.posts.items()}


@pytest.mark.parametrize(
    ("permalink", "alias"),
    [
        (None, "/life/2020/03/04/my-day.html"),
        ("pretty", "/life/2020/03/04/my-day"),
        ("none", "/life/my-day.html"),
        ("ordinal", "/life/2020/064/my-day.html"),
        ("/:year/:i_month/:i_day/:slug:output_ext", "/2020/3/4/my-day.html"),
        ("/:unknown/", None),
    ],
)
def test_jekyll_addresses_follow_its_permalink_setting(read_tree, permalink, alias):
    config = f"permalink: {permalink}\n" if permalink else "title: x\n"
    blog = read_tree(
        {
            "_config.yml": config,
            "_posts/2020-03-04-my-day.md": "---\ntitle: My day\ncategories: Life\n---\nText.",
        }
    )
    assert blog.post.aliases == ([alias] if alias else [])


def test_jekyll_pages_stand_where_their_files_are(read_tree):
    blog = read_tree(
        {
            "_config.yml": "title: x",
            "about.md": "---\ntitle: About\n---\nText.",
            "docs/index.md": "---\ntitle: Docs\n---\nText.",
            "own.md": "---\ntitle: Own\npermalink: /mine/\n---\nText.",
        }
    )
    assert addresses(blog) == {
        "about.md": ["/about.html"],
        "docs/index.md": ["/docs"],
        "own.md": ["/mine"],
    }


def test_hugo_addresses_follow_folders_slugs_and_patterns(read_tree):
    front = "---\ntitle: A Title\ndate: 2020-03-04\n{}---\nText."
    blog = read_tree(
        {
            "hugo.toml": '[permalinks]\nnews = "/:year/:month/:title/"\n',
            "content/posts/My File.md": front.format(""),
            "content/posts/b.md": front.format("slug: named\n"),
            "content/posts/bundle/index.md": front.format(""),
            "content/posts/url.md": front.format("url: here/it/is.html\n"),
            "content/news/n.md": front.format(""),
            "content/news/undated.md": "---\ntitle: U\n---\nText.",
            "content/top.md": front.format(""),
        }
    )
    assert addresses(blog) == {
        "content/posts/My File.md": ["/posts/my-file"],
        "content/posts/b.md": ["/posts/named"],
        "content/posts/bundle/index.md": ["/posts/bundle"],
        "content/posts/url.md": ["/here/it/is.html"],
        "content/news/n.md": ["/2020/03/a-title"],
        "content/news/undated.md": [],
        "content/top.md": ["/top"],
    }


def test_hugo_addresses_of_other_languages_have_a_prefix(read_tree):
    blog = read_tree(
        {
            "hugo.yaml": "defaultContentLanguage: en\nlanguages:\n  en: {}\n  zh: {}\n",
            "content/posts/a.en.md": "---\ntitle: A\n---\nText.",
            "content/posts/a.zh.md": "---\ntitle: 甲\n---\n文字。",
            "content/zh/b.md": "---\ntitle: 乙\n---\n文字。",
        }
    )
    assert addresses(blog) == {
        "content/posts/a.en.md": ["/posts/a"],
        "content/posts/a.zh.md": ["/zh/posts/a"],
        "content/zh/b.md": ["/zh/b"],
    }


def test_permalink_groups_of_new_hugo_versions_are_read(read_tree):
    blog = read_tree(
        {
            "hugo.yaml": "permalinks:\n  page:\n    posts: /p/:contentbasename/\n",
            "content/posts/a.md": "---\ntitle: T\n---\nText.",
        }
    )
    assert blog.post.aliases == ["/p/a"]


def test_a_plain_folder_has_no_old_addresses_but_those_it_names(read_tree):
    blog = read_tree(
        {"a.md": "---\ntitle: A\naliases: [/old/, older]\nredirect_from: /first\n---\nText."}
    )
    assert blog.post.aliases == ["/old", "/older", "/first"]


def test_relative_aliases_of_hugo_start_at_the_page(read_tree):
    blog = read_tree(
        {
            "hugo.yaml": "title: x",
            "content/posts/a.md": "---\ntitle: A\naliases: [b, /c]\n---\nText.",
        }
    )
    assert blog.post.aliases == ["/posts/b", "/c", "/posts/a"]


def test_a_draft_had_no_address(read_tree):
    blog = read_tree(
        {"hugo.yaml": "title: x", "content/a.md": "---\ntitle: A\ndraft: true\n---\nText."}
    )
    assert blog.post.aliases == []
