"""Decisions of a crawl as pure functions: state and the current time in, a decision out; no clock, no network.

requests: the outcome of a decision, and when something planned is due.
lists: when a list is requested, and its state after each response.
sitemaps: which sitemaps of an index a run needs.
pages: whether the page of a link is requested, and when it is next.
archives: queries to a web archive's index, and which captures of a page are fetched.
url_shapes, article_links, sections, site_lists: what the URLs, links and lists of an unknown site are.
url_patterns: which of its links are followed, by what came of others like them.
drift: whether the pages of a run lack more fields than those of earlier runs.
"""
