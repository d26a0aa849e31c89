-- Saved views: their definitions, their members in order, how each list is shown.

-- `query` is as a person typed it, `terms` model::query::Query as JSON (days became moments when it was saved), `look` model::Look as JSON.
-- The members are those whose terms hold at `as_of_ms`. While the view is being filled, only tickets newer than (`filled_at_ms`,
-- `filled_ticket`) are members and counted; both are null once it is whole.
CREATE TABLE saved_view (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  query TEXT NOT NULL,
  terms TEXT NOT NULL,
  look TEXT NOT NULL,
  as_of_ms INTEGER NOT NULL,
  filled_at_ms INTEGER,
  filled_ticket INTEGER
) STRICT;

-- `place` is model::Sort::place of the view's order.
CREATE TABLE view_ticket (
  view INTEGER NOT NULL,
  place INTEGER NOT NULL,
  ticket INTEGER NOT NULL,
  PRIMARY KEY (view, place, ticket)
) STRICT, WITHOUT ROWID;

-- How standard views and tags are shown; `view` is model::ViewId as JSON.
CREATE TABLE view_look (view TEXT PRIMARY KEY NOT NULL, look TEXT NOT NULL) STRICT, WITHOUT ROWID;
