-- title: What is the state of every discovered page, why, and how many are still to be fetched?
-- note: README.md explains the states; `scrapy pages --reason NAME` lists the pages, and `pages_due` those to be
--   fetched.
SELECT state, reason, count(*) AS pages, sum(state = 'discovered' OR due_at IS NOT NULL) AS to_fetch, min(due_at) AS next
FROM pages
GROUP BY state, reason
ORDER BY pages DESC, state, reason;
