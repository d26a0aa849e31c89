-- Times are UTC milliseconds. Names of mails and messages (`identity`, `name`) are 16-byte digests scoped by source.

CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE setting (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE source (
  id INTEGER PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('mailbox', 'archive', 'sample')),
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  config TEXT NOT NULL,
  paused INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  filled_done INTEGER,
  filled_total INTEGER,
  cursor TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE folder (
  id INTEGER PRIMARY KEY NOT NULL,
  source INTEGER NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (source, name)
) STRICT;

CREATE TABLE customer (
  id INTEGER PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  name_at_ms INTEGER NOT NULL,
  sort_key TEXT NOT NULL,
  email TEXT NOT NULL,
  tier TEXT NOT NULL CHECK (tier IN ('standard', 'vip')),
  lang TEXT NOT NULL,
  first_seen_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  tickets INTEGER NOT NULL,
  open_tickets INTEGER NOT NULL
) STRICT;

-- `wrote` tells an address its owner wrote from, which finds the customer, from one only named in Reply-To.
CREATE TABLE contact (
  customer INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  wrote INTEGER NOT NULL,
  PRIMARY KEY (customer, kind, key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX contact_by_key ON contact (kind, key) WHERE wrote = 1;

CREATE TABLE tag (
  id INTEGER PRIMARY KEY NOT NULL,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  layer TEXT NOT NULL CHECK (layer IN ('base', 'dynamic', 'sentiment'))
) STRICT;

CREATE TABLE customer_tag (
  customer INTEGER NOT NULL,
  tag INTEGER NOT NULL,
  PRIMARY KEY (customer, tag)
) STRICT, WITHOUT ROWID;

-- Everything a list shows of a ticket, kept with the change, so that a page is one indexed read.
CREATE TABLE ticket (
  id INTEGER PRIMARY KEY NOT NULL,
  source INTEGER NOT NULL,
  channel TEXT NOT NULL,
  token TEXT NOT NULL,
  subject TEXT NOT NULL,
  snippet TEXT NOT NULL,
  lang TEXT NOT NULL,
  requester INTEGER NOT NULL,
  requester_name TEXT NOT NULL,
  requester_email TEXT NOT NULL,
  vip INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'waiting', 'closed')),
  decided TEXT CHECK (decided IN ('open', 'waiting', 'closed')),
  decided_seen INTEGER,
  decided_at_ms INTEGER,
  priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
  priority_at_ms INTEGER,
  messages INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  read_to INTEGER,
  has_attachment INTEGER NOT NULL,
  first_message INTEGER,
  -- Whether the oldest mail is marked as a reply and names no other mail.
  orphan INTEGER NOT NULL,
  -- A digest of source, requester's address and subject without its marks.
  thread_key INTEGER,
  last_message INTEGER,
  last_message_at_ms INTEGER NOT NULL,
  asked INTEGER,
  answered INTEGER,
  waiting_since_ms INTEGER,
  -- The urgent word the customer wrote since the last answer, and when.
  word TEXT,
  word_at_ms INTEGER,
  urgent TEXT,
  urgent_due_at_ms INTEGER,
  acknowledged_at_ms INTEGER,
  tags TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  closed_at_ms INTEGER,
  -- Under which name the journal knows this ticket.
  journal_key BLOB
) STRICT;
CREATE INDEX ticket_by_last ON ticket (last_message_at_ms, id);
CREATE INDEX ticket_by_status ON ticket (status, last_message_at_ms, id);
CREATE INDEX ticket_by_requester ON ticket (requester, last_message_at_ms, id);
CREATE INDEX ticket_by_thread ON ticket (thread_key) WHERE thread_key IS NOT NULL;
CREATE INDEX ticket_urgent ON ticket (last_message_at_ms, id) WHERE urgent IS NOT NULL;
CREATE INDEX ticket_unread ON ticket (last_message_at_ms, id) WHERE unread > 0;
CREATE INDEX ticket_vip ON ticket (last_message_at_ms, id) WHERE vip = 1;
CREATE INDEX ticket_by_priority ON ticket (priority, last_message_at_ms, id) WHERE priority <> 'normal';
CREATE INDEX ticket_due ON ticket (urgent_due_at_ms) WHERE urgent_due_at_ms IS NOT NULL;
CREATE INDEX ticket_by_journal_key ON ticket (journal_key) WHERE journal_key IS NOT NULL;

CREATE TABLE ticket_tag (
  tag INTEGER NOT NULL,
  last_message_at_ms INTEGER NOT NULL,
  ticket INTEGER NOT NULL,
  PRIMARY KEY (tag, last_message_at_ms, ticket)
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket_token (
  token TEXT NOT NULL,
  ticket INTEGER NOT NULL,
  PRIMARY KEY (token, ticket)
) STRICT, WITHOUT ROWID;

-- Which tickets hold (`own`) or name a mail.
CREATE TABLE mention (
  name BLOB NOT NULL,
  ticket INTEGER NOT NULL,
  own INTEGER NOT NULL,
  PRIMARY KEY (name, ticket, own)
) STRICT, WITHOUT ROWID;

-- Keys are in time order: see model::MessageId.
CREATE TABLE message (
  id INTEGER PRIMARY KEY NOT NULL,
  ticket INTEGER NOT NULL,
  source INTEGER NOT NULL,
  identity BLOB NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('mail', 'note')),
  direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound')),
  message_id TEXT,
  from_name TEXT NOT NULL,
  from_email TEXT NOT NULL,
  people TEXT NOT NULL,
  subject TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  sent_at_ms INTEGER,
  seen INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  -- Automatic mail takes no turn.
  automatic TEXT,
  calendar TEXT,
  defects TEXT NOT NULL,
  lang TEXT NOT NULL,
  has_html INTEGER NOT NULL,
  attachments INTEGER NOT NULL,
  gone_at_ms INTEGER
) STRICT;
CREATE INDEX message_by_ticket ON message (ticket, id);
CREATE INDEX message_unread ON message (ticket, id) WHERE unread = 1;

-- Apart from the message, so that a changed flag does not rewrite a long text. In the order of arrival: the texts of a conversation
-- lie beside one another, and none is put between others.
CREATE TABLE body (
  id INTEGER PRIMARY KEY NOT NULL,
  message INTEGER NOT NULL UNIQUE,
  text TEXT NOT NULL,
  html TEXT,
  mail_references TEXT NOT NULL
) STRICT;

CREATE TABLE attachment (
  id INTEGER PRIMARY KEY NOT NULL,
  message INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  content_id TEXT,
  inline INTEGER NOT NULL,
  hash TEXT
) STRICT;
CREATE INDEX attachment_by_message ON attachment (message, id);

CREATE TABLE place (
  folder INTEGER NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (folder, uid_validity, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX place_by_message ON place (message);

CREATE TABLE event (
  id INTEGER PRIMARY KEY NOT NULL,
  ticket INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_ticket ON event (ticket, id);

CREATE TABLE note_draft (
  ticket INTEGER PRIMARY KEY NOT NULL,
  text TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE trusted_sender (email TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE escalation (
  id INTEGER PRIMARY KEY NOT NULL,
  ticket INTEGER NOT NULL,
  reason TEXT NOT NULL,
  raised_at_ms INTEGER NOT NULL,
  news INTEGER NOT NULL,
  notified_at_ms INTEGER,
  acknowledged_at_ms INTEGER,
  withdrawn_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX escalation_standing ON escalation (ticket)
  WHERE acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL;
CREATE INDEX escalation_to_notify ON escalation (id)
  WHERE news = 1 AND notified_at_ms IS NULL AND acknowledged_at_ms IS NULL AND withdrawn_at_ms IS NULL;

-- Moved by delta with each change, never counted: `all`, `messages`, a standard view's word, `tag:` and its id.
CREATE TABLE counter (
  name TEXT PRIMARY KEY NOT NULL,
  tickets INTEGER NOT NULL,
  unread INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE change_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  touched TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

-- What the journal remembers of tickets and customers that are not here again yet.
CREATE TABLE restore_ticket (key BLOB PRIMARY KEY NOT NULL, acts TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE restore_anchor (
  anchor BLOB NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (anchor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX restore_anchor_by_key ON restore_anchor (key);
CREATE TABLE restore_customer (address TEXT PRIMARY KEY NOT NULL, acts TEXT NOT NULL) STRICT, WITHOUT ROWID;
