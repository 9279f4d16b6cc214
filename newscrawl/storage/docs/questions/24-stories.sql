-- title: How many stories, rather than articles, came out each year?
-- note: A story that was rewritten through the day, copied or corrected under another address counts once: the view
--   `clusters`, and `scrapy clusters`, name those. The sample edition tells none of its stories twice.
SELECT strftime('%Y', a.published_at) AS year, count(*) AS articles,
  count(DISTINCT coalesce(c.cluster_id, a.id)) AS stories,
  count(*) - count(DISTINCT coalesce(c.cluster_id, a.id)) AS told_again
FROM articles AS a
LEFT JOIN article_clusters AS c ON c.article_id = a.id
WHERE a.published_at IS NOT NULL
GROUP BY year
ORDER BY year DESC;
