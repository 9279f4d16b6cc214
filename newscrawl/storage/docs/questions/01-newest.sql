-- title: What are the newest articles?
-- note: `latest` has one line an article, with its authors and tickers in one cell each.
SELECT published_at, headline, byline, section
FROM latest
ORDER BY published_at DESC, id DESC
LIMIT 20;
