"""Writes the blog as a tree of Markdown, for Hugo to show and `flask import` to read back."""

from app.services.exporting.tree import Export, ExportRefused, export_markdown

__all__ = ["Export", "ExportRefused", "export_markdown"]
