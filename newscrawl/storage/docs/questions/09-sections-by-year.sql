-- title: How do the shares of the sections change over the years?
-- note: `percent` is of the year's articles that have a section. Sections are as printed, but without case, which
--   changed with the layouts.
SELECT strftime('%Y', published_at) AS year, lower(section) AS section, count(*) AS articles,
  round(100.0 * count(*) / sum(count(*)) OVER (PARTITION BY strftime('%Y', published_at)), 1) AS percent
FROM articles
WHERE section IS NOT NULL AND published_at IS NOT NULL
GROUP BY 1, 2
ORDER BY year DESC, articles DESC, section;
