-- title: Which articles match a search, the best first, and where?
-- parameter words: "night train" OR ferr*
-- note: Words in the syntax of FTS5: `"night train"`, `harbor OR ferry`, `tarif*`, `headline: storm`, `NEAR(salt
--   lake, 5)`. A word of the headline weighs ten times, one of the dek four times as much as one of the body.
SELECT a.published_at, a.headline, snippet(search_words, -1, '[', ']', '…', 12) AS passage
FROM search_words
JOIN articles AS a ON a.id = search_words.rowid
WHERE search_words MATCH :words AND rank MATCH 'bm25(10.0, 4.0, 1.0)'
ORDER BY rank
LIMIT 20;
