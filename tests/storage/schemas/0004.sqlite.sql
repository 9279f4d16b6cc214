CREATE TABLE newscrawl_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT newscrawl_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE articles (
  id INTEGER NOT NULL,
  headline TEXT NOT NULL,
  dek TEXT,
  published_at DATETIME,
  published_precision VARCHAR(40),
  updated_at DATETIME,
  section VARCHAR(500),
  access VARCHAR(40) NOT NULL,
  url TEXT NOT NULL,
  canonical_url TEXT,
  publisher VARCHAR(500) NOT NULL,
  post_id TEXT,
  language VARCHAR(40),
  dateline_place TEXT,
  dateline_date_text TEXT,
  dateline_agency TEXT,
  correction TEXT,
  abstract JSON NOT NULL,
  word_count INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  fetched_at DATETIME NOT NULL,
  layout VARCHAR(500) NOT NULL,
  fingerprint VARCHAR(40) NOT NULL,
  body_text TEXT NOT NULL,
  body JSON NOT NULL,
  sources JSON NOT NULL,
  CONSTRAINT pk_articles PRIMARY KEY (id)
);

CREATE INDEX ix_articles_published_at_id ON articles (published_at, id);

CREATE TABLE authors (
  id INTEGER NOT NULL,
  name VARCHAR(500) NOT NULL,
  CONSTRAINT pk_authors PRIMARY KEY (id),
  CONSTRAINT uq_authors_name UNIQUE (name)
);

CREATE TABLE data_dictionary (
  table_name VARCHAR(40) NOT NULL,
  column_name VARCHAR(40) NOT NULL,
  position INTEGER NOT NULL,
  meaning TEXT NOT NULL,
  CONSTRAINT pk_data_dictionary PRIMARY KEY (table_name, column_name)
)
 WITHOUT ROWID;

CREATE TABLE runs (
  id INTEGER NOT NULL,
  spider VARCHAR(500) NOT NULL,
  arguments JSON NOT NULL,
  started_at DATETIME NOT NULL,
  ended_at DATETIME,
  finish_reason VARCHAR(500),
  exit_code INTEGER,
  counts JSON NOT NULL,
  CONSTRAINT pk_runs PRIMARY KEY (id)
);

