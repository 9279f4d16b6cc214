-- title: How many captures are stored, from where, and how large are they?
-- note: `bytes` as compressed in their WARC files. A revisit is a capture whose payload is stored already.
SELECT source, strftime('%Y', captured_at) AS year, count(*) AS captures, sum(kind = 'revisit') AS revisits,
  count(DISTINCT file) AS files, sum(file_length) AS bytes
FROM captures
WHERE file IS NOT NULL
GROUP BY source, year
ORDER BY source, year DESC;
