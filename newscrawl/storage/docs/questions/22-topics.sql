-- title: Which topics does the publisher use?
-- note: Tags of the page, as printed.
SELECT topic, count(*) AS articles
FROM topics
GROUP BY topic
ORDER BY articles DESC, topic
LIMIT 20;
