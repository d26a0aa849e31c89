//! Every statement behind a list, by what it is for. A first page and the next one are the same statement.

use model::{
    CustomerId, Sort, StandardView, TagId,
    query::{Names, Query},
};

use super::{ROW, TAGS_ON, TICKETS, facets, figures, list, people, plan::Plan, search::TEXTS, ticket, walk};
use crate::{Store, index, tests::NOW, views::sorts};

/// Queries of each kind there is: each way to walk, and what is asked on the way.
const QUERIES: &[&str] = &[
    "",
    "status:open",
    "is:urgent",
    "is:unread",
    "is:vip",
    "priority:high",
    "waiting:>2h",
    "tag:late",
    "tag:late status:open",
    "has:attachment",
    "lang:zh channel:mail",
    "-status:closed before:2026-01-01",
    "updated:<1d",
    "after:2026-01-01 status:closed",
    "priority:high -tag:late",
    "priority:normal",
    "source:shop",
    "status:open -kettle",
    "FD-7K3M9QXA",
    "FD-7K3M9QXA kettle",
    "kettle",
    "\"broken kettle\"",
    "茶具",
    "ket",
    "kettle status:open",
    "kettle tag:late -refund before:2026-01-01",
    "from:wang",
    "from:wang kettle",
    "status:open tag:vip waiting:>2h channel:mail lang:zh updated:<1d \"refund\"",
];

pub(crate) fn all() -> Vec<(String, String)> {
    [views(), fixed_lists(), queries(), others()].concat()
}

fn views() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for view in StandardView::ALL {
        for sort in sorts(model::ViewId::Standard { view: *view }) {
            let plan = list::standard_plan(*view, *sort).unwrap();
            all.push((format!("{}, {}", view.as_str(), sort.as_str()), sql_of(&plan)));
        }
    }
    all
}

fn fixed_lists() -> Vec<(String, String)> {
    let tag = |sort| sql_of(&list::tag_plan(TagId(1), sort));
    let query = Query::parse("tag:late lang:zh ", |_, _, _| None).unwrap();
    let filling = Plan::of(&query, &Names::default(), NOW);
    let lists = vec![
        ("a tag, newest".to_owned(), tag(Sort::Newest)),
        ("a tag, oldest".to_owned(), tag(Sort::Oldest)),
        ("a saved view, any order".to_owned(), sql_of(&Plan::of_members(1))),
        ("a saved view that is still being filled, newest".to_owned(), sql_of(&filling)),
        ("a saved view that is still being filled, oldest".to_owned(), sql_of(&filling.oldest_first())),
        ("a customer's tickets".to_owned(), sql_of(&Plan::of_customer(CustomerId(1)))),
    ];
    let figures =
        figures::lists().into_iter().map(|(what, plan)| (format!("behind a figure: {what}"), sql_of(&plan)));
    lists.into_iter().chain(figures).collect()
}

fn queries() -> Vec<(String, String)> {
    let names = Names { tags: [("late".to_owned(), TagId(1))].into(), ..Names::default() };
    let plan = |text: &&str| {
        let query = Query::parse(text, |_, _, _| Some(NOW)).unwrap();
        (format!("the query {text}"), sql_of(&Plan::of(&query, &names, NOW)))
    };
    QUERIES.iter().map(plan).collect()
}

fn sql_of(plan: &Plan) -> String {
    match (plan.matched(), plan.is_direct()) {
        (Some(_), _) => plan.matches_sql(&index::Part::first()),
        (None, true) => plan.rows_sql(),
        (None, false) => plan.window_sql(),
    }
}

fn others() -> Vec<(String, String)> {
    let part = index::Part::first();
    let rows = format!("SELECT {ROW} {TICKETS}");
    let named = [
        ("the parts of the text index", index::PARTS),
        ("messages of tickets, to ask the text index for", index::MESSAGES_OF),
        ("where a page of a search ended", walk::OF_MOMENT),
        ("rows of tickets that were found", rows.as_str()),
        ("passages that matched", TEXTS),
        ("tags on the tickets of a page", TAGS_ON),
        ("tags that a query names", list::TAGS_NAMED),
        ("how a view is shown", list::LOOK),
        ("how many a view has", list::COUNTER),
        ("a saved view", list::SAVED),
        ("what facets are counted over", facets::LOOKED_AT),
    ];
    let mut all: Vec<(String, String)> =
        named.iter().map(|(what, sql)| ((*what).to_owned(), (*sql).to_owned())).collect();
    all.push(("which of some messages match".to_owned(), index::in_part_sql(&part)));
    let before = Query::parse("kettle before:2026-01-01 ", |_, _, _| Some(NOW)).unwrap();
    let before = Plan::of(&before, &Names::default(), NOW);
    all.push(("notes newer than the day before which tickets are searched".to_owned(), before.notes_sql()));
    let people = people::all().into_iter().map(|(what, sql)| (format!("people: {what}"), sql));
    all.extend(people);
    all.extend(ticket::ALL.iter().map(|(what, sql)| (format!("a ticket: {what}"), (*sql).to_owned())));
    all
}

impl Store {
    /// How SQLite goes about a statement, indented as one step lies in another.
    pub(crate) async fn plan_of(&self, sql: &str) -> Vec<String> {
        let explain = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
        let mut depths = std::collections::BTreeMap::from([(0i64, 0usize)]);
        let mut lines = Vec::new();
        for row in self.all(explain).await.unwrap() {
            let get = |name| sqlx::Row::get::<i64, _>(&row, name);
            let depth = depths.get(&get("parent")).copied().unwrap_or(0);
            depths.insert(get("id"), depth + 1);
            lines.push(format!("{}{}", "  ".repeat(depth), sqlx::Row::get::<&str, _>(&row, "detail")));
        }
        lines
    }
}
