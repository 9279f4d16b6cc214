-- title: How many articles were published in each year and month?
-- note: A 0 between other months is a gap in the archive rather than in the news: see `gaps`.
SELECT year, count(*) AS articles,
  sum(month = '01') AS jan, sum(month = '02') AS feb, sum(month = '03') AS mar, sum(month = '04') AS apr,
  sum(month = '05') AS may, sum(month = '06') AS jun, sum(month = '07') AS jul, sum(month = '08') AS aug,
  sum(month = '09') AS sep, sum(month = '10') AS oct, sum(month = '11') AS nov, sum(month = '12') AS dec
FROM (
  SELECT strftime('%Y', published_at) AS year, strftime('%m', published_at) AS month
  FROM articles
  WHERE published_at IS NOT NULL
)
GROUP BY year
ORDER BY year DESC;
