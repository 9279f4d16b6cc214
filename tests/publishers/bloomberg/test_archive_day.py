"""Daily archive pages."""

import pytest

from newscrawl import discovery
from newscrawl.errors import DiscoveryError
from newscrawl.publishers.bloomberg import PUBLISHER

AT = "https://www.bloomberg.example/archive/news/2013-05-27/"
PAGE = b"""<html><body><nav><ul class="menu"><li><a href="/markets">Markets</a></li></ul></nav>
<ul class="other stories big"><li><a href="/news/2013-05-27/ferry-sails.html">Ferry  <b>Sails</b></a> 11:58 PM</li>
<li><p><a href="/authors/1">By Noor Haddad</a></p></li>
<li><a href="http://www.bloomberg.example/video/ferry-at-sea-1.html">Ferry at Sea: Video</a></li>
<li><a href="/news/2013-05-27/ferry-sails.html">Ferry</a></li></ul>
<ul class="stories-related"><li><a href="/news/2013-05-26/old.html">Old</a></li></ul></body></html>"""


def test_the_stories_of_a_day() -> None:
    listing = discovery.read("archive_day", PAGE, AT, PUBLISHER.list_readers)
    assert [(link.url, link.headline) for link in listing.links] == [
        ("https://www.bloomberg.example/news/2013-05-27/ferry-sails.html", "Ferry Sails"),
        ("http://www.bloomberg.example/video/ferry-at-sea-1.html", "Ferry at Sea: Video"),
    ]
    assert {(link.source, link.published_at, link.updated_at) for link in listing.links} == {
        ("archive_day", None, None)
    }


def test_a_day_without_stories_is_none_and_a_page_without_a_list_no_day() -> None:
    assert (
        discovery.read("archive_day", b'<html><ul class="stories"></ul></html>', AT, PUBLISHER.list_readers).links == ()
    )
    with pytest.raises(DiscoveryError) as caught:
        discovery.read("archive_day", b"<html><title>Are you a robot?</title></html>", AT, PUBLISHER.list_readers)
    assert caught.value.reason == "not_archive_day"
