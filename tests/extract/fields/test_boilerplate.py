import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.extract.fields import boilerplate
from tests.cpu_time import at_most

DEBRIS = {
    "advertisement": [
        "Advertisement",
    ],
    "audio": [
        "LISTEN TO ARTICLE",
        "Listen to this article",
        "0:00 / 12:34",
    ],
    "browser": [
        "Please upgrade your Browser",
        "Chrome, Firefox, Safari, Opera or Internet Explorer.",
        "Your browser is out-of-date. Please download one of these excellent browsers:",
        "Loading...",
    ],
    "click_here": [
        "Click here to see the chart",
        "For more articles like this, please visit us at bloomberg.com",
        "Want more Bloomberg Opinion? OPIN <GO>. Web readers click here.",
        "For more on rain's speech, click here.",
        "To save a copy of the chart, click here.",
        "Terminal users: click here to play now.",
        "Visit bloomberg.com/rain for the latest",
        "Click on “Send Comment” in the sidebar display to send a letter to the editor.",
        "Click on ``Send Comment'' in sidebar display to send a letter to the editor.",
        "This is a Bloomberg podcast. To download, watch or listen now, click here.",
    ],
    "copyright": [
        "©2020 Bloomberg L.P.",
        "Source: https://www.bloomberg.com",
        "Copyright 2013 Bloomberg",
        "All Rights Reserved",
    ],
    "credit": [
        "-- Bloomberg News",
    ],
    "disclaimer": [
        "This column does not necessarily reflect the opinion of the editorial board or Bloomberg LP and its owners.",
        "(This column does not necessarily reflect the opinion of Bloomberg LP and its owners.)",
        "Jo Doe writes the Rain column. This column does not necessarily reflect the opinion of Acme and its owners.",
        "This story was produced with the assistance of Bloomberg Automation.",
        "(Commentary. Jo Doe is a Bloomberg News columnist. The opinions expressed are his own.)",
        "(Jo Doe writes for Muse. The opinions expressed are her own.)",
        "THIS TRANSCRIPT MAY NOT BE 100% ACCURATE AND MAY CONTAIN MISSPELLINGS.",
    ],
    "follow": [
        "Get Alerts",
        "+ Get alerts for Jo Doe",
        "Follow all new stories by Jo Doe",
        "You can follow Jo Doe at @jodoe.",
        "Follow @bfoo for all the latest news, and sign up for our daily newsletter.",
        "Follow us @middleeast",
        "(Jo Doe is a Bloomberg PageView columnist. Follow him on Twitter.)",
        "Jo Doe is the chief rain critic for Bloomberg. Follow her on Twitter @jodoe.",
    ],
    "newsletter": [
        "Sign up for our newsletter",
        "Sign up here for the Foo newsletter",
        "For the best in rain, sign up for the Wet newsletter. Delivered weekly.",
        "Get our markets daily newsletter.",
        "A version of this column originally appeared in the Rain newsletter. You can sign up here.",
        "You will now receive the Rain newsletter",
        "Want to receive this post in your inbox every day? Sign up for the newsletter.",
    ],
    "related": [
        "For Related News and Information:",
        "Related News: Rain in Peru",
        "More on Peru:",
        "More stories like this are available on bloomberg.com",
        "Read more: Rain",
        "READ MORE: Rain Falls",
        "READ MORE",
        "Read More",
        "Most Read from Bloomberg",
        "Watch This Next: Why x",
        "In this article",
        "See Also:",
        "READ: Rain in Rome",
        "Watch: Rain in Rome",
        "Related: Rain",
        "More From Bloomberg",
        "More From Bloomberg Opinion:",
        "Read more from Screentime",
        "For related stories",
        "Story:",
        "Read more opinion online from Bloomberg PageView. Subscribe to receive a daily e-mail with new columns.",
        "More stories by Jo Doe",
        "For more on rain, read this next:",
        "Most Popular",
        "Recommended",
        "Related Articles",
        "What to Read Next",
        "For more, read this next: Rain Falls on Peru’s Bankers",
        "For more, read this QuickTake: Rain",
        "Read more Rain columns online .",
        "Read more breaking commentary from Jo Doe and other columnists at the Puddle .",
    ],
    "relative_time": [
        "Updated 31 minutes ago",
    ],
    "rule": [
        "--------",
        "* * *",
        "*T",
        "T*",
        "~~~",
        "=====",
    ],
    "share": [
        "Add us on Google",
        "SHARE THIS ARTICLE",
        "Open new tab",
        "Share on FacebookShare on TwitterShare on WhatsApp",
        "Copy Link",
    ],
    "subscribe": [
        "Subscribe now to stay ahead with the most trusted business news source.",
        "Subscriber Only",
        "To continue reading this article you must be a Subscriber.",
        "Featured in Bloomberg Businessweek, Oct. 3, 2016. Subscribe now.",
    ],
    "machine_summary": [
        "Takeaways by Bloomberg AI",
        "Hide Takeaways",
    ],
    "survey": [
        "Contact us: Provide news feedback",
        "Contact us:",
        "Provide news feedback or report an error",
        "Site feedback: Take our Survey",
        "Take the MLIV Pulse survey",
    ],
    "terminal_code": [
        "{TNI US MERGERS <GO>}",
        "For Related News and Information: Top Stories:TOP<GO> Link to Company News:JPM US <Equity> CN <GO>",
        "To see today's top stories, see: {{ISPO <GO>}}.",
        "Top legal stories: {{TLAW <GO>}}",
        "-0- Nov/09/2010 12:00 GMT",
        "#<738796.1204164.3.0.2.9.25>#",
        "See NI RAIN <GO>",
        "\u200bWant more Bloomberg Opinion? OPIN <GO>.",
        "Link to Company News:{{AAPL US <Equity> CN <GO>}}",
        "Stories related to rain: {NI RAIN <GO>}",
        "FIFW NSN NE82I36K50Y4<GO> Rain Faces New Threat",
        "BI RAIN<GO> for umbrella makers’ dashboard",
        "EU Rain Emissions: NI ECBRAIN",
        "Top Stories: TOP",
        "Link to Statement: Link",
    ],
    "terminal_tout": [
        "Before it's here, it's on the Bloomberg Terminal.",
        "Before it’s here, it’s on the Bloomberg Terminal.",
        "LEARN MORE",
    ],
    "tip": [
        "Confidential tip?",
        "Confidential tip? Send a tip to our reporters",
        "Have a confidential tip for our reporters?",
    ],
}

