-- title: What became of every address that was found, why, and how many are still to be asked for?
-- note: README.md tells the states; `scrapy pages --reason NAME` has the addresses, and `pages_due` those to come.
SELECT state, reason, count(*) AS pages, sum(state = 'discovered' OR due_at IS NOT NULL) AS to_ask, min(due_at) AS next
FROM pages
GROUP BY state, reason
ORDER BY pages DESC, state, reason;
