-- title: Who writes most?
-- note: `assisted` counts lines such as “With assistance by”.
SELECT author, articles, assisted, date(first_published_at) AS first, date(last_published_at) AS last
FROM articles_by_author
ORDER BY articles DESC, assisted DESC, author
LIMIT 20;
