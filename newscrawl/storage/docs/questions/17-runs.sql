-- title: What did each day's runs bring?
-- varying: day
-- note: A day whose `done` is less than its `runs` had one that failed, was killed, or still runs: `scrapy runs`
--   names it.
SELECT date(started_at) AS day, count(*) AS runs, sum(exit_code = 0) AS done, sum(stored) AS stored,
  sum(updated) AS updated, sum(unchanged) AS unchanged, sum(refused) AS refused, sum(failed) AS failed,
  sum(blocked) AS blocked
FROM runs_readable
GROUP BY day
ORDER BY day DESC
LIMIT 30;
