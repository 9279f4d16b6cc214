-- title: How many captures are kept, from where, and how large are they?
-- note: `bytes` as packed in their WARC files. A revisit is the capture of a page whose payload is kept already.
SELECT source, strftime('%Y', captured_at) AS year, count(*) AS captures, sum(kind = 'revisit') AS revisits,
  count(DISTINCT file) AS files, sum(file_length) AS bytes
FROM captures
WHERE file IS NOT NULL
GROUP BY source, year
ORDER BY source, year DESC;
