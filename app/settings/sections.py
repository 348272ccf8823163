"""The settings, section by section: each with type, default, bounds and help."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class SiteSettings(BaseModel):
    """Site"""

    site_name: str = Field("Ironpress", description="Name of the site, shown in every title.")
    site_tagline: str = Field(
        "Notes from the pressroom", description="One line under the name and in the feeds."
    )
    site_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address readers use, without a slash at the end; "
        "links in feeds, sitemap and mails start with it.",
        pattern=r"^https?://[^/\s?#]+$",
    )
    site_language: Literal["en", "zh_Hans_CN"] = Field(
        "en", description="Language of pages when the visitor's languages are all unknown."
    )
    time_zone: str = Field("UTC", description="Time zone in which dates are shown (IANA name).")
    posts_per_page: int = Field(10, ge=1, le=100, description="Articles on one page of a list.")


class AccountSettings(BaseModel):
    """Secrets and accounts"""

    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and tokens; at least 32 random characters "
        "(`openssl rand -hex 32`). Required in production.",
    )
    require_email_verification: bool = Field(
        True, description="New users must follow the link in a mail before they can do anything."
    )
    registration: Literal["open", "invitation", "closed"] = Field(
        "open", description="Who may register: anyone, whom an admin invites, nobody."
    )
    default_role: Literal["guest", "author", "editor", "admin"] = Field(
        "guest", description="Role of a newly registered user."
    )
    second_factor_from: Literal["nobody", "author", "editor", "admin"] = Field(
        "nobody",
        description="Least role that must set up a second factor before it can use its rights.",
    )
    argon2_memory_kib: int = Field(
        65536, ge=64, le=1048576, description="Memory of one password hash (KiB)."
    )
    argon2_time_cost: int = Field(3, ge=1, le=20, description="Passes of one password hash.")
    password_hash_concurrency: int = Field(
        2,
        ge=1,
        le=64,
        description="Password hashes a process computes at once; as many wait, others get a 503.",
    )
    form_min_seconds: int = Field(2, ge=0, le=60, description="Least time to fill in a form (s).")
    session_days: int = Field(30, ge=1, le=365, description="Life of a remembered login (days).")


class DataSettings(BaseModel):
    """Data"""

    data_dir: Path = Field(
        Path("instance"), description="Folder of everything the application keeps on disk."
    )
    database_url: str = Field(
        "",
        description="`postgresql://user:password@host/name` or `sqlite:///path`. "
        "Required in production.",
    )
    database_pool_size: int = Field(20, ge=1, le=200, description="Connections a process keeps.")
    database_max_overflow: int = Field(
        10, ge=0, le=200, description="Connections beyond the pool at a peak."
    )
    database_pool_timeout: float = Field(
        2.0, gt=0, le=60, description="Wait for a free connection (s) before answering 503."
    )
    database_pool_recycle: int = Field(3600, ge=30, description="Age that ends a connection (s).")
    database_connect_timeout: int = Field(
        2, ge=1, le=60, description="Wait for PostgreSQL to accept a connection (s)."
    )
    database_statement_timeout: int = Field(
        5000, ge=100, le=600000, description="Longest statement (ms); also the SQLite busy wait."
    )
    redis_url: str = Field(
        "", description="`redis://…` or `rediss://…`; empty keeps caches and limits in process."
    )
    redis_timeout: float = Field(
        0.1, gt=0, le=5, description="Wait for Redis to connect or answer (s)."
    )
    upload_folder: Path | None = Field(
        None, description="Folder of uploaded files; `uploads` in DATA_DIR when empty."
    )
    upload_store: SecretStr = Field(
        SecretStr(""),
        description="Bucket of uploaded files instead of a folder: "
        "`s3://key:secret@host/bucket?region=…` (`s3+http://` without TLS).",
    )
    max_content_length: int = Field(
        16 * 1024 * 1024, ge=65536, description="Largest request body (bytes)."
    )


class MailSettings(BaseModel):
    """Mail"""

    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="`smtp://user:password@host:587` (STARTTLS), `smtps://…` (TLS) or "
        "`smtp+plain://host:25`; empty prints mails to the log, or in JSON their subjects alone.",
    )
    mail_from: str = Field("Ironpress <noreply@localhost>", description="Sender of mails.")
    contact_email: str = Field("", description="Receiver of the contact form's messages.")
    run_worker: bool = Field(
        False, description="Carry out queued mail inside the web process (small installations)."
    )


class CommentSettings(BaseModel):
    """Comments"""

    comments: Literal["open", "moderated", "closed"] = Field(
        "open",
        description="Whether readers may comment; `open` holds back a person's first one, "
        "`moderated` every one.",
    )
    comment_max_chars: int = Field(5000, ge=100, le=50000, description="Longest comment.")
    comment_max_links: int = Field(3, ge=0, le=100, description="Links before a comment waits.")
    comment_max_depth: int = Field(4, ge=0, le=10, description="Deepest reply to a reply.")


class ApiSettings(BaseModel):
    """REST API"""

    token_keys: SecretStr = Field(
        SecretStr(""),
        description="Keys of access and refresh tokens, `id=secret,id=secret`; the first one "
        "signs, all are accepted. Empty uses a key made from SECRET_KEY, which is always accepted.",
    )
    access_token_seconds: int = Field(
        3600, ge=60, le=86400, description="Life of an access token (s)."
    )
    refresh_token_days: int = Field(
        30, ge=1, le=365, description="Life of a refresh token (days); each use gives a new one."
    )
    api_requests_per_minute: int = Field(
        600, ge=1, description="Requests a user, or a network without one, may make in a minute."
    )
    cors_origins: str = Field(
        "",
        description="Origins whose pages may call the API, comma-separated, such as "
        "`https://app.example.org`; `*` is every origin, empty none.",
    )
    max_document_bytes: int = Field(
        20 * 1024 * 1024, ge=65536, description="Largest uploaded document (bytes)."
    )


class EdgeSettings(BaseModel):
    """Edge and headers"""

    https: bool = Field(True, description="Readers come by HTTPS: redirect, HSTS, secure cookies.")
    trusted_proxy_hops: int = Field(
        1, ge=0, le=3, description="Proxies in front whose X-Forwarded-* headers are believed."
    )
    edge_refresh_url: str = Field(
        "",
        description="Where the edges take refreshed pages, such as `http://edge:8082`; every "
        "address behind the name is asked. Empty leaves changes to the edges' own looks.",
        pattern=r"^(https?://[^/\s?#]+)?$",
    )
    edge_refresh_key: SecretStr = Field(
        SecretStr(""), description="The secret that lets a request overwrite an edge's copy."
    )
    page_cache_list_seconds: int = Field(60, ge=0, description="Age of a cached list page (s).")
    page_cache_post_seconds: int = Field(300, ge=0, description="Age of a cached article (s).")
    rate_limits_enabled: bool = Field(True, description="Limit logins, registrations, comments.")


class ServerSettings(BaseModel):
    """Server"""

    host: str = Field("0.0.0.0", description="Address that Gunicorn binds to.")  # noqa: S104
    port: int = Field(8000, ge=1, le=65535, description="Port that Gunicorn binds to.")
    metrics_port: int = Field(9101, ge=0, le=65535, description="Port of /metrics; 0 is off.")
    web_concurrency: int = Field(
        0, ge=0, le=128, description="Worker processes; 0 takes them from the CPU limit."
    )
    web_threads: int = Field(8, ge=1, le=200, description="Threads of a worker.")
    web_waiting: int = Field(
        32,
        ge=1,
        le=1000,
        description="Requests that wait for a thread of a worker; more are sent away with 503.",
    )
    max_requests: int = Field(
        10000, ge=0, description="Requests after which a worker is replaced; 0 is never."
    )
    request_timeout: int = Field(30, ge=5, le=600, description="Worker heartbeat time-out (s).")
    graceful_timeout: int = Field(20, ge=1, le=600, description="Time to finish at a stop (s).")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe log line."
    )
    log_level_file: Path | None = Field(
        None,
        description="File whose text replaces LOG_LEVEL; `log-level` in DATA_DIR when empty.",
    )
    log_format: Literal["json", "text"] = Field("json", description="Form of log lines.")
    tracing_endpoint: str = Field(
        "", description="OTLP/HTTP receiver of traces, `http://collector:4318`; empty is off."
    )
    log_requests: bool = Field(True, description="One log line for each request.")
