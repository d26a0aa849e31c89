-- Search at scale: the index in parts of the time line, people found despite a typing error, what was searched for lately.

-- The parts of the text index (index.rs): which keys lie in `search_` and the part's number, and how many it was given.
CREATE TABLE search_part (
  id INTEGER PRIMARY KEY NOT NULL,
  lo INTEGER NOT NULL,
  hi INTEGER NOT NULL,
  messages INTEGER NOT NULL
) STRICT;

-- Every word of a customer's name and address, and how it is pronounced; see model::names.
CREATE TABLE name_of (
  word TEXT NOT NULL,
  customer INTEGER NOT NULL,
  PRIMARY KEY (word, customer)
) STRICT, WITHOUT ROWID;
-- Each word once, and backwards: whoever makes a mistake in one half of a word has the other half right.
CREATE TABLE name_word (word TEXT PRIMARY KEY NOT NULL, backwards TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX name_word_backwards ON name_word (backwards);

CREATE TABLE recent_search (query TEXT PRIMARY KEY NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- A ticket may have notes newer than its newest mail: a search for tickets of before a day finds those here.
CREATE INDEX message_note ON message (id, ticket) WHERE kind = 'note';
