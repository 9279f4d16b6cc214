"""Questions that people ask of an archive, in SQLite's SQL: docs/questions.md has their answers on the sample edition.

Each stands on the tables and views of docs/schema.md, and on a million articles takes seconds at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the statement that answers it."""

    name: str
    """Lower-case words with hyphens: part of an address."""
    title: str
    """The question in one sentence."""
    sql: str
    """One SELECT; named parameters such as :ticker."""
    note: str
    """What to know of the answer: Markdown."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Every parameter of the SQL with a value that has an answer in the sample edition."""
    moving: frozenset[str] = frozenset()
    """Columns that tell of our own doings and not of what was read: they are otherwise at every crawl."""


QUESTIONS = (
    Question(
        "newest",
        "What came out last?",
        """\
SELECT published_at, headline, byline, section
FROM latest
ORDER BY published_at DESC, id DESC
LIMIT 20""",
        "`latest` has one line an article, with its authors and tickers in one cell each.",
    ),
    Question(
        "search",
        "Which articles speak of something, the best first, and where?",
        """\
SELECT a.published_at, a.headline, snippet(search_words, -1, '[', ']', '…', 12) AS passage
FROM search_words
JOIN articles AS a ON a.id = search_words.rowid
WHERE search_words MATCH :words AND rank MATCH 'bm25(10.0, 4.0, 1.0)'
ORDER BY rank
LIMIT 20""",
        'FTS5\'s own syntax: `"night train"`, `harbor OR ferry`, `tarif*`, `headline: storm`, `NEAR(salt lake, 5)`. A '
        "word of the headline weighs ten times, one of the dek four times as much as one of the body.",
        {"words": '"night train" OR ferr*'},
    ),
    Question(
        "calendar",
        "How many articles came out each year and month?",
        """\
SELECT year, count(*) AS articles,
  sum(month = '01') AS jan, sum(month = '02') AS feb, sum(month = '03') AS mar, sum(month = '04') AS apr,
  sum(month = '05') AS may, sum(month = '06') AS jun, sum(month = '07') AS jul, sum(month = '08') AS aug,
  sum(month = '09') AS sep, sum(month = '10') AS oct, sum(month = '11') AS nov, sum(month = '12') AS dec
FROM (
  SELECT strftime('%Y', published_at) AS year, strftime('%m', published_at) AS month
  FROM articles
  WHERE published_at IS NOT NULL
)
GROUP BY year
ORDER BY year DESC""",
        "A month of 0 between full ones is a hole in the archive rather than in the news: see `gaps`.",
    ),
    Question(
        "hours",
        "On which weekdays, and at what hours, do articles come out?",
        """\
SELECT substr('SunMonTueWedThuFriSat', 1 + 3 * weekday, 3) AS weekday, count(*) AS articles,
  sum(hour < 6) AS from_00_to_06, sum(hour >= 6 AND hour < 12) AS from_06_to_12,
  sum(hour >= 12 AND hour < 18) AS from_12_to_18, sum(hour >= 18) AS from_18_to_24
FROM (
  SELECT strftime('%w', published_at) AS weekday, CAST(strftime('%H', published_at) AS INTEGER) AS hour
  FROM articles
  WHERE published_precision IN ('second', 'minute')
)
GROUP BY weekday
ORDER BY (weekday + 6) % 7""",
        "Hours are UTC: for another zone write `datetime(published_at, '-5 hours')`. Where a page tells the day alone, "
        "its article is left out.",
    ),
    Question(
        "ticker-mentions",
        "How often was a security in the news, year by year, and how did the last story read?",
        """\
SELECT strftime('%Y', published_at) AS year, count(*) AS articles, max(published_at) AS last_at, headline
FROM ticker_mentions
WHERE ticker = :ticker
GROUP BY year
ORDER BY year DESC""",
        "Beside `max()`, SQLite takes the other columns of the row that has the maximum.",
        {"ticker": "HALV:SX"},
    ),
    Question(
        "tickers-together",
        "Which securities are named together with one?",
        """\
SELECT other.ticker, count(*) AS articles
FROM tickers AS own
JOIN tickers AS other ON other.article_id = own.article_id AND other.ticker <> own.ticker
WHERE own.ticker = :ticker
GROUP BY other.ticker
ORDER BY articles DESC, other.ticker
LIMIT 20""",
        "`articles` counts the articles that name both.",
        {"ticker": "AZTR:SX"},
    ),
    Question(
        "authors",
        "Who writes most?",
        """\
SELECT author, articles, assisted, date(first_published_at) AS first, date(last_published_at) AS last
FROM articles_by_author
ORDER BY articles DESC, assisted DESC, author
LIMIT 20""",
        "`assisted` counts lines such as “With assistance by”.",
    ),
    Question(
        "coauthors",
        "With whom does an author write?",
        """\
SELECT u.name, count(*) AS articles, date(max(a.published_at)) AS last
FROM authors AS one
JOIN article_authors AS own ON own.author_id = one.id AND own.role = 'byline'
JOIN article_authors AS other
  ON other.article_id = own.article_id AND other.role = 'byline' AND other.author_id <> own.author_id
JOIN authors AS u ON u.id = other.author_id
JOIN articles AS a ON a.id = own.article_id
WHERE one.name = :author
GROUP BY u.id
ORDER BY articles DESC, u.name
LIMIT 20""",
        "Of bylines; drop the two conditions on `role` to count who assisted as well.",
        {"author": "Jean-Baptiste Kouassi"},
    ),
    Question(
        "sections-by-year",
        "How do the sections shift over the years?",
        """\
SELECT strftime('%Y', published_at) AS year, lower(section) AS section, count(*) AS articles,
  round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY strftime('%Y', published_at)), 1) AS percent
FROM articles
WHERE section IS NOT NULL AND published_at IS NOT NULL
GROUP BY 1, 2
ORDER BY year DESC, articles DESC, section""",
        "`percent` is of the year's articles that have a section. Sections are as printed; their case changed with the "
        "templates, so it is left aside.",
    ),
    Question(
        "headline-changes",
        "Which headlines were changed after they came out, and from what to what?",
        """\
SELECT new.seen_at, old.headline AS was, new.headline AS became
FROM revisions AS new
JOIN revisions AS old ON old.article_id = new.article_id AND old.number = new.number - 1
WHERE new.headline <> old.headline
ORDER BY new.seen_at DESC, new.article_id
LIMIT 50""",
        "`scrapy articles --show ID` has the article; `revisions_readable` every version in full.",
    ),
    Question(
        "body-changes",
        "Which bodies were cut, and which grew?",
        """\
SELECT a.headline, old.number AS version, old.access AS was, new.access AS became, length(old.body_text) AS characters,
  length(coalesce((
    SELECT later.body_text FROM revisions AS later
    WHERE later.article_id = old.article_id AND later.number > old.number AND later.body_text IS NOT NULL
    ORDER BY later.number LIMIT 1
  ), a.body_text)) - length(old.body_text) AS change
FROM revisions AS old
JOIN revisions AS new ON new.article_id = old.article_id AND new.number = old.number + 1
JOIN articles AS a ON a.id = old.article_id
WHERE old.body_text IS NOT NULL
ORDER BY abs(change) DESC, old.article_id, old.number
LIMIT 50""",
        "`change` is in characters; a teaser that was completed grows, too, and says so in `was` and `became`. A "
        "revision has a body only where the next one has another.",
    ),
    Question(
        "corrections",
        "What did the publisher correct?",
        """\
SELECT published_at, headline, correction
FROM articles
WHERE correction IS NOT NULL
ORDER BY published_at DESC, id
LIMIT 50""",
        "The note as it is printed. What it does not tell, `headline-changes` and `body-changes` may.",
    ),
    Question(
        "incomplete",
        "Which articles are held in part only, and when is their page asked for again?",
        """\
SELECT a.published_at, a.headline, a.access, a.word_count, min(p.due_at) AS due_at
FROM articles AS a
LEFT JOIN pages AS p ON p.article_id = a.id
WHERE a.access <> 'full'
GROUP BY a.id
ORDER BY a.published_at DESC, a.id
LIMIT 50""",
        "`teaser`: the opening alone was shown; `blocked`: a headline from a list. Both are completed by the first "
        "page that shows more. The sample edition is a replay, so none of its pages is due.",
    ),
    Question(
        "delays",
        "How long after they came out were articles first seen?",
        """\
SELECT strftime('%Y', a.published_at) AS year, count(*) AS articles,
  sum(r.seen_at <= datetime(a.published_at, '+1 hour')) AS within_an_hour,
  sum(r.seen_at <= datetime(a.published_at, '+1 day')) AS within_a_day,
  round(avg(julianday(r.seen_at) - julianday(a.published_at)) * 24, 1) AS mean_hours
FROM articles AS a
JOIN revisions AS r ON r.article_id = a.id AND r.number = 1
WHERE a.published_precision IN ('second', 'minute')
GROUP BY year
ORDER BY year DESC""",
        "Of what an archive told, this is when the archive saw it.",
    ),
    Question(
        "gaps",
        "Where is the archive silent: the longest spans without an article?",
        """\
SELECT last_day, next_day, CAST(julianday(next_day) - julianday(last_day) AS INTEGER) - 1 AS days_without
FROM (
  SELECT lag(day) OVER (ORDER BY day) AS last_day, day AS next_day
  FROM (SELECT DISTINCT date(published_at) AS day FROM articles WHERE published_at IS NOT NULL)
)
WHERE days_without > 0
ORDER BY days_without DESC, last_day
LIMIT 20""",
        "`scrapy crawl` with `-a since=` and `-a until=`, or a web archive as its source, fills them.",
    ),
    Question(
        "pages",
        "What became of every address that was found, why, and how many are still to be asked for?",
        """\
SELECT state, reason, count(*) AS pages, sum(state = 'discovered' OR due_at IS NOT NULL) AS to_ask, min(due_at) AS next
FROM pages
GROUP BY state, reason
ORDER BY pages DESC, state, reason""",
        "README.md tells the states; `scrapy pages --reason NAME` has the addresses, and `pages_due` those to come.",
    ),
    Question(
        "runs",
        "What did each day's runs bring?",
        """\
SELECT date(started_at) AS day, count(*) AS runs, sum(exit_code = 0) AS done, sum(stored) AS stored,
  sum(updated) AS updated, sum(unchanged) AS unchanged, sum(refused) AS refused, sum(failed) AS failed,
  sum(blocked) AS blocked
FROM runs_readable
GROUP BY day
ORDER BY day DESC
LIMIT 30""",
        "A day whose `done` is less than its `runs` had one that failed, was killed, or still runs: `scrapy runs` "
        "names it.",
        moving=frozenset({"day"}),
    ),
    Question(
        "longest",
        "What is there for a long evening?",
        """\
SELECT word_count, headline, section, date(published_at) AS day
FROM articles
ORDER BY word_count DESC, published_at DESC
LIMIT 20""",
        "`word_count` is of the body; at 230 words a minute, divide.",
    ),
    Question(
        "datelines",
        "From which places is reported, and for which agency?",
        """\
SELECT dateline_place AS place, dateline_agency AS agency, count(*) AS articles,
  date(min(published_at)) AS first, date(max(published_at)) AS last
FROM articles
WHERE dateline_place IS NOT NULL OR dateline_agency IS NOT NULL
GROUP BY place, agency
ORDER BY articles DESC, place, agency
LIMIT 20""",
        "Of stories that begin with a dateline, which later templates have not. The agency's own name no place, as "
        "those of the sample edition.",
    ),
    Question(
        "pictures",
        "Who makes the pictures?",
        """\
SELECT credit, count(*) AS pictures, count(DISTINCT article_id) AS articles
FROM images
WHERE credit IS NOT NULL
GROUP BY credit
ORDER BY pictures DESC, credit
LIMIT 20""",
        "The credit with its label, as printed.",
    ),
    Question(
        "contacts",
        "Who edits and reports from where?",
        """\
SELECT name, role, place, count(*) AS articles, max(email) AS email
FROM contacts
GROUP BY name, role, place
ORDER BY articles DESC, name, role
LIMIT 20""",
        "From the lines “To contact the reporter on this story”; the editors stand nowhere else.",
    ),
    Question(
        "topics",
        "Which topics does the publisher give?",
        """\
SELECT topic, count(*) AS articles
FROM topics
GROUP BY topic
ORDER BY articles DESC, topic
LIMIT 20""",
        "Tags of the page, as printed.",
    ),
    Question(
        "layouts",
        "Which templates were the pages in, and what do those not tell?",
        """\
SELECT layout, count(*) AS articles, date(min(published_at)) AS first, date(max(published_at)) AS last,
  sum(dek IS NULL) AS without_dek, sum(section IS NULL) AS without_section,
  sum(published_precision IS NOT 'second' AND published_precision IS NOT 'minute') AS without_hour
FROM articles
GROUP BY layout
ORDER BY last DESC, layout""",
        "Publishers set old stories anew: a layout's year is that of its template, not of its stories.",
    ),
    Question(
        "stories",
        "How many stories, rather than articles, came out each year?",
        """\
SELECT strftime('%Y', a.published_at) AS year, count(*) AS articles,
  count(DISTINCT coalesce(c.cluster_id, a.id)) AS stories,
  count(*) - count(DISTINCT coalesce(c.cluster_id, a.id)) AS told_again
FROM articles AS a
LEFT JOIN article_clusters AS c ON c.article_id = a.id
WHERE a.published_at IS NOT NULL
GROUP BY year
ORDER BY year DESC""",
        "A story that was rewritten through the day, copied or corrected under another address counts once: the view "
        "`clusters`, and `scrapy clusters`, name those. The sample edition tells none of its stories twice.",
    ),
    Question(
        "captures",
        "How many captures are kept, from where, and how large are they?",
        """\
SELECT source, strftime('%Y', captured_at) AS year, count(*) AS captures, sum(kind = 'revisit') AS revisits,
  count(DISTINCT file) AS files, sum(file_length) AS bytes
FROM captures
WHERE file IS NOT NULL
GROUP BY source, year
ORDER BY source, year DESC""",
        "`bytes` as packed in their WARC files. A revisit is the capture of a page whose payload is kept already.",
    ),
)
