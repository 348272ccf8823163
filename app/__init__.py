"""Ironpress: a blog that ships as a production bundle."""

import os
from collections.abc import Callable
from typing import Any

from flask import Flask, Response
from jinja2 import BaseLoader

from app import (
    access,
    assets,
    commands,
    converters,
    filters,
    fragments,
    i18n,
    links,
    templating,
    visitor,
)
from app.config import load_settings
from app.extensions import Migrations, csrf, db, login_manager
from app.ops import (
    background,
    caching,
    cross_site,
    database,
    errors,
    frame,
    headers,
    health,
    logs,
    page_cache,
    plain_reads,
    prometheus,
    proxy,
    rate_limits,
    request_id,
    shedding,
    sql_comments,
    tracing,
)
from app.settings import ROOT

__all__ = ["create_app", "db"]


class Blog(Flask):
    """Flask without coroutines: nothing here is one, and asking costs 3 µs a function."""

    url_rule_class = links.Route

    def create_global_jinja_loader(self) -> BaseLoader:  # type: ignore[override]
        """Return where templates come from."""
        return templating.loader(self)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func

    def send_static_file(self, filename: str) -> Response:
        """Answer with a static file."""
        return assets.kept_by_its_name(filename, super().send_static_file(filename))


def create_app(environment: str | None = None, **overrides: Any) -> Flask:
    """Build the application.

    `environment` is a profile of `app.config` (else `APP_ENV`, else production); `overrides` are
    settings by their lower-case names. Raises `ConfigError` with every fault of the settings.
    """
    environment = environment or os.environ.get("APP_ENV", "production")
    settings = load_settings(environment, **overrides)
    app = Blog(__name__, instance_path=str(settings.data_dir), root_path=str(ROOT / "app"))
    app.config.from_mapping(settings.flask_config())
    app.config["TESTING"] = app.testing = environment == "testing"
    # Whatever FLASK_DEBUG says: a debugger shows readers the code, and runs theirs.
    app.debug = app.debug and environment != "production"
    app.config["WTF_CSRF_ENABLED"] = not app.testing
    app.config["MAX_FORM_MEMORY_SIZE"] = 4 * 2**20  # The longest article, in any language.
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # A form is good for as long as its session.

    # The outermost first: what runs before a request runs in this order, what runs after it in
    # the reverse one.
    frame.init_app(app)
    shedding.init_app(app)
    page_cache.init_app(app)
    proxy.init_app(app)
    request_id.init_app(app)
    prometheus.init_app(app)
    headers.init_app(app)
    logs.init_app(app)
    converters.init_app(app)
    health.init_app(app)
    cross_site.init_app(app)

    database.init_app(app)
    caching.init_app(app)
    db.init_app(app)
    tracing.init_app(app)
    sql_comments.init_app(app)
    Migrations(app)
    access.init_app(app)
    with plain_reads.spared(app):
        login_manager.init_app(app, add_context_processor=False)
        csrf.init_app(app)
        rate_limits.init_app(app)
    i18n.init_app(app)
    links.init_app(app)
    fragments.init_app(app)
    visitor.init_app(app)
    filters.init_app(app)
    assets.init_app(app)

    register_blueprints(app)
    errors.init_app(app)
    commands.init_app(app)
    background.init_app(app)
    return app


def register_blueprints(app: Flask) -> None:
    """Mount every room of the blog."""
    from app import admin, api, auth, desk, web

    app.register_blueprint(web.bp)
    app.register_blueprint(auth.bp, url_prefix="/auth")
    app.register_blueprint(desk.bp, url_prefix="/desk")
    app.register_blueprint(admin.bp, url_prefix="/admin")
    api.init_app(app)
