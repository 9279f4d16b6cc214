-- title: What is there for a long evening?
-- note: `word_count` is of the body; at 230 words a minute, divide.
SELECT word_count, headline, section, date(published_at) AS day
FROM articles
ORDER BY word_count DESC, published_at DESC
LIMIT 20;
