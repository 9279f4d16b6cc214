-- title: From which places is reported, and for which agency?
-- note: Of stories that begin with a dateline, which later templates have not. The agency's own name no place, as
--   those of the sample edition.
SELECT dateline_place AS place, dateline_agency AS agency, count(*) AS articles,
  date(min(published_at)) AS first, date(max(published_at)) AS last
FROM articles
WHERE dateline_place IS NOT NULL OR dateline_agency IS NOT NULL
GROUP BY place, agency
ORDER BY articles DESC, place, agency
LIMIT 20;
