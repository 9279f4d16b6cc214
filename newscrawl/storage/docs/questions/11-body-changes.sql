-- title: Which bodies became shorter or longer?
-- note: `change` is in characters; a teaser that was completed grows too, as `was` and `became` show. A revision has
--   a body only if the next one has another.
SELECT a.headline, old.number AS version, old.access AS was, new.access AS became, length(old.body_text) AS characters,
  length(coalesce((
    SELECT later.body_text FROM revisions AS later
    WHERE later.article_id = old.article_id AND later.number > old.number AND later.body_text IS NOT NULL
    ORDER BY later.number LIMIT 1
  ), a.body_text)) - length(old.body_text) AS change
FROM revisions AS old
JOIN revisions AS new ON new.article_id = old.article_id AND new.number = old.number + 1
JOIN articles AS a ON a.id = old.article_id
WHERE old.body_text IS NOT NULL
ORDER BY abs(change) DESC, old.article_id, old.number
LIMIT 50;
