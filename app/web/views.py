"""Pages to read: lists, articles, the archive, search."""

from datetime import date

from flask import Blueprint, abort, current_app, render_template, request
from flask_babel import gettext as _

from app.models import Permission, User
from app.ops.page_cache import public_page
from app.services import reading
from app.services.search import search_posts
from app.visitor import visitor
from app.web import addresses, metadata

bp = Blueprint("main", __name__)

for helper in (
    addresses.absolute,
    addresses.here,
    addresses.page_url,
    metadata.language_of,
    metadata.was_revised,
):
    bp.add_app_template_global(helper)
bp.add_app_template_global(Permission, "Permission")


@bp.app_template_global()
def may_change(user: User | None, author_id: int | None) -> bool:
    """Say whether a visitor may change what someone wrote."""
    return user is not None and (user.id == author_id or user.can(Permission.DELETE))


def per_page() -> int:
    """Return how many articles one page of a list holds."""
    size: int = current_app.config["POSTS_PER_PAGE"]
    return size


@bp.get("/")
@public_page("list")
def index() -> str:
    """Show the newest articles, the first of them large."""
    page = reading.list_articles(page=addresses.page_argument(), per_page=per_page())
    return render_template("main/index.html", page=page)


@bp.get("/articles")
@public_page("list")
def articles() -> str:
    """Show all articles as a compact list, with the topics in use."""
    page = reading.list_articles(page=addresses.page_argument(), per_page=2 * per_page())
    categories, tags = reading.list_topics()
    return render_template("main/articles.html", page=page, categories=categories, tags=tags)


@bp.get("/articles/<slug>")
@public_page("post")
def article(slug: str) -> str:
    """Show an article with a page of its comments; `reply` is the comment to answer."""
    reader = visitor()
    found = reading.read_article(slug=slug, viewer=reader)
    thread = reading.read_thread(
        post_id=found.post.id,
        viewer_id=reader.id if reader else None,
        page=addresses.page_argument(),
    )
    if thread.page > 1 and not thread.nodes:
        abort(404)
    return render_template(
        "main/article.html",
        article=found,
        post=found.post,
        thread=thread,
        reply_to=thread.find(request.args.get("reply", type=int)) if reader else None,
        image=metadata.first_image(found.post),
        linked_data=metadata.blog_posting(found),
    )


@bp.get("/categories/<slug>")
@public_page("list")
def category(slug: str) -> str:
    """Show the articles of a category."""
    found = reading.find_category(slug=slug)
    page = reading.list_articles(
        page=addresses.page_argument(), per_page=per_page(), category=found
    )
    return render_template(
        "main/list.html",
        page=page,
        kind=_("Category"),
        heading=found.name,
        text=found.description,
        endpoint="main.category",
        values={"slug": slug},
    )


@bp.get("/tags/<list:slugs>")
@public_page("list")
def tag(slugs: list[str]) -> str:
    """Show the articles that carry all of the tags."""
    found = reading.find_tags(slugs=slugs)
    page = reading.list_articles(page=addresses.page_argument(), per_page=per_page(), tags=found)
    return render_template(
        "main/list.html",
        page=page,
        kind=_("Tag") if len(found) == 1 else _("Tags"),
        heading=" + ".join(item.name for item in found),
        endpoint="main.tag",
        values={"slugs": slugs},
    )


@bp.get("/authors/<username>")
@public_page("list")
def author(username: str) -> str:
    """Show an author and their articles."""
    found = reading.find_author(username=username)
    page = reading.list_articles(page=addresses.page_argument(), per_page=per_page(), author=found)
    return render_template(
        "main/list.html",
        page=page,
        kind=_("Author"),
        heading=found.display_name,
        text=found.bio,
        author=found,
        endpoint="main.author",
        values={"username": username},
    )


@bp.get("/archive")
@public_page("list")
def archive() -> str:
    """Show the months in which articles appeared."""
    years: dict[int, list[reading.MonthCount]] = {}
    for item in reading.count_months():
        years.setdefault(item.month.year, []).append(item)
    return render_template("main/archive.html", years=years)


@bp.get("/archive/<yearmonth:month>")
@public_page("list")
def archive_month(month: date) -> str:
    """Show the articles of a month; 404 for a month without any."""
    page = reading.list_articles(page=addresses.page_argument(), per_page=per_page(), month=month)
    if not page.items:
        abort(404)
    return render_template("main/month.html", page=page, month=month)


@bp.get("/about")
@public_page("list")
def about() -> str:
    """Show what this site is."""
    return render_template("main/about.html")


@bp.get("/search")
@public_page("list")
def search() -> str:
    """Show what matches `q`, best first, with marked snippets."""
    query = request.args.get("q", "").strip()
    results = None
    if query:
        results = search_posts(query=query, page=addresses.page_argument(), per_page=per_page())
        if results.page > 1 and not results.items:
            abort(404)
    return render_template("main/search.html", query=query, results=results)
