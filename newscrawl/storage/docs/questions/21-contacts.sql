-- title: Who reports and edits, and from where?
-- note: From the lines “To contact the reporter on this story”; editors are named nowhere else.
SELECT name, role, place, count(*) AS articles, max(email) AS email
FROM contacts
GROUP BY name, role, place
ORDER BY articles DESC, name, role
LIMIT 20;
