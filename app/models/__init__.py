"""The tables, and what keeps their derived columns right."""

from app.extensions import db
from app.models import derived, post_search
from app.models.audit import AuditEntry
from app.models.block import BLOCK_KINDS, Block
from app.models.comment import Comment
from app.models.outbox import OutboxMessage
from app.models.post import Post, Redirect
from app.models.post_tags import post_tags
from app.models.rights import Permission, Role
from app.models.session import RecoveryCode, SecondFactor, UserSession
from app.models.site import SiteSetting, TopicRedirect, ViewDay
from app.models.taxonomy import Category, Tag
from app.models.token import IdempotencyKey, PersonalToken, TokenFamily
from app.models.upload import Upload, post_uploads
from app.models.user import User
from app.models.writing import Autosave, PreviewLink, Revision

__all__ = [
    "BLOCK_KINDS",
    "AuditEntry",
    "Autosave",
    "Block",
    "Category",
    "Comment",
    "IdempotencyKey",
    "OutboxMessage",
    "Permission",
    "PersonalToken",
    "Post",
    "PreviewLink",
    "RecoveryCode",
    "Redirect",
    "Revision",
    "Role",
    "SecondFactor",
    "SiteSetting",
    "Tag",
    "TokenFamily",
    "TopicRedirect",
    "Upload",
    "User",
    "UserSession",
    "ViewDay",
    "db",
    "derived",
    "post_search",
    "post_tags",
    "post_uploads",
]
