-- title: How often was a security in the news, year by year, and how did the last story read?
-- parameter ticker: HALV:SX
-- note: Beside `max()`, SQLite takes the other columns of the row that has the maximum.
SELECT strftime('%Y', published_at) AS year, count(*) AS articles, max(published_at) AS last_at, headline
FROM ticker_mentions
WHERE ticker = :ticker
GROUP BY year
ORDER BY year DESC;
