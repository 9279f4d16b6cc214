-- title: Which securities are mentioned together with one?
-- parameter ticker: AZTR:SX
-- note: `articles` counts the articles that mention both.
SELECT other.ticker, count(*) AS articles
FROM tickers AS own
JOIN tickers AS other ON other.article_id = own.article_id AND other.ticker <> own.ticker
WHERE own.ticker = :ticker
GROUP BY other.ticker
ORDER BY articles DESC, other.ticker
LIMIT 20;
