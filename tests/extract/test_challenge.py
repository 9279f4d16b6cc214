"""Challenges, and the pages that must not be taken for one."""

from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.extract.challenge import find_block
from newscrawl.publishers.bloomberg import PUBLISHER

STORY = b"<p>The bank said that its riddles for visitors had grown too hard for people to solve in time.</p>" * 30


def page(body: bytes, url: str = "https://www.bloomberg.com/news/articles/2020-01-02/rain") -> Page:
    return Page(url=url, body=body, fetched_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<title>Bloomberg - Are you a robot?</title><p>Click the box.</p>", "robot_check"),
        (b"<title>Bloomberg - Are you a robot?</title>" + STORY, "robot_check"),
        (b"<title>Just a moment...</title><script>" + b"x " * 9_000 + b"</script>", "robot_check"),
        (b"<title>Attention Required! | Cloudflare</title>", "robot_check"),
        (b"<title>\n Access Denied</title>", "robot_check"),
        (b"<title>403 Forbidden</title>", "robot_check"),
        (b"<p>We've detected Unusual Activity From Your Computer Network</p>", "robot_check"),
        (b'<div id="px-captcha"></div>', "captcha"),
        (b'<iframe src="https://geo.captcha-delivery.com/captcha/"></iframe>', "captcha"),
    ],
)
def test_a_challenge(body: bytes, told: str) -> None:
    assert find_block(page(body), PUBLISHER.block_marks) == told


def test_a_challenge_by_its_final_address() -> None:
    assert (
        find_block(page(STORY, "https://www.bloomberg.com/tosv2.html?vid=&uuid=1"), PUBLISHER.block_marks)
        == "robot_check"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"<title>Rain Falls in Peru</title>" + STORY,
        b"<title>Are You a Robot? The Riddle Turns 20</title>" + STORY,
        b"<title>Just a Moment: How Banks Keep You Waiting</title>" + STORY,
        b"<p>Visitors read of unusual activity from your computer network.</p>" + STORY,
        STORY + b'<form><div class="g-recaptcha"></div></form>',
        b"",
    ],
    ids=["story", "about captchas", "title begins alike", "quotes the wording", "comment form", "empty"],
)
def test_no_challenge(body: bytes) -> None:
    assert find_block(page(body), PUBLISHER.block_marks) is None
