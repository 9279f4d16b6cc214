-- title: On which weekdays, and at what hours, are articles published?
-- note: Hours are UTC: for another zone write `datetime(published_at, '-5 hours')`. Articles with a date but no time
--   are left out.
SELECT substr('SunMonTueWedThuFriSat', 1 + 3 * weekday, 3) AS weekday, count(*) AS articles,
  sum(hour < 6) AS from_00_to_06, sum(hour >= 6 AND hour < 12) AS from_06_to_12,
  sum(hour >= 12 AND hour < 18) AS from_12_to_18, sum(hour >= 18) AS from_18_to_24
FROM (
  SELECT strftime('%w', published_at) AS weekday, CAST(strftime('%H', published_at) AS INTEGER) AS hour
  FROM articles
  WHERE published_precision IN ('second', 'minute')
)
GROUP BY weekday
ORDER BY (weekday + 6) % 7;
