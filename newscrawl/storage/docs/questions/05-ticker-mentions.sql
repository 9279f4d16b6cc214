-- title: How often was a security in the news each year, and what was the last headline?
-- parameter ticker: HALV:SX
-- note: Beside `max()`, SQLite takes the other columns from the row that has the maximum.
SELECT strftime('%Y', published_at) AS year, count(*) AS articles, max(published_at) AS last_at, headline
FROM ticker_mentions
WHERE ticker = :ticker
GROUP BY year
ORDER BY year DESC;
