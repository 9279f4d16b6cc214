CREATE TABLE newscrawl_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT newscrawl_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE articles (
  id BIGSERIAL NOT NULL,
  headline TEXT NOT NULL,
  dek TEXT,
  published_at TIMESTAMP WITH TIME ZONE,
  published_precision VARCHAR(40),
  updated_at TIMESTAMP WITH TIME ZONE,
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
  abstract JSONB NOT NULL,
  word_count INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  fetched_at TIMESTAMP WITH TIME ZONE NOT NULL,
  layout VARCHAR(500) NOT NULL,
  fingerprint VARCHAR(40) NOT NULL,
  body_text TEXT NOT NULL,
  body JSONB NOT NULL,
  sources JSONB NOT NULL,
  CONSTRAINT pk_articles PRIMARY KEY (id)
);

COMMENT ON TABLE articles IS 'One row an article, whatever addresses lead to it, as it read when last seen.';

COMMENT ON COLUMN articles.id IS 'Number of the article in this database.';

COMMENT ON COLUMN articles.headline IS 'The headline.';

COMMENT ON COLUMN articles.dek IS 'The line under the headline that says more; NULL: none.';

COMMENT ON COLUMN articles.published_at IS 'When the publisher says it came out; UTC.';

COMMENT ON COLUMN articles.published_precision IS 'How much of published_at the page tells: second, minute or day.';

COMMENT ON COLUMN articles.updated_at IS 'When the publisher says it last changed; UTC.';

COMMENT ON COLUMN articles.section IS 'The publisher''s section, as printed.';

COMMENT ON COLUMN articles.access IS 'full; or teaser: only the opening was shown, the rest is missing.';

COMMENT ON COLUMN articles.url IS 'The address that it was first fetched from.';

COMMENT ON COLUMN articles.canonical_url IS 'The publisher''s own address of it.';

COMMENT ON COLUMN articles.publisher IS 'Who publishes it.';

COMMENT ON COLUMN articles.post_id IS 'The publisher''s own identifier of it.';

COMMENT ON COLUMN articles.language IS 'BCP 47 tag, lower-case: en.';

COMMENT ON COLUMN articles.dateline_place IS 'Dateline: the place reported from.';

COMMENT ON COLUMN articles.dateline_date_text IS 'Dateline: the date as printed, such as May 27.';

COMMENT ON COLUMN articles.dateline_agency IS 'Dateline: the agency in brackets.';

COMMENT ON COLUMN articles.correction IS 'The publisher''s note of what was put right.';

COMMENT ON COLUMN articles.abstract IS 'Bullets printed above the body: JSON array of strings.';

COMMENT ON COLUMN articles.word_count IS 'Words of body_text, parted by white space.';

COMMENT ON COLUMN articles.revision IS 'How many versions were seen: the number of the newest revision.';

COMMENT ON COLUMN articles.fetched_at IS 'When the page that these values come from was fetched; UTC. Last seen: revisions.seen_until.';

COMMENT ON COLUMN articles.layout IS 'The layout (era of the publisher''s markup) that read the page.';

COMMENT ON COLUMN articles.fingerprint IS 'Hash of what the last page told; equal means unchanged.';

COMMENT ON COLUMN articles.body_text IS 'The body as plain text, its blocks parted by blank lines.';

COMMENT ON COLUMN articles.body IS 'The body as blocks: JSON array of {kind: paragraph|subhead|list_item|quote|table, text}.';

COMMENT ON COLUMN articles.sources IS 'Where each field was read: JSON object, field to place.';

CREATE INDEX ix_articles_published_at_id ON articles (published_at, id);

CREATE TABLE authors (
  id BIGSERIAL NOT NULL,
  name VARCHAR(500) NOT NULL,
  CONSTRAINT pk_authors PRIMARY KEY (id),
  CONSTRAINT uq_authors_name UNIQUE (name)
);

COMMENT ON TABLE authors IS 'Everyone whose name stands in a byline or a line of assistance, once each.';

COMMENT ON COLUMN authors.id IS 'Number of the author in this database.';

COMMENT ON COLUMN authors.name IS 'The name as printed, without By, titles or handles.';

CREATE TABLE data_dictionary (
  table_name VARCHAR(40) NOT NULL,
  column_name VARCHAR(40) NOT NULL,
  position INTEGER NOT NULL,
  meaning TEXT NOT NULL,
  CONSTRAINT pk_data_dictionary PRIMARY KEY (table_name, column_name)
);

COMMENT ON TABLE data_dictionary IS 'What every table, view and column holds.';

COMMENT ON COLUMN data_dictionary.table_name IS 'A table or view.';

COMMENT ON COLUMN data_dictionary.column_name IS 'A column of it; empty: the table itself.';

