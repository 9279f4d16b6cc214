-- title: Which headlines were changed after publication, and how?
-- note: `scrapy articles --show ID` shows the article; `revisions_readable` has every revision in full.
SELECT new.seen_at, old.headline AS was, new.headline AS became
FROM revisions AS new
JOIN revisions AS old ON old.article_id = new.article_id AND old.number = new.number - 1
WHERE new.headline <> old.headline
ORDER BY new.seen_at DESC, new.article_id
LIMIT 50;
