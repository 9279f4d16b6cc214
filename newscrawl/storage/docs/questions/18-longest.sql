-- title: Which articles are the longest?
-- note: `word_count` is of the body; people read about 230 words a minute.
SELECT word_count, headline, section, date(published_at) AS day
FROM articles
ORDER BY word_count DESC, published_at DESC
LIMIT 20;