COMMENT ON COLUMN data_dictionary.position IS 'The column''s place in its table; 0: the table itself.';

COMMENT ON COLUMN data_dictionary.meaning IS 'What it holds.';

CREATE TABLE runs (
  id BIGSERIAL NOT NULL,
  spider VARCHAR(500) NOT NULL,
  arguments JSONB NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  finish_reason VARCHAR(500),
  exit_code INTEGER,
  counts JSONB NOT NULL,
  CONSTRAINT pk_runs PRIMARY KEY (id)
);

COMMENT ON TABLE runs IS 'Every run of a spider. ended_at NULL: it still runs, or it was killed.';

COMMENT ON COLUMN runs.id IS 'Number of the run.';

COMMENT ON COLUMN runs.spider IS 'The spider.';

COMMENT ON COLUMN runs.arguments IS 'Its -a arguments: JSON object.';

COMMENT ON COLUMN runs.started_at IS 'When it began; UTC.';

COMMENT ON COLUMN runs.ended_at IS 'When it ended; UTC.';

COMMENT ON COLUMN runs.finish_reason IS 'Scrapy''s finish reason: finished, shutdown and so on.';

COMMENT ON COLUMN runs.exit_code IS 'Exit code of the command.';

COMMENT ON COLUMN runs.counts IS 'What it did: JSON object, name to number.';

CREATE TABLE article_authors (
  article_id BIGINT NOT NULL,
  role VARCHAR(40) NOT NULL,
  position INTEGER NOT NULL,
  author_id BIGINT NOT NULL,
  CONSTRAINT pk_article_authors PRIMARY KEY (article_id, role, position),
  CONSTRAINT fk_article_authors_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_article_authors_author_id FOREIGN KEY(author_id) REFERENCES authors (id)
);

COMMENT ON TABLE article_authors IS 'Who wrote what, in which order and role.';

COMMENT ON COLUMN article_authors.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN article_authors.role IS 'byline; or assistance: named in a line such as With assistance by.';

COMMENT ON COLUMN article_authors.position IS 'Place in the page''s order, from 1.';

COMMENT ON COLUMN article_authors.author_id IS 'The author: authors.id.';

CREATE INDEX ix_article_authors_author_id ON article_authors (author_id);

