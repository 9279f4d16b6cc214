"""A world of invented news sites on loopback addresses, which knows what is an article and what is not.

with serve(SITES) as world:
    crawl(*(site.home for site in world.sites))
    print(measure(world, [(url, headline), …]))
"""

from tests.world.catalogue import SITES
from tests.world.measure import Measured, measure
from tests.world.server import World, serve

__all__ = ["SITES", "Measured", "World", "measure", "serve"]
