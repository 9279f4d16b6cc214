"""Three articles that the tests of queries search and count."""

from tests.storage.captures import at, body, capture

ARTICLES = [
    capture(
        "harbour",
        headline="Harbour Falls Quiet",
        dek="No ships came",
        published_at=at(1),
        byline=("Ann O'Bo", "Émile Zoë"),
        tickers=("SEA:US", "PORT"),
        section="Markets",
        body=body(
            "The state-of-the-art cranes about the EU stood still, Ann said.", "Nothing else will move on Tuesday."
        ),
    ),
    capture(
        "tariffs",
        headline="Tariffs, Again",
        published_at=at(3),
        byline=("Cy Do",),
        tickers=("SEAX:US",),
        section="politics",
        body=body("A tariff is a tax; 100% of harbour masters agree. Café owners don't. U.S. rates rose 2.5%."),
    ),
    capture("undated", headline="No Date", byline=("Ann Bo",), body=body("Cranes. “Quoted” words_joined by art.")),
]
