-- title: Who makes the pictures?
-- note: The credit with its label, as printed.
SELECT credit, count(*) AS pictures, count(DISTINCT article_id) AS articles
FROM images
WHERE credit IS NOT NULL
GROUP BY credit
ORDER BY pictures DESC, credit
LIMIT 20;
