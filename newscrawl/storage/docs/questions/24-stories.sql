-- title: How many stories, rather than articles, were published each year?
-- note: An article that was copied, updated or corrected under another URL counts once: the view `clusters` and
--   `scrapy clusters` list them, once `scrapy clusters --update` has found them. The sample edition has no copies.
SELECT strftime('%Y', a.published_at) AS year, count(*) AS articles,
  count(DISTINCT coalesce(c.cluster_id, a.id)) AS stories,
  count(*) - count(DISTINCT coalesce(c.cluster_id, a.id)) AS repeated
FROM articles AS a
LEFT JOIN article_clusters AS c ON c.article_id = a.id
WHERE a.published_at IS NOT NULL
GROUP BY year
ORDER BY year DESC;
