-- title: Where are the longest gaps without an article?
-- note: `scrapy crawl` with `-a since=` and `-a until=`, or a web archive as its source, fills them.
SELECT last_day, next_day, CAST(julianday(next_day) - julianday(last_day) AS INTEGER) - 1 AS days_without
FROM (
  SELECT lag(day) OVER (ORDER BY day) AS last_day, day AS next_day
  FROM (SELECT DISTINCT date(published_at) AS day FROM articles WHERE published_at IS NOT NULL)
)
WHERE days_without > 0
ORDER BY days_without DESC, last_day
LIMIT 20;
