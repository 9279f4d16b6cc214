-- title: From which places do stories come, and from which agency?
-- note: Only stories that begin with a dateline, which later layouts do not have. The agencies of the sample edition
--   name no place.
SELECT dateline_place AS place, dateline_agency AS agency, count(*) AS articles,
  date(min(published_at)) AS first, date(max(published_at)) AS last
FROM articles
WHERE dateline_place IS NOT NULL OR dateline_agency IS NOT NULL
GROUP BY place, agency
ORDER BY articles DESC, place, agency
LIMIT 20;
