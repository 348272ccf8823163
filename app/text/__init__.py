"""Pure text work: slugs, Markdown, HTML, search tokens."""
