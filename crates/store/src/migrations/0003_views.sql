-- Saved views: their definitions, their members in order, how each list is shown.

-- `query` is as a person typed it, `terms` model::query::Query as JSON (days became moments when it was saved), `look` model::Look as JSON.
CREATE TABLE saved_view (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  query TEXT NOT NULL,
  terms TEXT NOT NULL,
  look TEXT NOT NULL
) STRICT;

-- A list of members. When a view's members are to be gathered anew, it gets a new list; a list that is no view's any more is taken away
-- little by little. The members are those whose terms hold at the moment that `meta` has as `views_as_of`. While the list is being
-- filled, only tickets not older than (`filled_at_ms`, `filled_ticket`) are members and counted; both are null once it is whole. `looked`
-- of about `looked_of` tickets have been looked at.
CREATE TABLE view_list (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  view INTEGER,
  filled_at_ms INTEGER,
  filled_ticket INTEGER,
  looked INTEGER NOT NULL,
  looked_of INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX view_list_of ON view_list (view) WHERE view IS NOT NULL;
CREATE INDEX view_list_left ON view_list (id) WHERE view IS NULL;

-- `place` is model::Sort::place of the view's order.
CREATE TABLE view_ticket (
  list INTEGER NOT NULL,
  place INTEGER NOT NULL,
  ticket INTEGER NOT NULL,
  PRIMARY KEY (list, place, ticket)
) STRICT, WITHOUT ROWID;

-- How standard views and tags are shown; `view` is model::ViewId as JSON.
CREATE TABLE view_look (view TEXT PRIMARY KEY NOT NULL, look TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Whose waits pass an age, in the order of time.
CREATE INDEX ticket_waiting ON ticket (waiting_since_ms, id) WHERE status = 'open' AND waiting_since_ms IS NOT NULL;
-- The places (model::Sort::place) of the orders that standard views can be given besides the order of time.
CREATE INDEX ticket_open_by_wait ON ticket ((CASE WHEN waiting_since_ms IS NULL
  THEN max(0, min(last_message_at_ms, 8796093022207)) ELSE 17592186044416 - max(0, min(waiting_since_ms, 8796093022207)) END), id)
  WHERE status = 'open';
CREATE INDEX ticket_urgent_wait ON ticket ((CASE WHEN waiting_since_ms IS NULL
  THEN max(0, min(last_message_at_ms, 8796093022207)) ELSE 17592186044416 - max(0, min(waiting_since_ms, 8796093022207)) END), id)
  WHERE urgent IS NOT NULL;
CREATE INDEX ticket_open_by_priority ON ticket ((CASE priority WHEN 'low' THEN 0 WHEN 'normal' THEN 1 WHEN 'high' THEN 2 ELSE 3 END
  * 8796093022208 + max(0, min(last_message_at_ms, 8796093022207))), id)
  WHERE status = 'open';
