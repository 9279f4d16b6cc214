-- title: Which fields does each layout miss?
-- note: Publishers re-render old stories: the dates of a layout are not those of its stories.
SELECT layout, count(*) AS articles, date(min(published_at)) AS first, date(max(published_at)) AS last,
  sum(dek IS NULL) AS without_dek, sum(section IS NULL) AS without_section,
  sum(published_precision IS NOT 'second' AND published_precision IS NOT 'minute') AS without_hour
FROM articles
GROUP BY layout
ORDER BY last DESC, layout;
