"""Does once, before the workers are forked, what each of them would do at its first requests.

What that leaves behind (compiled templates and statements, imported modules) is shared by all of
them, and the first reader of a new worker does not wait for it.
"""

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app import templating
from app.extensions import db
from app.ops import frame

PATHS = (
    "/healthz/ready",  # Whether the schema fits is found out once for all.
    *("/", "/articles", "/archive", "/search?q=blog", "/about", "/feed.atom", "/sitemap.xml"),
    *("/api/v1/posts", "/absent"),
)


def warm_up(app: Flask) -> None:
    """Ask for a page of each kind, neither counted nor logged, where the database answers."""
    templating.load_compiled(app)
    around = frame.of(app)
    endings, around.endings = around.endings, []
    reader = app.test_client()
    try:
        with app.app_context():
            db.engine.connect().close()
        for path in PATHS:
            reader.get(path, base_url=app.config["SITE_URL"])
    except SQLAlchemyError:
        return  # Workers start cold then, and say themselves that they are not ready.
    finally:
        around.endings = endings
        with app.app_context():
            db.engine.dispose()
