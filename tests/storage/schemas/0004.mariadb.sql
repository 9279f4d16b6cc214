CREATE TABLE newscrawl_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT newscrawl_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE articles (
  id BIGINT NOT NULL COMMENT 'Number of the article in this database.' AUTO_INCREMENT,
  headline LONGTEXT COLLATE utf8mb4_unicode_ci NOT NULL COMMENT 'The headline.',
  dek LONGTEXT COLLATE utf8mb4_unicode_ci COMMENT 'The line under the headline that says more; NULL: none.',
  published_at DATETIME(6) COMMENT 'When the publisher says it came out; UTC.',
  published_precision VARCHAR(40) COMMENT 'How much of published_at the page tells: second, minute or day.',
  updated_at DATETIME(6) COMMENT 'When the publisher says it last changed; UTC.',
  section VARCHAR(500) COMMENT 'The publisher''s section, as printed.',
  access VARCHAR(40) NOT NULL COMMENT 'full; or teaser: only the opening was shown, the rest is missing.',
  url LONGTEXT NOT NULL COMMENT 'The address that it was first fetched from.',
  canonical_url LONGTEXT COMMENT 'The publisher''s own address of it.',
  publisher VARCHAR(500) NOT NULL COMMENT 'Who publishes it.',
  post_id LONGTEXT COMMENT 'The publisher''s own identifier of it.',
  language VARCHAR(40) COMMENT 'BCP 47 tag, lower-case: en.',
  dateline_place LONGTEXT COMMENT 'Dateline: the place reported from.',
  dateline_date_text LONGTEXT COMMENT 'Dateline: the date as printed, such as May 27.',
  dateline_agency LONGTEXT COMMENT 'Dateline: the agency in brackets.',
  correction LONGTEXT COMMENT 'The publisher''s note of what was put right.',
  abstract JSON NOT NULL COMMENT 'Bullets printed above the body: JSON array of strings.',
  word_count INTEGER NOT NULL COMMENT 'Words of body_text, parted by white space.',
  revision INTEGER NOT NULL COMMENT 'How many versions were seen: the number of the newest revision.',
  fetched_at DATETIME(6) NOT NULL COMMENT 'When the page that these values come from was fetched; UTC. Last seen: revisions.seen_until.',
  layout VARCHAR(500) NOT NULL COMMENT 'The layout (era of the publisher''s markup) that read the page.',
  fingerprint VARCHAR(40) NOT NULL COMMENT 'Hash of what the last page told; equal means unchanged.',
  body_text LONGTEXT COLLATE utf8mb4_unicode_ci NOT NULL COMMENT 'The body as plain text, its blocks parted by blank lines.',
  `body` JSON NOT NULL COMMENT 'The body as blocks: JSON array of {kind: paragraph|subhead|list_item|quote|table, text}.',
  sources JSON NOT NULL COMMENT 'Where each field was read: JSON object, field to place.',
  CONSTRAINT pk_articles PRIMARY KEY (id)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='One row an article, whatever addresses lead to it, as it read when last seen.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_articles_published_at_id ON articles (published_at, id);

CREATE TABLE authors (
  id BIGINT NOT NULL COMMENT 'Number of the author in this database.' AUTO_INCREMENT,
  name VARCHAR(500) NOT NULL COMMENT 'The name as printed, without By, titles or handles.',
  CONSTRAINT pk_authors PRIMARY KEY (id),
  CONSTRAINT uq_authors_name UNIQUE (name)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Everyone whose name stands in a byline or a line of assistance, once each.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE data_dictionary (
  table_name VARCHAR(40) NOT NULL COMMENT 'A table or view.',
  column_name VARCHAR(40) NOT NULL COMMENT 'A column of it; empty: the table itself.',
  `position` INTEGER NOT NULL COMMENT 'The column''s place in its table; 0: the table itself.',
  meaning LONGTEXT NOT NULL COMMENT 'What it holds.',
  CONSTRAINT pk_data_dictionary PRIMARY KEY (table_name, column_name)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='What every table, view and column holds.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE runs (
  id BIGINT NOT NULL COMMENT 'Number of the run.' AUTO_INCREMENT,
  spider VARCHAR(500) NOT NULL COMMENT 'The spider.',
  arguments JSON NOT NULL COMMENT 'Its -a arguments: JSON object.',
  started_at DATETIME(6) NOT NULL COMMENT 'When it began; UTC.',
  ended_at DATETIME(6) COMMENT 'When it ended; UTC.',
  finish_reason VARCHAR(500) COMMENT 'Scrapy''s finish reason: finished, shutdown and so on.',
  exit_code INTEGER COMMENT 'Exit code of the command.',
  counts JSON NOT NULL COMMENT 'What it did: JSON object, name to number.',
  CONSTRAINT pk_runs PRIMARY KEY (id)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Every run of a spider. ended_at NULL: it still runs, or it was killed.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE article_authors (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  role VARCHAR(40) NOT NULL COMMENT 'byline; or assistance: named in a line such as With assistance by.',
  `position` INTEGER NOT NULL COMMENT 'Place in the page''s order, from 1.',
  author_id BIGINT NOT NULL COMMENT 'The author: authors.id.',
  CONSTRAINT pk_article_authors PRIMARY KEY (article_id, role, `position`),
  CONSTRAINT fk_article_authors_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_article_authors_author_id FOREIGN KEY(author_id) REFERENCES authors (id)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Who wrote what, in which order and role.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_article_authors_author_id ON article_authors (author_id);

CREATE TABLE article_keys (
  `key` VARCHAR(500) NOT NULL COMMENT 'post:HOST/ID, sid:HOST/SID, dated:HOST/DATE/SLUG, url:ADDRESS; id:N of a merged row.',
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  CONSTRAINT pk_article_keys PRIMARY KEY (`key`),
  CONSTRAINT fk_article_keys_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Keys an article is known by; two pages that share one are the same article.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_article_keys_article_id ON article_keys (article_id);

CREATE TABLE contacts (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  `position` INTEGER NOT NULL COMMENT 'Place in the page''s order, from 1.',
  role VARCHAR(40) NOT NULL COMMENT 'reporter or editor.',
  name LONGTEXT NOT NULL COMMENT 'The person''s name.',
  place LONGTEXT COMMENT 'Where the person works.',
  email LONGTEXT COMMENT 'The printed e-mail address.',
  CONSTRAINT pk_contacts PRIMARY KEY (article_id, `position`),
  CONSTRAINT fk_contacts_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='People of the lines To contact the reporter (or editor) on this story.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE images (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  `position` INTEGER NOT NULL COMMENT 'Place in the page''s order, from 1.',
  url LONGTEXT COMMENT 'Address of the picture.',
  caption LONGTEXT COMMENT 'The caption, without the credit.',
  credit LONGTEXT COMMENT 'Who made it, with its label, as printed.',
  CONSTRAINT pk_images PRIMARY KEY (article_id, `position`),
  CONSTRAINT fk_images_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Pictures of an article, not of the page around it.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE pages (
  id BIGINT NOT NULL COMMENT 'Number of the page, in the order of discovery.' AUTO_INCREMENT,
  url LONGTEXT NOT NULL COMMENT 'The address as first found.',
  url_hash VARCHAR(40) NOT NULL COMMENT 'Hash of the address in normal form: all spellings of one address are one row.',
  state VARCHAR(40) NOT NULL COMMENT 'discovered (not fetched yet), stored, refused (no article), failed, or blocked.',
  reason VARCHAR(500) COMMENT 'Why it was refused, failed or blocked: a short code.',
  status SMALLINT COMMENT 'HTTP status of the last answer.',
  article_id BIGINT COMMENT 'The article it led to: articles.id.',
  spider VARCHAR(500) NOT NULL COMMENT 'The spider that last dealt with it.',
  source VARCHAR(500) COMMENT 'Where it was first found: feed, news_sitemap, files and so on.',
  attempts INTEGER NOT NULL COMMENT 'How many times it was tried.',
  discovered_at DATETIME(6) NOT NULL COMMENT 'When it was first found; UTC.',
  tried_at DATETIME(6) COMMENT 'When it was last tried; UTC.',
  run_id BIGINT NOT NULL COMMENT 'The run that last dealt with it: runs.id.',
  CONSTRAINT pk_pages PRIMARY KEY (id),
  CONSTRAINT fk_pages_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE SET NULL,
  CONSTRAINT fk_pages_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_pages_url_hash UNIQUE (url_hash)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='The ledger: every address that was ever found, and what became of it.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_pages_article_id ON pages (article_id);

CREATE INDEX ix_pages_spider_state ON pages (spider, state);

CREATE TABLE revisions (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  number INTEGER NOT NULL COMMENT '1 for the oldest seen.',
  seen_at DATETIME(6) NOT NULL COMMENT 'When it was first seen so; UTC.',
  seen_until DATETIME(6) NOT NULL COMMENT 'When it was last seen so; UTC.',
  headline LONGTEXT NOT NULL COMMENT 'The headline of this version.',
  dek LONGTEXT COMMENT 'The dek of this version.',
  correction LONGTEXT COMMENT 'The correction note of this version.',
  access VARCHAR(40) NOT NULL COMMENT 'full or teaser: how much of this version was shown.',
  body_text LONGTEXT COMMENT 'The body; NULL: the same as the next version''s.',
  `body` JSON COMMENT 'The body as blocks; NULL: as the next version''s.',
  CONSTRAINT pk_revisions PRIMARY KEY (article_id, number),
  CONSTRAINT fk_revisions_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Every version that was seen, oldest first. A body stands here once a later version has another one.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_revisions_seen_at ON revisions (seen_at);

CREATE TABLE tickers (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  `position` INTEGER NOT NULL COMMENT 'Place in the page''s order, from 1.',
  ticker VARCHAR(500) NOT NULL COMMENT 'Symbol, colon, exchange (AAPL:US); or the symbol alone.',
  CONSTRAINT pk_tickers PRIMARY KEY (article_id, `position`),
  CONSTRAINT fk_tickers_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Securities that an article names.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_tickers_ticker ON tickers (ticker);

CREATE TABLE topics (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  `position` INTEGER NOT NULL COMMENT 'Place in the page''s order, from 1.',
  topic VARCHAR(500) NOT NULL COMMENT 'The topic, as printed.',
  CONSTRAINT pk_topics PRIMARY KEY (article_id, `position`),
  CONSTRAINT fk_topics_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Topics that the publisher gave an article.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX ix_topics_topic ON topics (topic);

SET SESSION innodb_ft_enable_stopword = OFF;

CREATE FULLTEXT INDEX search_words ON articles (headline, dek, body_text);

CREATE FULLTEXT INDEX search_headline ON articles (headline);

INSERT INTO newscrawl_version (version_num) VALUES ('0004');

ALTER TABLE pages ADD COLUMN failures INTEGER NOT NULL COMMENT 'How many times in a row it failed or was blocked.' DEFAULT '0';

ALTER TABLE pages ADD COLUMN due_at DATETIME(6) COMMENT 'When to ask for it next; UTC. NULL: at the next run if it is discovered, else not again.';

ALTER TABLE pages ADD COLUMN etag LONGTEXT COMMENT 'The ETag header of the last answer.';

ALTER TABLE pages ADD COLUMN last_modified LONGTEXT COMMENT 'The Last-Modified header of the last answer.';

ALTER TABLE pages ADD COLUMN listed_at DATETIME(6) COMMENT 'When it last changed, as lists tell; UTC.';

ALTER TABLE pages ADD COLUMN told JSON COMMENT 'What a list told of it (headline, dek and so on): JSON object; NULL: nothing but its address.';

CREATE INDEX IF NOT EXISTS ix_pages_spider_due_at ON pages (spider, due_at);

ALTER TABLE runs ADD COLUMN versions JSON COMMENT 'What it ran with: JSON object, newscrawl, scrapy, python and so on to their versions.';

ALTER TABLE runs ADD COLUMN host VARCHAR(500) COMMENT 'The machine that it ran on.';

ALTER TABLE runs ADD COLUMN pid BIGINT COMMENT 'Its process, by the number that the machine gave.';

ALTER TABLE runs ADD COLUMN process VARCHAR(500) COMMENT 'What tells its process from a later one of the same number.';

ALTER TABLE runs ADD COLUMN alive_at DATETIME(6) COMMENT 'When it last gave a sign of life; UTC.';

ALTER TABLE runs ADD COLUMN alone BOOL NOT NULL COMMENT '1: no other run of the spider may begin while it is at work.' DEFAULT true;

CREATE INDEX IF NOT EXISTS ix_runs_spider_ended_at ON runs (spider, ended_at);

CREATE TABLE IF NOT EXISTS lists (
  id BIGINT NOT NULL COMMENT 'Number of the list.' AUTO_INCREMENT,
  spider VARCHAR(500) NOT NULL COMMENT 'The spider that asks for it.',
  url LONGTEXT NOT NULL COMMENT 'Its address.',
  url_hash VARCHAR(40) NOT NULL COMMENT 'Hash of the address as it is.',
  source VARCHAR(500) NOT NULL COMMENT 'What kind of list it is: feed, news_sitemap, sitemap and so on.',
  index_url LONGTEXT COMMENT 'Address of the sitemap index that named it; NULL: none did.',
  outcome VARCHAR(40) COMMENT 'What the last request came to: read, unchanged, gone, failed or blocked; NULL: never asked for.',
  reason VARCHAR(500) COMMENT 'Why it is gone, failed or blocked: a short code.',
  status SMALLINT COMMENT 'HTTP status of the last answer.',
  etag LONGTEXT COMMENT 'The ETag header of the last answer with entries.',
  last_modified LONGTEXT COMMENT 'The Last-Modified header of the last answer with entries.',
  digest VARCHAR(500) COMMENT 'Hash of what it listed.',
  lastmod DATETIME(6) COMMENT 'When it last changed, as its index told when it was last read; UTC.',
  entries INTEGER NOT NULL COMMENT 'How many links it had when it was last read.',
  span_seconds BIGINT COMMENT 'From the oldest to the newest of its entries; NULL: it does not date them.',
  asked_at DATETIME(6) COMMENT 'When it was last asked for; UTC.',
  read_at DATETIME(6) COMMENT 'When its entries last came; UTC.',
  checked_at DATETIME(6) COMMENT 'When it was last asked for without If-None-Match and If-Modified-Since; UTC.',
  new_at DATETIME(6) COMMENT 'When it last named an address that nobody had named; UTC.',
  due_at DATETIME(6) COMMENT 'When it is to be asked for next; UTC.',
  interval_seconds INTEGER NOT NULL COMMENT 'The pause after which it is asked for again.',
  failures INTEGER NOT NULL COMMENT 'How many times in a row it was gone, failed or blocked.',
  validators_lie BOOL NOT NULL COMMENT '1: it said unchanged once and was not; its ETag and Last-Modified are not used any more.',
  lastmod_lies BOOL NOT NULL COMMENT '1: its index told no change once, and there was one; the index is not believed any more.',
  run_id BIGINT NOT NULL COMMENT 'The run that last asked for it: runs.id.',
  CONSTRAINT pk_lists PRIMARY KEY (id),
  CONSTRAINT fk_lists_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_lists_spider_url_hash UNIQUE (spider, url_hash)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Every list of articles (feed, sitemap, front page) that a spider asks for, as it was met.' COLLATE utf8mb4_nopad_bin;

ALTER TABLE articles MODIFY access VARCHAR(40) NOT NULL COMMENT 'full; teaser: only the opening was shown, the rest is missing; blocked: only what a list told.';

ALTER TABLE revisions MODIFY access VARCHAR(40) NOT NULL COMMENT 'full, teaser or blocked: how much of this version was shown.';

ALTER TABLE pages MODIFY state VARCHAR(40) NOT NULL COMMENT 'discovered (not asked for yet), stored, unchanged (stored, and still so), refused, failed or blocked.';

ALTER TABLE runs CHANGE ended_at ended_at DATETIME(6) NULL COMMENT 'When it ended; UTC. Of a killed one, the last sign of life.';

ALTER TABLE runs MODIFY finish_reason VARCHAR(500) NULL COMMENT 'Scrapy''s finish reason: finished, shutdown and so on; or killed: it ended without a word.';

ALTER TABLE runs COMMENT 'Every run of a spider. ended_at NULL: it still runs, or was killed, which the next run enters.';

CREATE TABLE IF NOT EXISTS captures (
  id BIGINT NOT NULL COMMENT 'Number of the capture.' AUTO_INCREMENT,
  page_id BIGINT NOT NULL COMMENT 'The page: pages.id.',
  captured_at DATETIME(6) NOT NULL COMMENT 'When the server answered; UTC.',
  source VARCHAR(500) NOT NULL COMMENT 'Where it came from: live, warc, wayback, commoncrawl, sample and so on.',
  kind VARCHAR(40) NOT NULL COMMENT 'response; revisit: its payload is that of an earlier capture; resource; conversion: text only (WET).',
  status SMALLINT COMMENT 'HTTP status of the answer.',
  digest VARCHAR(40) COMMENT 'Digest of the payload as sent, as in WARC-Payload-Digest: sha1:BASE32.',
  file LONGTEXT COMMENT 'The WARC file, relative to NEWSCRAWL_WARC_DIR or from the root; NULL: none was kept.',
  file_offset BIGINT COMMENT 'Byte of the file at which its record begins.',
  file_length BIGINT COMMENT 'Bytes of its record in the file.',
  state VARCHAR(40) NOT NULL COMMENT 'What it was read as: stored (an article), unchanged, refused, failed or blocked.',
  reason VARCHAR(500) COMMENT 'Why it is no article: a short code.',
  layout VARCHAR(500) COMMENT 'The layout that read it; NULL: none did.',
  extractor VARCHAR(500) COMMENT 'Version of the extraction that read it.',
  run_id BIGINT NOT NULL COMMENT 'The run that read it last: runs.id.',
  CONSTRAINT pk_captures PRIMARY KEY (id),
  CONSTRAINT fk_captures_page_id FOREIGN KEY(page_id) REFERENCES pages (id),
  CONSTRAINT fk_captures_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_captures_page_id_captured_at UNIQUE (page_id, captured_at)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Every capture of a page: what its server answered at one moment, where that is kept, and how it was read.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ix_captures_digest ON captures (digest);

CREATE TABLE IF NOT EXISTS archive_files (
  id BIGINT NOT NULL COMMENT 'Number of the file.' AUTO_INCREMENT,
  path LONGTEXT NOT NULL COMMENT 'Its path, from the root.',
  path_hash VARCHAR(40) NOT NULL COMMENT 'Hash of the path.',
  size BIGINT NOT NULL COMMENT 'Its bytes when it was read.',
  modified_at DATETIME(6) NOT NULL COMMENT 'When it was last written to; UTC.',
  captures INTEGER NOT NULL COMMENT 'How many captures of the publisher were read.',
  broken INTEGER NOT NULL COMMENT 'How many records could not be read.',
  finished_at DATETIME(6) COMMENT 'When all of it was stored; UTC. NULL: the next `scrapy ingest` goes on with it.',
  run_id BIGINT NOT NULL COMMENT 'The run that last read of it: runs.id.',
  CONSTRAINT pk_archive_files PRIMARY KEY (id),
  CONSTRAINT fk_archive_files_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_archive_files_path_hash UNIQUE (path_hash)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Every archive file that `scrapy ingest` has begun to read.' COLLATE utf8mb4_nopad_bin;

ALTER TABLE articles ADD COLUMN extractor VARCHAR(500) COMMENT 'Version of the extraction that read it; NULL: it was read before versions were kept.';

ALTER TABLE runs ADD COLUMN source VARCHAR(500) NOT NULL COMMENT 'Where its pages come from: live, files, sample, warc, wayback and so on.' DEFAULT 'live';

ALTER TABLE runs MODIFY alone BOOL NOT NULL DEFAULT true COMMENT '1: no other run of the spider over the same source may begin while it is at work.';

ALTER TABLE articles ADD COLUMN changed_at DATETIME(6) NOT NULL COMMENT 'When this row last changed here; UTC, never before that of a row that changed earlier.' DEFAULT '1970-01-01 00:00:00';

CREATE INDEX IF NOT EXISTS ix_articles_changed_at_id ON articles (changed_at, id);

CREATE INDEX IF NOT EXISTS ix_articles_section_published_at ON articles (section, published_at);

CREATE INDEX IF NOT EXISTS ix_articles_publisher_published_at ON articles (publisher, published_at);

CREATE INDEX IF NOT EXISTS ix_articles_layout_access_language_published_at ON articles (layout, access, language, published_at);

CREATE TABLE IF NOT EXISTS exports (
  id BIGINT NOT NULL COMMENT 'Number of the export.' AUTO_INCREMENT,
  target LONGTEXT NOT NULL COMMENT 'The file or folder, from the root.',
  format VARCHAR(500) NOT NULL COMMENT 'Its form: jsonl, csv, parquet and so on.',
  conditions JSON NOT NULL COMMENT 'Which articles were asked for: JSON object.',
  articles INTEGER NOT NULL COMMENT 'How many articles were written.',
  changed_through DATETIME(6) COMMENT 'Every article that changed until then (articles.changed_at) was seen; UTC. NULL: none was there.',
  exported_at DATETIME(6) NOT NULL COMMENT 'When it was finished; UTC.',
  CONSTRAINT pk_exports PRIMARY KEY (id)
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Every `scrapy export` that was finished: what the next one with `--since last` goes on from.' COLLATE utf8mb4_nopad_bin;

ALTER TABLE data_dictionary ADD COLUMN unit VARCHAR(40) COMMENT 'What a number counts: seconds, bytes or words.';

ALTER TABLE data_dictionary ADD COLUMN example LONGTEXT COMMENT 'A value that it may have; NULL: of a table itself.';

CREATE TABLE IF NOT EXISTS article_clusters (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  cluster_id BIGINT COMMENT 'The first article of its story: articles.id; itself where it is alone. NULL: compared anew soon.',
  changed_at DATETIME(6) NOT NULL COMMENT 'The articles.changed_at with which it was compared: what changed later is still to be.',
  signer VARCHAR(40) NOT NULL COMMENT 'Version of what its marks (cluster_marks) were made with.',
  CONSTRAINT pk_article_clusters PRIMARY KEY (article_id),
  CONSTRAINT fk_article_clusters_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_article_clusters_cluster_id FOREIGN KEY(cluster_id) REFERENCES articles (id) ON DELETE SET NULL
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Which articles tell the same story: rewritten through the day, copied, corrected. Nothing is left out by it.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS cluster_marks (
  `period` INTEGER NOT NULL COMMENT 'Three days of publication, counted from 1970; -1000000: a mark that is looked for at all times.',
  mark BIGINT NOT NULL COMMENT 'The mark, a 64-bit number without a meaning.',
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  CONSTRAINT pk_cluster_marks PRIMARY KEY (`period`, mark, article_id),
  CONSTRAINT fk_cluster_marks_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Marks of each article''s text (MinHash): articles that share one are compared word by word.' COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS cluster_links (
  article_id BIGINT NOT NULL COMMENT 'The article: articles.id.',
  other_id BIGINT NOT NULL COMMENT 'The other article: articles.id.',
  alike SMALLINT NOT NULL COMMENT 'Of all that the two tell, what both do, in thousandths (Jaccard, of four words at a time).',
  shared SMALLINT NOT NULL COMMENT 'Of what the shorter one tells, what both do, in thousandths.',
  CONSTRAINT pk_cluster_links PRIMARY KEY (article_id, other_id),
  CONSTRAINT fk_cluster_links_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_cluster_links_other_id FOREIGN KEY(other_id) REFERENCES articles (id) ON DELETE CASCADE
)ENGINE=InnoDB CHARSET=utf8mb4 COMMENT='Pairs of articles that were found to tell the same story, each in both directions.' COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS ix_article_clusters_cluster_id ON article_clusters (cluster_id);

CREATE INDEX IF NOT EXISTS ix_cluster_marks_article_id ON cluster_marks (article_id);

CREATE INDEX IF NOT EXISTS ix_cluster_links_other_id ON cluster_links (other_id);

CREATE INDEX IF NOT EXISTS ix_article_clusters_changed_at_article_id ON article_clusters (changed_at, article_id);

CREATE VIEW latest (id, published_at, headline, dek, byline, section, tickers, access, word_count, revision, cluster_id, url) AS SELECT a.id, a.published_at, a.headline, a.dek, (SELECT group_concat(u.name ORDER BY w.position SEPARATOR ', ') FROM article_authors w JOIN authors u ON u.id = w.author_id WHERE w.article_id = a.id AND w.role = 'byline'), a.section, (SELECT group_concat(ticker ORDER BY position SEPARATOR ' ') FROM tickers WHERE article_id = a.id), a.access, a.word_count, a.revision, coalesce(c.cluster_id, a.id), coalesce(a.canonical_url, a.url) FROM articles a LEFT JOIN article_clusters c ON c.article_id = a.id ORDER BY a.published_at DESC, a.id DESC;

CREATE VIEW clusters (cluster_id, articles, first_published_at, last_published_at, headline) AS SELECT c.cluster_id, count(*), min(a.published_at), max(a.published_at), (SELECT f.headline FROM articles f WHERE f.id = c.cluster_id) FROM article_clusters c JOIN articles a ON a.id = c.article_id WHERE c.cluster_id IN (SELECT o.cluster_id FROM article_clusters o WHERE o.cluster_id <> o.article_id) GROUP BY c.cluster_id ORDER BY max(a.published_at) DESC, c.cluster_id DESC;

CREATE VIEW articles_by_day (day, publisher, articles, teasers, headlines, words) AS SELECT date(a.published_at), a.publisher, count(*), sum(CASE WHEN a.access = 'teaser' THEN 1 ELSE 0 END), sum(CASE WHEN a.access = 'blocked' THEN 1 ELSE 0 END), sum(a.word_count) FROM articles a GROUP BY date(a.published_at), a.publisher ORDER BY date(a.published_at) DESC;

CREATE VIEW articles_by_author (author, articles, assisted, first_published_at, last_published_at) AS SELECT u.name, sum(CASE WHEN w.role = 'byline' THEN 1 ELSE 0 END), sum(CASE WHEN w.role = 'assistance' THEN 1 ELSE 0 END), min(a.published_at), max(a.published_at) FROM authors u JOIN article_authors w ON w.author_id = u.id JOIN articles a ON a.id = w.article_id GROUP BY u.id, u.name ORDER BY count(*) DESC, u.name;

CREATE VIEW articles_by_section (publisher, section, articles, first_published_at, last_published_at) AS SELECT a.publisher, a.section, count(*), min(a.published_at), max(a.published_at) FROM articles a GROUP BY a.publisher, a.section ORDER BY count(*) DESC, a.section;

CREATE VIEW ticker_mentions (ticker, published_at, headline, article_id, url) AS SELECT t.ticker, a.published_at, a.headline, a.id, coalesce(a.canonical_url, a.url) FROM tickers t JOIN articles a ON a.id = t.article_id ORDER BY a.published_at DESC, a.id DESC;

CREATE VIEW revisions_readable (article_id, number, seen_at, seen_until, headline, dek, correction, access, body_text, headline_changed, dek_changed, correction_changed, body_changed, url) AS SELECT r.article_id, r.number, r.seen_at, r.seen_until, r.headline, r.dek, r.correction, r.access, coalesce((SELECT n.body_text FROM revisions n WHERE n.article_id = r.article_id AND n.number >= r.number AND n.body_text IS NOT NULL ORDER BY n.number LIMIT 1), a.body_text), CASE WHEN p.headline <> r.headline THEN 1 ELSE 0 END, CASE WHEN p.number IS NOT NULL AND coalesce(p.dek, '') <> coalesce(r.dek, '') THEN 1 ELSE 0 END, CASE WHEN p.number IS NOT NULL AND coalesce(p.correction, '') <> coalesce(r.correction, '') THEN 1 ELSE 0 END, CASE WHEN p.body_text IS NOT NULL THEN 1 ELSE 0 END, coalesce(a.canonical_url, a.url) FROM revisions r JOIN articles a ON a.id = r.article_id LEFT JOIN revisions p ON p.article_id = r.article_id AND p.number = r.number - 1 ORDER BY r.article_id, r.number;

CREATE VIEW pages_by_reason (spider, state, reason, pages, last_tried_at) AS SELECT p.spider, p.state, p.reason, count(*), max(p.tried_at) FROM pages p GROUP BY p.spider, p.state, p.reason ORDER BY count(*) DESC, p.state, p.reason;

CREATE VIEW pages_due (spider, due_at, state, reason, failures, url) AS SELECT p.spider, p.due_at, p.state, p.reason, p.failures, p.url FROM pages p WHERE p.state = 'discovered' OR (p.due_at IS NOT NULL AND p.state <> 'refused') ORDER BY CASE WHEN p.due_at IS NULL THEN 0 ELSE 1 END, p.due_at, p.id;

CREATE VIEW captures_readable (url, captured_at, source, status, state, reason, layout, extractor, file, file_offset, digest, article_id) AS SELECT p.url, c.captured_at, c.source, c.status, c.state, c.reason, c.layout, c.extractor, c.file, c.file_offset, c.digest, p.article_id FROM captures c JOIN pages p ON p.id = c.page_id ORDER BY c.captured_at DESC, c.id DESC;

CREATE VIEW runs_readable (id, spider, started_at, seconds, finish_reason, exit_code, stored, updated, unchanged, refused, failed, blocked) AS SELECT r.id, r.spider, r.started_at, round(timestampdiff(MICROSECOND, r.started_at, coalesce(r.ended_at, r.alive_at)) / 1000000), r.finish_reason, r.exit_code, coalesce(cast(json_value(r.counts, '$."outcome/stored"') AS SIGNED), 0), coalesce(cast(json_value(r.counts, '$."outcome/updated"') AS SIGNED), 0), coalesce(cast(json_value(r.counts, '$."outcome/unchanged"') AS SIGNED), 0), coalesce(cast(json_value(r.counts, '$."outcome/refused"') AS SIGNED), 0), coalesce(cast(json_value(r.counts, '$."outcome/failed"') AS SIGNED), 0), coalesce(cast(json_value(r.counts, '$."outcome/blocked"') AS SIGNED), 0) FROM runs r ORDER BY r.id DESC;

