"""newscrawl as a library: pages to articles, lists to links, and the archive. See docs/embed.md.

The package root has these names: `from newscrawl import extract_article, find_links, open_archive`.
"""
