-- Replies: drafts, the outbox, acknowledgements; alerts that can be put off and seen; figures of the day.

-- One reply a ticket is being written. `text` is model::outgoing::DraftText without its HTML as JSON, a line feed, the HTML;
-- `attachments` a list of OutgoingAttachment. `edits` and `edit_bytes`: what the journal has of it since it last had the whole.
CREATE TABLE reply_draft (
  ticket INTEGER PRIMARY KEY NOT NULL,
  text TEXT NOT NULL,
  attachments TEXT NOT NULL,
  kept_at_ms INTEGER NOT NULL,
  edits INTEGER NOT NULL,
  edit_bytes INTEGER NOT NULL
) STRICT;

-- `message_id` is the key by which nothing is sent twice. `message` is the message it became on the ticket. `ticket` is 0 while a
-- rebuilt database does not have its ticket again; `ticket_key` is the name by which the journal knows that ticket.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  ticket INTEGER NOT NULL,
  ticket_key BLOB NOT NULL,
  source INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('reply', 'acknowledgement')),
  message_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('held', 'waiting', 'sending', 'handing_over', 'unknown', 'review', 'stopped', 'sent')),
  seen_newest INTEGER,
  seen_mails INTEGER NOT NULL,
  who TEXT NOT NULL,
  queued_at_ms INTEGER NOT NULL,
  hold_until_ms INTEGER,
  attempts INTEGER NOT NULL,
  next_try_at_ms INTEGER,
  postponed_at_ms INTEGER,
  attempted_at_ms INTEGER,
  problem TEXT,
  copy TEXT NOT NULL CHECK (copy IN ('due', 'done')),
  copy_try_at_ms INTEGER,
  copy_attempts INTEGER NOT NULL,
  sent_at_ms INTEGER,
  message INTEGER,
  -- For an acknowledgement: where the mail lies that it answers, as JSON.
  claim TEXT,
  UNIQUE (source, message_id)
) STRICT;
CREATE INDEX outbox_unsent ON outbox (id) WHERE state <> 'sent';
CREATE INDEX outbox_unsent_of ON outbox (ticket, id) WHERE state <> 'sent';
CREATE INDEX outbox_copy ON outbox (source, copy_try_at_ms) WHERE state = 'sent' AND copy = 'due';
CREATE INDEX outbox_became ON outbox (ticket, message, kind) WHERE message IS NOT NULL;
CREATE INDEX outbox_astray ON outbox (ticket_key) WHERE ticket = 0;
CREATE INDEX outbox_homeless ON outbox (source) WHERE state = 'sent' AND message IS NULL AND ticket <> 0;

-- Apart from the row, so that a changed state does not rewrite a long text. `outgoing` is model::outgoing::Outgoing as JSON, emptied of
-- its texts once it is sent and its copy filed; `draft` what it was made from, to be edited again.
CREATE TABLE outbox_mail (
  outbox INTEGER PRIMARY KEY NOT NULL,
  outgoing TEXT NOT NULL,
  draft TEXT
) STRICT;

-- To whom an acknowledgement was sent last, so that nobody gets two in a day.
CREATE TABLE acknowledged (
  source INTEGER NOT NULL,
  address TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (source, address)
) STRICT, WITHOUT ROWID;

ALTER TABLE escalation ADD COLUMN snoozed_until_ms INTEGER;
ALTER TABLE escalation ADD COLUMN opened_at_ms INTEGER;
ALTER TABLE escalation ADD COLUMN seen_at_ms INTEGER;
CREATE INDEX escalation_snoozed ON escalation (snoozed_until_ms) WHERE snoozed_until_ms IS NOT NULL;
CREATE INDEX escalation_news ON escalation (id) WHERE news = 1;

-- Whose turn it was when, without reading a message: times are in the keys. `automatic`, always null here, costs nothing and
-- saves a look at the message to see that it is.
CREATE INDEX message_turn ON message (id, ticket, direction, automatic) WHERE kind = 'mail' AND automatic IS NULL;
-- The queue in the order of its list (with what tells who is over the target) and in the order of its waits.
CREATE INDEX ticket_queue ON ticket (last_message_at_ms, id, vip, waiting_since_ms) WHERE status = 'open' AND waiting_since_ms IS NOT NULL;
CREATE INDEX ticket_queue_by_wait ON ticket (vip, waiting_since_ms) WHERE status = 'open' AND waiting_since_ms IS NOT NULL;
CREATE INDEX ticket_urgent_by_wait ON ticket (waiting_since_ms, id) WHERE urgent IS NOT NULL;

-- How much of a ticket is automatic mail, which nobody needs to have seen before answering.
CREATE INDEX message_automatic ON message (ticket) WHERE automatic IS NOT NULL;
