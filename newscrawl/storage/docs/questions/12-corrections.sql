-- title: What did the publisher correct?
-- note: The note as printed. `headline-changes` and `body-changes` show corrections without a note.
SELECT published_at, headline, correction
FROM articles
WHERE correction IS NOT NULL
ORDER BY published_at DESC, id
LIMIT 50;
