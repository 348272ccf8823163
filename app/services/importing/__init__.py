"""Brings other blogs in: trees of Markdown (Hugo, Jekyll), WordPress and Ghost exports.

A source (`markdown_tree`, `wordpress`, `ghost`) reads its format into plain records and knows no
database; `writer.import_blog` puts records into it.
"""

from app.services.importing.ghost.export import GhostExport
from app.services.importing.markdown_tree.source import MarkdownTree
from app.services.importing.records import ImportRefused, Problem, Source
from app.services.importing.report import Report
from app.services.importing.wordpress.export import WordPressExport
from app.services.importing.writer import import_blog

__all__ = [
    "GhostExport",
    "ImportRefused",
    "MarkdownTree",
    "Problem",
    "Report",
    "Source",
    "WordPressExport",
    "import_blog",
]
