"""When to ask, and when no more: what is remembered and a moment in, a decision out. Pure: no clock, no network.

lists: when a list is asked for, with which conditions, and what is remembered of the answer.
sitemaps: which sitemaps of an index a run needs.
pages: whether the page of a link is asked for, and when it is again.
archives: what is asked of a web archive, and which of its captures of a page are fetched.
drift: whether a run's pages lack more than its past runs' did.
"""
