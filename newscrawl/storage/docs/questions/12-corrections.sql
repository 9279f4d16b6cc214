-- title: What did the publisher correct?
-- note: The note as it is printed. What it does not tell, `headline-changes` and `body-changes` may.
SELECT published_at, headline, correction
FROM articles
WHERE correction IS NOT NULL
ORDER BY published_at DESC, id
LIMIT 50;