STORY = [
    "He said to read more: books matter.",
    "Read more books, she told them.",
    "More on the way were three ships.",
    "Click and mortar stores rose.",
    "For more than a decade, visitors have gone to Peru to see it.",
    "Sign up began on Monday, the agency said.",
    "Advertisement sales fell 4 percent.",
    "Advertisements fell.",
    "Share prices rose.",
    "Share on the rise were few.",
    "Follow the money, he said.",
    "Follow through on the plan, she wrote, and it works.",
    "Subscribers rose 4 percent.",
    "Subscribe they did, in the thousands.",
    "Listen to him and he sounds calm.",
    "The column does not necessarily reflect views.",
    "Customers can sign up for a free subscription to the service.",
    "Related companies fell.",
    "Stocks",
    "Bonds",
    "Watch",
    "Sources: two people said so.",
    "Copyright law is changing.",
    "Source of Income",
    "Before it was here, it was there.",
    "This story was produced by three playwrights in 1901.",
    "For more, the farmers wait.",
    "Top stories of rain came from Peru.",
    "Opinion polls: he lost.",
    "Video games sold well.",
    "See more of Peru, the ad said.",
    "To read the law is to see gaps.",
    "Want to win? Follow the leader, he says.",
    "“Read more: it’s good,” he said.",
    "Get out the vote, she said.",
    "Have a tipple, he said.",
    "Print runs rose.",
    "Comments by Poe moved the yen.",
    "Recommended by doctors, the drug sold.",
    "A day ago, he left.",
    "Loading docks were empty.",
    "In this article of faith they agree.",
    "The index (SPX) rose, according to <HELP> desk users who called.",
    "Want a house in Peru? The rain is free.",
    "Opinion: divided",
    "You might also like it there, she said.",
    "For farmers who want to grow more, sign up sheets were put here.",
    "Learn more about Peru and you will stay, he said.",
    "This article is for sale.",
    "Video: a new kind of art",
    "All rights reserved for farmers were sold.",
    "Related: they were brothers, he said.",
    "Continue reading the tea leaves, he said, and you'll be wrong about where rates are going next.",
    "",
    "Rain fell.",
    "The cost is 12:34.",
    "Red, White and Blue",
    "Most popular with farmers, the umbrella sold.",
    "Bloomberg rose.",
    "-- Bloomberg News said so, he wrote.",
    "Stocks: 4; bonds: 5.",
    "Read more slowly, he said.",
    "He is a banker. She followed him on foot.",
    "Poe is a banker. Follow him on a rainy day and you will see.",
    "The link to the statement: it rained.",
    "First on the list: NATO",
]


@pytest.mark.parametrize(("reason", "line"), [(reason, line) for reason, lines in DEBRIS.items() for line in lines])
def test_debris_and_its_reason(reason: str, line: str) -> None:
    assert boilerplate.find_reason(line) == reason
    assert boilerplate.find_reason(f"  {line}\xa0\n") == reason


@pytest.mark.parametrize("line", STORY)
def test_a_line_of_the_story_stays(line: str) -> None:
    assert boilerplate.find_reason(line) is None


@pytest.mark.parametrize("line", [line for lines in DEBRIS.values() for line in lines if line[0].isalpha()])
def test_a_sentence_that_contains_the_words_stays(line: str) -> None:
    assert boilerplate.find_reason(f"The farmer said “{line}” and left, in the rain.") is None


@given(st.text())
def test_any_text_has_a_known_reason_or_none(text: str) -> None:
    assert boilerplate.find_reason(text) in {None, *boilerplate.REASONS}


@pytest.mark.parametrize(
    "unit", ["a ", "(", "<GO> ", "for ", "read more ", "want ", "a. ", "sign up ", "{", "opinion "]
)
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        boilerplate.find_reason(unit * (2**20 // len(unit)))
        boilerplate.find_reason((unit * 700)[:700])