CREATE TABLE article_keys (
  key VARCHAR(500) NOT NULL,
  article_id BIGINT NOT NULL,
  CONSTRAINT pk_article_keys PRIMARY KEY (key),
  CONSTRAINT fk_article_keys_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE article_keys IS 'Keys an article is known by; two pages that share one are the same article.';

COMMENT ON COLUMN article_keys.key IS 'post:HOST/ID, sid:HOST/SID, dated:HOST/DATE/SLUG, url:ADDRESS; id:N of a merged row.';

COMMENT ON COLUMN article_keys.article_id IS 'The article: articles.id.';

CREATE INDEX ix_article_keys_article_id ON article_keys (article_id);

CREATE TABLE contacts (
  article_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  role VARCHAR(40) NOT NULL,
  name TEXT NOT NULL,
  place TEXT,
  email TEXT,
  CONSTRAINT pk_contacts PRIMARY KEY (article_id, position),
  CONSTRAINT fk_contacts_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE contacts IS 'People of the lines To contact the reporter (or editor) on this story.';

COMMENT ON COLUMN contacts.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN contacts.position IS 'Place in the page''s order, from 1.';

COMMENT ON COLUMN contacts.role IS 'reporter or editor.';

COMMENT ON COLUMN contacts.name IS 'The person''s name.';

COMMENT ON COLUMN contacts.place IS 'Where the person works.';

COMMENT ON COLUMN contacts.email IS 'The printed e-mail address.';

CREATE TABLE images (
  article_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  url TEXT,
  caption TEXT,
  credit TEXT,
  CONSTRAINT pk_images PRIMARY KEY (article_id, position),
  CONSTRAINT fk_images_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE images IS 'Pictures of an article, not of the page around it.';

COMMENT ON COLUMN images.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN images.position IS 'Place in the page''s order, from 1.';

COMMENT ON COLUMN images.url IS 'Address of the picture.';

COMMENT ON COLUMN images.caption IS 'The caption, without the credit.';

COMMENT ON COLUMN images.credit IS 'Who made it, with its label, as printed.';

CREATE TABLE pages (
  id BIGSERIAL NOT NULL,
  url TEXT NOT NULL,
  url_hash VARCHAR(40) NOT NULL,
  state VARCHAR(40) NOT NULL,
  reason VARCHAR(500),
  status SMALLINT,
  article_id BIGINT,
  spider VARCHAR(500) NOT NULL,
  source VARCHAR(500),
  attempts INTEGER NOT NULL,
  discovered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  tried_at TIMESTAMP WITH TIME ZONE,
  run_id BIGINT NOT NULL,
  CONSTRAINT pk_pages PRIMARY KEY (id),
  CONSTRAINT fk_pages_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE SET NULL,
  CONSTRAINT fk_pages_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_pages_url_hash UNIQUE (url_hash)
);

COMMENT ON TABLE pages IS 'The ledger: every address that was ever found, and what became of it.';

COMMENT ON COLUMN pages.id IS 'Number of the page, in the order of discovery.';

COMMENT ON COLUMN pages.url IS 'The address as first found.';

COMMENT ON COLUMN pages.url_hash IS 'Hash of the address in normal form: all spellings of one address are one row.';

COMMENT ON COLUMN pages.state IS 'discovered (not fetched yet), stored, refused (no article), failed, or blocked.';

COMMENT ON COLUMN pages.reason IS 'Why it was refused, failed or blocked: a short code.';

COMMENT ON COLUMN pages.status IS 'HTTP status of the last answer.';

COMMENT ON COLUMN pages.article_id IS 'The article it led to: articles.id.';

COMMENT ON COLUMN pages.spider IS 'The spider that last dealt with it.';

COMMENT ON COLUMN pages.source IS 'Where it was first found: feed, news_sitemap, files and so on.';

COMMENT ON COLUMN pages.attempts IS 'How many times it was tried.';

COMMENT ON COLUMN pages.discovered_at IS 'When it was first found; UTC.';

COMMENT ON COLUMN pages.tried_at IS 'When it was last tried; UTC.';

COMMENT ON COLUMN pages.run_id IS 'The run that last dealt with it: runs.id.';

CREATE INDEX ix_pages_article_id ON pages (article_id);

CREATE INDEX ix_pages_spider_state ON pages (spider, state);

CREATE TABLE revisions (
  article_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  seen_until TIMESTAMP WITH TIME ZONE NOT NULL,
  headline TEXT NOT NULL,
  dek TEXT,
  correction TEXT,
  access VARCHAR(40) NOT NULL,
  body_text TEXT,
  body JSONB,
  CONSTRAINT pk_revisions PRIMARY KEY (article_id, number),
  CONSTRAINT fk_revisions_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE revisions IS 'Every version that was seen, oldest first. A body stands here once a later version has another one.';

COMMENT ON COLUMN revisions.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN revisions.number IS '1 for the oldest seen.';

COMMENT ON COLUMN revisions.seen_at IS 'When it was first seen so; UTC.';

COMMENT ON COLUMN revisions.seen_until IS 'When it was last seen so; UTC.';

COMMENT ON COLUMN revisions.headline IS 'The headline of this version.';

COMMENT ON COLUMN revisions.dek IS 'The dek of this version.';

COMMENT ON COLUMN revisions.correction IS 'The correction note of this version.';

COMMENT ON COLUMN revisions.access IS 'full or teaser: how much of this version was shown.';

COMMENT ON COLUMN revisions.body_text IS 'The body; NULL: the same as the next version''s.';

COMMENT ON COLUMN revisions.body IS 'The body as blocks; NULL: as the next version''s.';

CREATE INDEX ix_revisions_seen_at ON revisions (seen_at);

CREATE TABLE tickers (
  article_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  ticker VARCHAR(500) NOT NULL,
  CONSTRAINT pk_tickers PRIMARY KEY (article_id, position),
  CONSTRAINT fk_tickers_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE tickers IS 'Securities that an article names.';

COMMENT ON COLUMN tickers.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN tickers.position IS 'Place in the page''s order, from 1.';

COMMENT ON COLUMN tickers.ticker IS 'Symbol, colon, exchange (AAPL:US); or the symbol alone.';

CREATE INDEX ix_tickers_ticker ON tickers (ticker);

CREATE TABLE topics (
  article_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  topic VARCHAR(500) NOT NULL,
  CONSTRAINT pk_topics PRIMARY KEY (article_id, position),
  CONSTRAINT fk_topics_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE topics IS 'Topics that the publisher gave an article.';

COMMENT ON COLUMN topics.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN topics.position IS 'Place in the page''s order, from 1.';

COMMENT ON COLUMN topics.topic IS 'The topic, as printed.';

CREATE INDEX ix_topics_topic ON topics (topic);

ALTER TABLE articles ADD COLUMN search_words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', regexp_replace(regexp_replace(normalize(headline, NFD), '[\u0300-\u036f]+', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+', ' ', 'g')), 'A') || setweight(to_tsvector('simple', regexp_replace(regexp_replace(normalize(coalesce(dek, ''), NFD), '[\u0300-\u036f]+', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+', ' ', 'g')), 'B') || setweight(to_tsvector('simple', regexp_replace(regexp_replace(normalize(left(body_text, 200000), NFD), '[\u0300-\u036f]+', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+', ' ', 'g')), 'D')) STORED;

CREATE INDEX search_index ON articles USING gin (search_words);

CREATE INDEX IF NOT EXISTS search_ticker ON tickers (ticker text_pattern_ops);

INSERT INTO newscrawl_version (version_num) VALUES ('0004');

ALTER TABLE pages ADD COLUMN failures INTEGER DEFAULT '0' NOT NULL;

COMMENT ON COLUMN pages.failures IS 'How many times in a row it failed or was blocked.';

ALTER TABLE pages ADD COLUMN due_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN pages.due_at IS 'When to ask for it next; UTC. NULL: at the next run if it is discovered, else not again.';

ALTER TABLE pages ADD COLUMN etag TEXT;

COMMENT ON COLUMN pages.etag IS 'The ETag header of the last answer.';

ALTER TABLE pages ADD COLUMN last_modified TEXT;

COMMENT ON COLUMN pages.last_modified IS 'The Last-Modified header of the last answer.';

ALTER TABLE pages ADD COLUMN listed_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN pages.listed_at IS 'When it last changed, as lists tell; UTC.';

ALTER TABLE pages ADD COLUMN told JSONB;

COMMENT ON COLUMN pages.told IS 'What a list told of it (headline, dek and so on): JSON object; NULL: nothing but its address.';

CREATE INDEX IF NOT EXISTS ix_pages_spider_due_at ON pages (spider, due_at);

ALTER TABLE runs ADD COLUMN versions JSONB;

COMMENT ON COLUMN runs.versions IS 'What it ran with: JSON object, newscrawl, scrapy, python and so on to their versions.';

ALTER TABLE runs ADD COLUMN host VARCHAR(500);

COMMENT ON COLUMN runs.host IS 'The machine that it ran on.';

ALTER TABLE runs ADD COLUMN pid BIGINT;

COMMENT ON COLUMN runs.pid IS 'Its process, by the number that the machine gave.';

ALTER TABLE runs ADD COLUMN process VARCHAR(500);

COMMENT ON COLUMN runs.process IS 'What tells its process from a later one of the same number.';

ALTER TABLE runs ADD COLUMN alive_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN runs.alive_at IS 'When it last gave a sign of life; UTC.';

ALTER TABLE runs ADD COLUMN alone BOOLEAN DEFAULT true NOT NULL;

COMMENT ON COLUMN runs.alone IS '1: no other run of the spider may begin while it is at work.';

CREATE INDEX IF NOT EXISTS ix_runs_spider_ended_at ON runs (spider, ended_at);

CREATE TABLE IF NOT EXISTS lists (
  id BIGSERIAL NOT NULL,
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
  lastmod TIMESTAMP WITH TIME ZONE,
  entries INTEGER NOT NULL,
  span_seconds BIGINT,
  asked_at TIMESTAMP WITH TIME ZONE,
  read_at TIMESTAMP WITH TIME ZONE,
  checked_at TIMESTAMP WITH TIME ZONE,
  new_at TIMESTAMP WITH TIME ZONE,
  due_at TIMESTAMP WITH TIME ZONE,
  interval_seconds INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  validators_lie BOOLEAN NOT NULL,
  lastmod_lies BOOLEAN NOT NULL,
  run_id BIGINT NOT NULL,
  CONSTRAINT pk_lists PRIMARY KEY (id),
  CONSTRAINT fk_lists_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_lists_spider_url_hash UNIQUE (spider, url_hash)
);

COMMENT ON TABLE lists IS 'Every list of articles (feed, sitemap, front page) that a spider asks for, as it was met.';

COMMENT ON COLUMN lists.id IS 'Number of the list.';

COMMENT ON COLUMN lists.spider IS 'The spider that asks for it.';

COMMENT ON COLUMN lists.url IS 'Its address.';

COMMENT ON COLUMN lists.url_hash IS 'Hash of the address as it is.';

COMMENT ON COLUMN lists.source IS 'What kind of list it is: feed, news_sitemap, sitemap and so on.';

COMMENT ON COLUMN lists.index_url IS 'Address of the sitemap index that named it; NULL: none did.';

COMMENT ON COLUMN lists.outcome IS 'What the last request came to: read, unchanged, gone, failed or blocked; NULL: never asked for.';

COMMENT ON COLUMN lists.reason IS 'Why it is gone, failed or blocked: a short code.';

COMMENT ON COLUMN lists.status IS 'HTTP status of the last answer.';

COMMENT ON COLUMN lists.etag IS 'The ETag header of the last answer with entries.';

COMMENT ON COLUMN lists.last_modified IS 'The Last-Modified header of the last answer with entries.';

COMMENT ON COLUMN lists.digest IS 'Hash of what it listed.';

COMMENT ON COLUMN lists.lastmod IS 'When it last changed, as its index told when it was last read; UTC.';

COMMENT ON COLUMN lists.entries IS 'How many links it had when it was last read.';

COMMENT ON COLUMN lists.span_seconds IS 'From the oldest to the newest of its entries; NULL: it does not date them.';

COMMENT ON COLUMN lists.asked_at IS 'When it was last asked for; UTC.';

COMMENT ON COLUMN lists.read_at IS 'When its entries last came; UTC.';

COMMENT ON COLUMN lists.checked_at IS 'When it was last asked for without If-None-Match and If-Modified-Since; UTC.';

COMMENT ON COLUMN lists.new_at IS 'When it last named an address that nobody had named; UTC.';

COMMENT ON COLUMN lists.due_at IS 'When it is to be asked for next; UTC.';

COMMENT ON COLUMN lists.interval_seconds IS 'The pause after which it is asked for again.';

COMMENT ON COLUMN lists.failures IS 'How many times in a row it was gone, failed or blocked.';

COMMENT ON COLUMN lists.validators_lie IS '1: it said unchanged once and was not; its ETag and Last-Modified are not used any more.';

COMMENT ON COLUMN lists.lastmod_lies IS '1: its index told no change once, and there was one; the index is not believed any more.';

COMMENT ON COLUMN lists.run_id IS 'The run that last asked for it: runs.id.';

COMMENT ON COLUMN articles.access IS 'full; teaser: only the opening was shown, the rest is missing; blocked: only what a list told.';

COMMENT ON COLUMN revisions.access IS 'full, teaser or blocked: how much of this version was shown.';

COMMENT ON COLUMN pages.state IS 'discovered (not asked for yet), stored, unchanged (stored, and still so), refused, failed or blocked.';

COMMENT ON COLUMN runs.ended_at IS 'When it ended; UTC. Of a killed one, the last sign of life.';

COMMENT ON COLUMN runs.finish_reason IS 'Scrapy''s finish reason: finished, shutdown and so on; or killed: it ended without a word.';

COMMENT ON TABLE runs IS 'Every run of a spider. ended_at NULL: it still runs, or was killed, which the next run enters.';

CREATE TABLE IF NOT EXISTS captures (
  id BIGSERIAL NOT NULL,
  page_id BIGINT NOT NULL,
  captured_at TIMESTAMP WITH TIME ZONE NOT NULL,
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
  run_id BIGINT NOT NULL,
  CONSTRAINT pk_captures PRIMARY KEY (id),
  CONSTRAINT fk_captures_page_id FOREIGN KEY(page_id) REFERENCES pages (id),
  CONSTRAINT fk_captures_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_captures_page_id_captured_at UNIQUE (page_id, captured_at)
);

COMMENT ON TABLE captures IS 'Every capture of a page: what its server answered at one moment, where that is kept, and how it was read.';

COMMENT ON COLUMN captures.id IS 'Number of the capture.';

COMMENT ON COLUMN captures.page_id IS 'The page: pages.id.';

COMMENT ON COLUMN captures.captured_at IS 'When the server answered; UTC.';

COMMENT ON COLUMN captures.source IS 'Where it came from: live, warc, wayback, commoncrawl, sample and so on.';

COMMENT ON COLUMN captures.kind IS 'response; revisit: its payload is that of an earlier capture; resource; conversion: text only (WET).';

COMMENT ON COLUMN captures.status IS 'HTTP status of the answer.';

COMMENT ON COLUMN captures.digest IS 'Digest of the payload as sent, as in WARC-Payload-Digest: sha1:BASE32.';

COMMENT ON COLUMN captures.file IS 'The WARC file, relative to NEWSCRAWL_WARC_DIR or from the root; NULL: none was kept.';

COMMENT ON COLUMN captures.file_offset IS 'Byte of the file at which its record begins.';

COMMENT ON COLUMN captures.file_length IS 'Bytes of its record in the file.';

COMMENT ON COLUMN captures.state IS 'What it was read as: stored (an article), unchanged, refused, failed or blocked.';

COMMENT ON COLUMN captures.reason IS 'Why it is no article: a short code.';

COMMENT ON COLUMN captures.layout IS 'The layout that read it; NULL: none did.';

COMMENT ON COLUMN captures.extractor IS 'Version of the extraction that read it.';

COMMENT ON COLUMN captures.run_id IS 'The run that read it last: runs.id.';

CREATE INDEX IF NOT EXISTS ix_captures_digest ON captures (digest);

CREATE TABLE IF NOT EXISTS archive_files (
  id BIGSERIAL NOT NULL,
  path TEXT NOT NULL,
  path_hash VARCHAR(40) NOT NULL,
  size BIGINT NOT NULL,
  modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
  captures INTEGER NOT NULL,
  broken INTEGER NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  run_id BIGINT NOT NULL,
  CONSTRAINT pk_archive_files PRIMARY KEY (id),
  CONSTRAINT fk_archive_files_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
  CONSTRAINT uq_archive_files_path_hash UNIQUE (path_hash)
);

COMMENT ON TABLE archive_files IS 'Every archive file that `scrapy ingest` has begun to read.';

COMMENT ON COLUMN archive_files.id IS 'Number of the file.';

COMMENT ON COLUMN archive_files.path IS 'Its path, from the root.';

COMMENT ON COLUMN archive_files.path_hash IS 'Hash of the path.';

COMMENT ON COLUMN archive_files.size IS 'Its bytes when it was read.';

COMMENT ON COLUMN archive_files.modified_at IS 'When it was last written to; UTC.';

COMMENT ON COLUMN archive_files.captures IS 'How many captures of the publisher were read.';

COMMENT ON COLUMN archive_files.broken IS 'How many records could not be read.';

COMMENT ON COLUMN archive_files.finished_at IS 'When all of it was stored; UTC. NULL: the next `scrapy ingest` goes on with it.';

COMMENT ON COLUMN archive_files.run_id IS 'The run that last read of it: runs.id.';

ALTER TABLE articles ADD COLUMN extractor VARCHAR(500);

COMMENT ON COLUMN articles.extractor IS 'Version of the extraction that read it; NULL: it was read before versions were kept.';

ALTER TABLE runs ADD COLUMN source VARCHAR(500) DEFAULT 'live' NOT NULL;

COMMENT ON COLUMN runs.source IS 'Where its pages come from: live, files, sample, warc, wayback and so on.';

COMMENT ON COLUMN runs.alone IS '1: no other run of the spider over the same source may begin while it is at work.';

ALTER TABLE articles ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE DEFAULT '1970-01-01 00:00:00' NOT NULL;

COMMENT ON COLUMN articles.changed_at IS 'When this row last changed here; UTC, never before that of a row that changed earlier.';

CREATE INDEX IF NOT EXISTS ix_articles_changed_at_id ON articles (changed_at, id);

CREATE INDEX IF NOT EXISTS ix_articles_section_published_at ON articles (section, published_at);

CREATE INDEX IF NOT EXISTS ix_articles_publisher_published_at ON articles (publisher, published_at);

CREATE INDEX IF NOT EXISTS ix_articles_layout_access_language_published_at ON articles (layout, access, language, published_at);

CREATE TABLE IF NOT EXISTS exports (
  id BIGSERIAL NOT NULL,
  target TEXT NOT NULL,
  format VARCHAR(500) NOT NULL,
  conditions JSONB NOT NULL,
  articles INTEGER NOT NULL,
  changed_through TIMESTAMP WITH TIME ZONE,
  exported_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_exports PRIMARY KEY (id)
);

COMMENT ON TABLE exports IS 'Every `scrapy export` that was finished: what the next one with `--since last` goes on from.';

COMMENT ON COLUMN exports.id IS 'Number of the export.';

COMMENT ON COLUMN exports.target IS 'The file or folder, from the root.';

COMMENT ON COLUMN exports.format IS 'Its form: jsonl, csv, parquet and so on.';

COMMENT ON COLUMN exports.conditions IS 'Which articles were asked for: JSON object.';

COMMENT ON COLUMN exports.articles IS 'How many articles were written.';

COMMENT ON COLUMN exports.changed_through IS 'Every article that changed until then (articles.changed_at) was seen; UTC. NULL: none was there.';

COMMENT ON COLUMN exports.exported_at IS 'When it was finished; UTC.';

ALTER TABLE data_dictionary ADD COLUMN unit VARCHAR(40);

COMMENT ON COLUMN data_dictionary.unit IS 'What a number counts: seconds, bytes or words.';

ALTER TABLE data_dictionary ADD COLUMN example TEXT;

COMMENT ON COLUMN data_dictionary.example IS 'A value that it may have; NULL: of a table itself.';

CREATE TABLE IF NOT EXISTS article_clusters (
  article_id BIGINT NOT NULL,
  cluster_id BIGINT,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  signer VARCHAR(40) NOT NULL,
  CONSTRAINT pk_article_clusters PRIMARY KEY (article_id),
  CONSTRAINT fk_article_clusters_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_article_clusters_cluster_id FOREIGN KEY(cluster_id) REFERENCES articles (id) ON DELETE SET NULL
);

COMMENT ON TABLE article_clusters IS 'Which articles tell the same story: rewritten through the day, copied, corrected. Nothing is left out by it.';

COMMENT ON COLUMN article_clusters.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN article_clusters.cluster_id IS 'The first article of its story: articles.id; itself where it is alone. NULL: compared anew soon.';

COMMENT ON COLUMN article_clusters.changed_at IS 'The articles.changed_at with which it was compared: what changed later is still to be.';

COMMENT ON COLUMN article_clusters.signer IS 'Version of what its marks (cluster_marks) were made with.';

CREATE TABLE IF NOT EXISTS cluster_marks (
  period INTEGER NOT NULL,
  mark BIGINT NOT NULL,
  article_id BIGINT NOT NULL,
  CONSTRAINT pk_cluster_marks PRIMARY KEY (period, mark, article_id),
  CONSTRAINT fk_cluster_marks_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE cluster_marks IS 'Marks of each article''s text (MinHash): articles that share one are compared word by word.';

COMMENT ON COLUMN cluster_marks.period IS 'Three days of publication, counted from 1970; -1000000: a mark that is looked for at all times.';

COMMENT ON COLUMN cluster_marks.mark IS 'The mark, a 64-bit number without a meaning.';

COMMENT ON COLUMN cluster_marks.article_id IS 'The article: articles.id.';

CREATE TABLE IF NOT EXISTS cluster_links (
  article_id BIGINT NOT NULL,
  other_id BIGINT NOT NULL,
  alike SMALLINT NOT NULL,
  shared SMALLINT NOT NULL,
  CONSTRAINT pk_cluster_links PRIMARY KEY (article_id, other_id),
  CONSTRAINT fk_cluster_links_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
  CONSTRAINT fk_cluster_links_other_id FOREIGN KEY(other_id) REFERENCES articles (id) ON DELETE CASCADE
);

COMMENT ON TABLE cluster_links IS 'Pairs of articles that were found to tell the same story, each in both directions.';

COMMENT ON COLUMN cluster_links.article_id IS 'The article: articles.id.';

COMMENT ON COLUMN cluster_links.other_id IS 'The other article: articles.id.';

COMMENT ON COLUMN cluster_links.alike IS 'Of all that the two tell, what both do, in thousandths (Jaccard, of four words at a time).';

COMMENT ON COLUMN cluster_links.shared IS 'Of what the shorter one tells, what both do, in thousandths.';

CREATE INDEX IF NOT EXISTS ix_article_clusters_cluster_id ON article_clusters (cluster_id);

CREATE INDEX IF NOT EXISTS ix_cluster_marks_article_id ON cluster_marks (article_id);

CREATE INDEX IF NOT EXISTS ix_cluster_links_other_id ON cluster_links (other_id);

CREATE INDEX IF NOT EXISTS ix_article_clusters_changed_at_article_id ON article_clusters (changed_at, article_id);

ALTER TABLE articles DROP COLUMN IF EXISTS search_words;

ALTER TABLE articles ADD COLUMN search_words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', regexp_replace(regexp_replace(normalize(headline, NFD), '[\u0300-\u036f]+', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+', ' ', 'g')), 'A') || setweight(to_tsvector('simple', regexp_replace(regexp_replace(normalize(coalesce(dek, ''), NFD), '[\u0300-\u036f]+', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+', ' ', 'g')), 'B') || setweight(to_tsvector('simple', regexp_replace(regexp_replace(normalize(left(body_text, 200000), NFD), '[\u0300-\u036f]+', '', 'g'), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+', ' ', 'g')), 'D')) STORED;

CREATE INDEX search_index ON articles USING gin (search_words);

CREATE INDEX IF NOT EXISTS search_ticker ON tickers (ticker text_pattern_ops);

CREATE VIEW latest (id, published_at, headline, dek, byline, section, tickers, access, word_count, revision, cluster_id, url) AS SELECT a.id, a.published_at, a.headline, a.dek, (SELECT string_agg(u.name, ', ' ORDER BY w.position) FROM article_authors w JOIN authors u ON u.id = w.author_id WHERE w.article_id = a.id AND w.role = 'byline'), a.section, (SELECT string_agg(ticker, ' ' ORDER BY position) FROM tickers WHERE article_id = a.id), a.access, a.word_count, a.revision, coalesce(c.cluster_id, a.id), coalesce(a.canonical_url, a.url) FROM articles a LEFT JOIN article_clusters c ON c.article_id = a.id ORDER BY a.published_at DESC NULLS LAST, a.id DESC;

CREATE VIEW clusters (cluster_id, articles, first_published_at, last_published_at, headline) AS SELECT c.cluster_id, count(*), min(a.published_at), max(a.published_at), (SELECT f.headline FROM articles f WHERE f.id = c.cluster_id) FROM article_clusters c JOIN articles a ON a.id = c.article_id WHERE c.cluster_id IN (SELECT o.cluster_id FROM article_clusters o WHERE o.cluster_id <> o.article_id) GROUP BY c.cluster_id ORDER BY max(a.published_at) DESC, c.cluster_id DESC;

CREATE VIEW articles_by_day (day, publisher, articles, teasers, headlines, words) AS SELECT (a.published_at AT TIME ZONE 'UTC')::date, a.publisher, count(*), sum(CASE WHEN a.access = 'teaser' THEN 1 ELSE 0 END), sum(CASE WHEN a.access = 'blocked' THEN 1 ELSE 0 END), sum(a.word_count) FROM articles a GROUP BY (a.published_at AT TIME ZONE 'UTC')::date, a.publisher ORDER BY (a.published_at AT TIME ZONE 'UTC')::date DESC;

CREATE VIEW articles_by_author (author, articles, assisted, first_published_at, last_published_at) AS SELECT u.name, sum(CASE WHEN w.role = 'byline' THEN 1 ELSE 0 END), sum(CASE WHEN w.role = 'assistance' THEN 1 ELSE 0 END), min(a.published_at), max(a.published_at) FROM authors u JOIN article_authors w ON w.author_id = u.id JOIN articles a ON a.id = w.article_id GROUP BY u.id, u.name ORDER BY count(*) DESC, u.name;

CREATE VIEW articles_by_section (publisher, section, articles, first_published_at, last_published_at) AS SELECT a.publisher, a.section, count(*), min(a.published_at), max(a.published_at) FROM articles a GROUP BY a.publisher, a.section ORDER BY count(*) DESC, a.section;

CREATE VIEW ticker_mentions (ticker, published_at, headline, article_id, url) AS SELECT t.ticker, a.published_at, a.headline, a.id, coalesce(a.canonical_url, a.url) FROM tickers t JOIN articles a ON a.id = t.article_id ORDER BY a.published_at DESC NULLS LAST, a.id DESC;

CREATE VIEW revisions_readable (article_id, number, seen_at, seen_until, headline, dek, correction, access, body_text, headline_changed, dek_changed, correction_changed, body_changed, url) AS SELECT r.article_id, r.number, r.seen_at, r.seen_until, r.headline, r.dek, r.correction, r.access, coalesce((SELECT n.body_text FROM revisions n WHERE n.article_id = r.article_id AND n.number >= r.number AND n.body_text IS NOT NULL ORDER BY n.number LIMIT 1), a.body_text), CASE WHEN p.headline <> r.headline THEN 1 ELSE 0 END, CASE WHEN p.number IS NOT NULL AND coalesce(p.dek, '') <> coalesce(r.dek, '') THEN 1 ELSE 0 END, CASE WHEN p.number IS NOT NULL AND coalesce(p.correction, '') <> coalesce(r.correction, '') THEN 1 ELSE 0 END, CASE WHEN p.body_text IS NOT NULL THEN 1 ELSE 0 END, coalesce(a.canonical_url, a.url) FROM revisions r JOIN articles a ON a.id = r.article_id LEFT JOIN revisions p ON p.article_id = r.article_id AND p.number = r.number - 1 ORDER BY r.article_id, r.number;

CREATE VIEW pages_by_reason (spider, state, reason, pages, last_tried_at) AS SELECT p.spider, p.state, p.reason, count(*), max(p.tried_at) FROM pages p GROUP BY p.spider, p.state, p.reason ORDER BY count(*) DESC, p.state, p.reason;

CREATE VIEW pages_due (spider, due_at, state, reason, failures, url) AS SELECT p.spider, p.due_at, p.state, p.reason, p.failures, p.url FROM pages p WHERE p.state = 'discovered' OR (p.due_at IS NOT NULL AND p.state <> 'refused') ORDER BY CASE WHEN p.due_at IS NULL THEN 0 ELSE 1 END, p.due_at, p.id;

CREATE VIEW captures_readable (url, captured_at, source, status, state, reason, layout, extractor, file, file_offset, digest, article_id) AS SELECT p.url, c.captured_at, c.source, c.status, c.state, c.reason, c.layout, c.extractor, c.file, c.file_offset, c.digest, p.article_id FROM captures c JOIN pages p ON p.id = c.page_id ORDER BY c.captured_at DESC, c.id DESC;

CREATE VIEW runs_readable (id, spider, started_at, seconds, finish_reason, exit_code, stored, updated, unchanged, refused, failed, blocked) AS SELECT r.id, r.spider, r.started_at, round(extract(epoch FROM coalesce(r.ended_at, r.alive_at) - r.started_at))::bigint, r.finish_reason, r.exit_code, coalesce((r.counts ->> 'outcome/stored')::bigint, 0), coalesce((r.counts ->> 'outcome/updated')::bigint, 0), coalesce((r.counts ->> 'outcome/unchanged')::bigint, 0), coalesce((r.counts ->> 'outcome/refused')::bigint, 0), coalesce((r.counts ->> 'outcome/failed')::bigint, 0), coalesce((r.counts ->> 'outcome/blocked')::bigint, 0) FROM runs r ORDER BY r.id DESC;

