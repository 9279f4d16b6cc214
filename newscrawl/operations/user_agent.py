"""How the crawl introduces itself."""

from newscrawl import __version__


def make_user_agent(contact: str) -> str:
    return f"newscrawl/{__version__} (+{contact})" if contact else f"newscrawl/{__version__}"
