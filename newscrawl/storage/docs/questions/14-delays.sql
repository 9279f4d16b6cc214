-- title: How long after publication were articles first seen?
-- note: For an article from a web archive, this is when the archive captured it.
SELECT strftime('%Y', a.published_at) AS year, count(*) AS articles,
  sum(r.seen_at <= datetime(a.published_at, '+1 hour')) AS within_an_hour,
  sum(r.seen_at <= datetime(a.published_at, '+1 day')) AS within_a_day,
  round(avg(julianday(r.seen_at) - julianday(a.published_at)) * 24, 1) AS mean_hours
FROM articles AS a
JOIN revisions AS r ON r.article_id = a.id AND r.number = 1
WHERE a.published_precision IN ('second', 'minute')
GROUP BY year
ORDER BY year DESC;
