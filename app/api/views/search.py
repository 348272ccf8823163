"""Finding and counting articles."""

from typing import Any

from flask import Response

from app.api.blueprint import bp, json_response
from app.api.paging import numbered
from app.api.schemas.misc import HitPageSchema, HitSchema, SearchArgs, StatsSchema
from app.services import reading
from app.services.paging import NumberedPage
from app.services.search import SearchHit, search_posts


@bp.route("/search", tags=["search"])
@bp.arguments(SearchArgs, location="query")
@bp.response(200, HitPageSchema)
def search(args: dict[str, Any]) -> Response:
    """Find public articles by their words"""
    found = search_posts(query=args["q"], page=args["page"], per_page=args["per_page"])
    page = NumberedPage(found.items, found.page, found.per_page, found.total)
    body, headers = numbered(page)
    body["items"] = [described(hit) for hit in found.items]
    return json_response(body, headers=headers)


@bp.route("/stats", tags=["search"])
@bp.response(200, StatsSchema)
def stats() -> Response:
    """Count the public articles by month"""
    months = reading.count_months()
    body = {
        "posts": sum(month.posts for month in months),
        "months": [{"month": f"{m.month:%Y-%m}", "posts": m.posts} for m in months],
    }
    return json_response(body)


def described(hit: SearchHit) -> dict[str, Any]:
    """Return what is shown of an article that was found."""
    snippet = "".join(fragment.text for fragment in hit.snippet)
    shown: dict[str, Any] = HitSchema(exclude=("snippet",)).dump(hit.post)
    return shown | {"snippet": snippet}