CREATE TABLE article_authors (
  article_id INTEGER NOT NULL,
  role VARCHAR(40) NOT NULL,
  position INTEGER NOT NULL,
  author_id INTEGER NOT NULL,
  CONSTRAINT pk_article_authors PRIMARY KEY (article_id, role, position),
  CONSTRAINT fk_article_authors_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_article_authors_author_id FOREIGN KEY(author_id) REFERENCES authors (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_article_authors_author_id ON article_authors (author_id);

CREATE TABLE article_keys (
  "key" VARCHAR(500) NOT NULL,
  article_id INTEGER NOT NULL,
  CONSTRAINT pk_article_keys PRIMARY KEY ("key"),
  CONSTRAINT fk_article_keys_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_article_keys_article_id ON article_keys (article_id);

CREATE TABLE contacts (
  article_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  role VARCHAR(40) NOT NULL,
  name TEXT NOT NULL,
  place TEXT,
  email TEXT,
  CONSTRAINT pk_contacts PRIMARY KEY (article_id, position),
  CONSTRAINT fk_contacts_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE TABLE images (
  article_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  url TEXT,
  caption TEXT,
  credit TEXT,
  CONSTRAINT pk_images PRIMARY KEY (article_id, position),
  CONSTRAINT fk_images_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE TABLE pages (
  id INTEGER NOT NULL,
  url TEXT NOT NULL,
  url_hash VARCHAR(40) NOT NULL,
  state VARCHAR(40) NOT NULL,
  reason VARCHAR(500),
  status SMALLINT,
  article_id INTEGER,
  spider VARCHAR(500) NOT NULL,
  source VARCHAR(500),
  attempts INTEGER NOT NULL,
  discovered_at DATETIME NOT NULL,
  tried_at DATETIME,
  run_id INTEGER NOT NULL,
  CONSTRAINT pk_pages PRIMARY KEY (id),
  CONSTRAINT fk_pages_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE SET NULL,
  CONSTRAINT fk_pages_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_pages_url_hash UNIQUE (url_hash)
);

CREATE INDEX ix_pages_article_id ON pages (article_id);

CREATE INDEX ix_pages_spider_state ON pages (spider, state);

CREATE TABLE revisions (
  article_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  seen_at DATETIME NOT NULL,
  seen_until DATETIME NOT NULL,
  headline TEXT NOT NULL,
  dek TEXT,
  correction TEXT,
  access VARCHAR(40) NOT NULL,
  body_text TEXT,
  body JSON,
  CONSTRAINT pk_revisions PRIMARY KEY (article_id, number),
  CONSTRAINT fk_revisions_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

CREATE INDEX ix_revisions_seen_at ON revisions (seen_at);

CREATE TABLE tickers (
  article_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  ticker VARCHAR(500) NOT NULL,
  CONSTRAINT pk_tickers PRIMARY KEY (article_id, position),
  CONSTRAINT fk_tickers_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_tickers_ticker ON tickers (ticker);

CREATE TABLE topics (
  article_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  topic VARCHAR(500) NOT NULL,
  CONSTRAINT pk_topics PRIMARY KEY (article_id, position),
  CONSTRAINT fk_topics_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX ix_topics_topic ON topics (topic);

CREATE VIRTUAL TABLE search_words USING fts5(headline, dek, body_text, content='articles', content_rowid='id', tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER search_insert AFTER INSERT ON articles BEGIN INSERT INTO search_words (rowid, headline, dek, body_text) VALUES (new.id, new.headline, new.dek, new.body_text); END;

CREATE TRIGGER search_delete AFTER DELETE ON articles BEGIN INSERT INTO search_words (search_words, rowid, headline, dek, body_text) VALUES ('delete', old.id, old.headline, old.dek, old.body_text); END;

CREATE TRIGGER search_update AFTER UPDATE OF headline, dek, body_text ON articles WHEN old.headline IS NOT new.headline OR old.dek IS NOT new.dek OR old.body_text IS NOT new.body_text BEGIN INSERT INTO search_words (search_words, rowid, headline, dek, body_text) VALUES ('delete', old.id, old.headline, old.dek, old.body_text); INSERT INTO search_words (rowid, headline, dek, body_text) VALUES (new.id, new.headline, new.dek, new.body_text); END;

INSERT INTO newscrawl_version (version_num) VALUES ('0004');

ALTER TABLE pages ADD COLUMN failures INTEGER DEFAULT '0' NOT NULL;

ALTER TABLE pages ADD COLUMN due_at DATETIME;

ALTER TABLE pages ADD COLUMN etag TEXT;

ALTER TABLE pages ADD COLUMN last_modified TEXT;

ALTER TABLE pages ADD COLUMN listed_at DATETIME;

ALTER TABLE pages ADD COLUMN told JSON;

CREATE INDEX IF NOT EXISTS ix_pages_spider_due_at ON pages (spider, due_at);

ALTER TABLE runs ADD COLUMN versions JSON;

ALTER TABLE runs ADD COLUMN host VARCHAR(500);

ALTER TABLE runs ADD COLUMN pid BIGINT;

ALTER TABLE runs ADD COLUMN process VARCHAR(500);

ALTER TABLE runs ADD COLUMN alive_at DATETIME;

ALTER TABLE runs ADD COLUMN alone BOOLEAN DEFAULT 1 NOT NULL;

CREATE INDEX IF NOT EXISTS ix_runs_spider_ended_at ON runs (spider, ended_at);

CREATE TABLE IF NOT EXISTS lists (
  id INTEGER NOT NULL,
  spider VARCHAR(500) NOT NULL,
  url TEXT NOT NULL,
  url_hash VARCHAR(40) NOT NULL,
  source VARCHAR(500) NOT NULL,
  index_url TEXT,
  outcome VARCHAR(40),
  reason VARCHAR(500),
  status SMALLINT,
  etag TEXT,
  last_modified TEXT,
  digest VARCHAR(500),
  lastmod DATETIME,
  entries INTEGER NOT NULL,
  span_seconds BIGINT,
  asked_at DATETIME,
  read_at DATETIME,
  checked_at DATETIME,
  new_at DATETIME,
  due_at DATETIME,
  interval_seconds INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  validators_lie BOOLEAN NOT NULL,
  lastmod_lies BOOLEAN NOT NULL,
  run_id INTEGER NOT NULL,
  CONSTRAINT pk_lists PRIMARY KEY (id),
  CONSTRAINT fk_lists_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_lists_spider_url_hash UNIQUE (spider, url_hash)
);

CREATE TABLE IF NOT EXISTS captures (
  id INTEGER NOT NULL,
  page_id INTEGER NOT NULL,
  captured_at DATETIME NOT NULL,
  source VARCHAR(500) NOT NULL,
  kind VARCHAR(40) NOT NULL,
  status SMALLINT,
  digest VARCHAR(40),
  file TEXT,
  file_offset BIGINT,
  file_length BIGINT,
  state VARCHAR(40) NOT NULL,
  reason VARCHAR(500),
  layout VARCHAR(500),
  extractor VARCHAR(500),
  run_id INTEGER NOT NULL,
  CONSTRAINT pk_captures PRIMARY KEY (id),
  CONSTRAINT fk_captures_page_id FOREIGN KEY(page_id) REFERENCES pages (id),
  CONSTRAINT fk_captures_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_captures_page_id_captured_at UNIQUE (page_id, captured_at)
);

CREATE INDEX IF NOT EXISTS ix_captures_digest ON captures (digest);

CREATE TABLE IF NOT EXISTS archive_files (
  id INTEGER NOT NULL,
  path TEXT NOT NULL,
  path_hash VARCHAR(40) NOT NULL,
  size BIGINT NOT NULL,
  modified_at DATETIME NOT NULL,
  captures INTEGER NOT NULL,
  broken INTEGER NOT NULL,
  finished_at DATETIME,
  run_id INTEGER NOT NULL,
  CONSTRAINT pk_archive_files PRIMARY KEY (id),
  CONSTRAINT fk_archive_files_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_archive_files_path_hash UNIQUE (path_hash)
);

ALTER TABLE articles ADD COLUMN extractor VARCHAR(500);

ALTER TABLE runs ADD COLUMN source VARCHAR(500) DEFAULT 'live' NOT NULL;

ALTER TABLE articles ADD COLUMN changed_at DATETIME DEFAULT '1970-01-01 00:00:00' NOT NULL;

CREATE INDEX IF NOT EXISTS ix_articles_changed_at_id ON articles (changed_at, id);

CREATE INDEX IF NOT EXISTS ix_articles_section_published_at ON articles (section, published_at);

CREATE INDEX IF NOT EXISTS ix_articles_publisher_published_at ON articles (publisher, published_at);

CREATE INDEX IF NOT EXISTS ix_articles_layout_access_language_published_at ON articles (layout, access, language, published_at);

CREATE TABLE IF NOT EXISTS exports (
  id INTEGER NOT NULL,
  target TEXT NOT NULL,
  format VARCHAR(500) NOT NULL,
  conditions JSON NOT NULL,
  articles INTEGER NOT NULL,
  changed_through DATETIME,
  exported_at DATETIME NOT NULL,
  CONSTRAINT pk_exports PRIMARY KEY (id)
);

ALTER TABLE data_dictionary ADD COLUMN unit VARCHAR(40);

ALTER TABLE data_dictionary ADD COLUMN example TEXT;

CREATE TABLE IF NOT EXISTS article_clusters (
  article_id INTEGER NOT NULL,
  cluster_id INTEGER,
  changed_at DATETIME NOT NULL,
  signer VARCHAR(40) NOT NULL,
  CONSTRAINT pk_article_clusters PRIMARY KEY (article_id),
  CONSTRAINT fk_article_clusters_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_article_clusters_cluster_id FOREIGN KEY(cluster_id) REFERENCES articles (id) ON DELETE SET NULL
);

CREATE TABLE IF NOT EXISTS cluster_marks (
  period INTEGER NOT NULL,
  mark BIGINT NOT NULL,
  article_id INTEGER NOT NULL,
  CONSTRAINT pk_cluster_marks PRIMARY KEY (period, mark, article_id),
  CONSTRAINT fk_cluster_marks_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS cluster_links (
  article_id INTEGER NOT NULL,
  other_id INTEGER NOT NULL,
  alike SMALLINT NOT NULL,
  shared SMALLINT NOT NULL,
  CONSTRAINT pk_cluster_links PRIMARY KEY (article_id, other_id),
  CONSTRAINT fk_cluster_links_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_cluster_links_other_id FOREIGN KEY(other_id) REFERENCES articles (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS ix_article_clusters_cluster_id ON article_clusters (cluster_id);

CREATE INDEX IF NOT EXISTS ix_cluster_marks_article_id ON cluster_marks (article_id);

CREATE INDEX IF NOT EXISTS ix_cluster_links_other_id ON cluster_links (other_id);

CREATE INDEX IF NOT EXISTS ix_article_clusters_changed_at_article_id ON article_clusters (changed_at, article_id);

CREATE VIEW latest (id, published_at, headline, dek, byline, section, tickers, access, word_count, revision, cluster_id, url) AS SELECT a.id, a.published_at, a.headline, a.dek, (SELECT group_concat(name, ', ') FROM (SELECT u.name AS name FROM article_authors w JOIN authors u ON u.id = w.author_id WHERE w.article_id = a.id AND w.role = 'byline' ORDER BY w.position)), a.section, (SELECT group_concat(ticker, ' ') FROM (SELECT ticker FROM tickers WHERE article_id = a.id ORDER BY position)), a.access, a.word_count, a.revision, coalesce(c.cluster_id, a.id), coalesce(a.canonical_url, a.url) FROM articles a LEFT JOIN article_clusters c ON c.article_id = a.id ORDER BY a.published_at DESC, a.id DESC;

CREATE VIEW clusters (cluster_id, articles, first_published_at, last_published_at, headline) AS SELECT c.cluster_id, count(*), min(a.published_at), max(a.published_at), (SELECT f.headline FROM articles f WHERE f.id = c.cluster_id) FROM article_clusters c JOIN articles a ON a.id = c.article_id WHERE c.cluster_id IN (SELECT o.cluster_id FROM article_clusters o WHERE o.cluster_id <> o.article_id) GROUP BY c.cluster_id ORDER BY max(a.published_at) DESC, c.cluster_id DESC;

CREATE VIEW articles_by_day (day, publisher, articles, teasers, headlines, words) AS SELECT date(a.published_at), a.publisher, count(*), sum(CASE WHEN a.access = 'teaser' THEN 1 ELSE 0 END), sum(CASE WHEN a.access = 'blocked' THEN 1 ELSE 0 END), sum(a.word_count) FROM articles a GROUP BY date(a.published_at), a.publisher ORDER BY date(a.published_at) DESC;

CREATE VIEW articles_by_author (author, articles, assisted, first_published_at, last_published_at) AS SELECT u.name, sum(CASE WHEN w.role = 'byline' THEN 1 ELSE 0 END), sum(CASE WHEN w.role = 'assistance' THEN 1 ELSE 0 END), min(a.published_at), max(a.published_at) FROM authors u JOIN article_authors w ON w.author_id = u.id JOIN articles a ON a.id = w.article_id GROUP BY u.id, u.name ORDER BY count(*) DESC, u.name;

CREATE VIEW articles_by_section (publisher, section, articles, first_published_at, last_published_at) AS SELECT a.publisher, a.section, count(*), min(a.published_at), max(a.published_at) FROM articles a GROUP BY a.publisher, a.section ORDER BY count(*) DESC, a.section;

CREATE VIEW ticker_mentions (ticker, published_at, headline, article_id, url) AS SELECT t.ticker, a.published_at, a.headline, a.id, coalesce(a.canonical_url, a.url) FROM tickers t JOIN articles a ON a.id = t.article_id ORDER BY a.published_at DESC, a.id DESC;

CREATE VIEW revisions_readable (article_id, number, seen_at, seen_until, headline, dek, correction, access, body_text, headline_changed, dek_changed, correction_changed, body_changed, url) AS SELECT r.article_id, r.number, r.seen_at, r.seen_until, r.headline, r.dek, r.correction, r.access, coalesce((SELECT n.body_text FROM revisions n WHERE n.article_id = r.article_id AND n.number >= r.number AND n.body_text IS NOT NULL ORDER BY n.number LIMIT 1), a.body_text), CASE WHEN p.headline <> r.headline THEN 1 ELSE 0 END, CASE WHEN p.number IS NOT NULL AND coalesce(p.dek, '') <> coalesce(r.dek, '') THEN 1 ELSE 0 END, CASE WHEN p.number IS NOT NULL AND coalesce(p.correction, '') <> coalesce(r.correction, '') THEN 1 ELSE 0 END, CASE WHEN p.body_text IS NOT NULL THEN 1 ELSE 0 END, coalesce(a.canonical_url, a.url) FROM revisions r JOIN articles a ON a.id = r.article_id LEFT JOIN revisions p ON p.article_id = r.article_id AND p.number = r.number - 1 ORDER BY r.article_id, r.number;

CREATE VIEW pages_by_reason (spider, state, reason, pages, last_tried_at) AS SELECT p.spider, p.state, p.reason, count(*), max(p.tried_at) FROM pages p GROUP BY p.spider, p.state, p.reason ORDER BY count(*) DESC, p.state, p.reason;

CREATE VIEW pages_due (spider, due_at, state, reason, failures, url) AS SELECT p.spider, p.due_at, p.state, p.reason, p.failures, p.url FROM pages p WHERE p.state = 'discovered' OR (p.due_at IS NOT NULL AND p.state <> 'refused') ORDER BY CASE WHEN p.due_at IS NULL THEN 0 ELSE 1 END, p.due_at, p.id;

CREATE VIEW captures_readable (url, captured_at, source, status, state, reason, layout, extractor, file, file_offset, digest, article_id) AS SELECT p.url, c.captured_at, c.source, c.status, c.state, c.reason, c.layout, c.extractor, c.file, c.file_offset, c.digest, p.article_id FROM captures c JOIN pages p ON p.id = c.page_id ORDER BY c.captured_at DESC, c.id DESC;

CREATE VIEW runs_readable (id, spider, started_at, seconds, finish_reason, exit_code, stored, updated, unchanged, refused, failed, blocked) AS SELECT r.id, r.spider, r.started_at, cast(round((julianday(coalesce(r.ended_at, r.alive_at)) - julianday(r.started_at)) * 86400) AS INTEGER), r.finish_reason, r.exit_code, coalesce(json_extract(r.counts, '$."outcome/stored"'), 0), coalesce(json_extract(r.counts, '$."outcome/updated"'), 0), coalesce(json_extract(r.counts, '$."outcome/unchanged"'), 0), coalesce(json_extract(r.counts, '$."outcome/refused"'), 0), coalesce(json_extract(r.counts, '$."outcome/failed"'), 0), coalesce(json_extract(r.counts, '$."outcome/blocked"'), 0) FROM runs r ORDER BY r.id DESC;

