-- title: Which articles are incomplete, and when is their page fetched again?
-- note: `teaser`: only the opening was shown; `blocked`: a headline from a list. Both are completed by the first
--   page that shows more. The sample edition is a replay, so none of its pages is due.
SELECT a.published_at, a.headline, a.access, a.word_count, min(p.due_at) AS due_at
FROM articles AS a
LEFT JOIN pages AS p ON p.article_id = a.id
WHERE a.access <> 'full'
GROUP BY a.id
ORDER BY a.published_at DESC, a.id
LIMIT 50;
