-- title: With whom does an author write?
-- parameter author: Jean-Baptiste Kouassi
-- note: Bylines only; drop the two conditions on `role` to count assistance as well.
SELECT u.name, count(*) AS articles, date(max(a.published_at)) AS last
FROM authors AS one
JOIN article_authors AS own ON own.author_id = one.id AND own.role = 'byline'
JOIN article_authors AS other
  ON other.article_id = own.article_id AND other.role = 'byline' AND other.author_id <> own.author_id
JOIN authors AS u ON u.id = other.author_id
JOIN articles AS a ON a.id = own.article_id
WHERE one.name = :author
GROUP BY u.id
ORDER BY articles DESC, u.name
LIMIT 20;
