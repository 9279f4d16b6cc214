-- title: What did the runs of each day store?
-- varying: day
-- note: If `done` is less than `runs`, a run failed, was killed, or is still running: `scrapy runs` names it.
SELECT date(started_at) AS day, count(*) AS runs, sum(exit_code = 0) AS done, sum(stored) AS stored,
  sum(updated) AS updated, sum(unchanged) AS unchanged, sum(refused) AS refused, sum(failed) AS failed,
  sum(blocked) AS blocked
FROM runs_readable
GROUP BY day
ORDER BY day DESC
LIMIT 30;
