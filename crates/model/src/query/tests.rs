//! The language by example, and its rules by property.

use proptest::prelude::*;

use super::*;
use crate::{Problem, ProblemCode, SourceId, TagId};

fn parse(text: &str) -> Result<Query, Problem> {
    Query::parse(text, |y, m, d| {
        jiff::civil::Date::new(y, m, d)
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|z| Millis(z.timestamp().as_millisecond()))
    })
}

fn text(words: &str, phrase: bool, prefix: bool) -> Ask {
    Ask::Text { words: words.into(), phrase, prefix }
}

fn asks(query: &str) -> Vec<(bool, Ask)> {
    parse(query).unwrap().terms.into_iter().map(|t| (t.negated, t.ask)).collect()
}

#[test]
fn every_operator_is_understood() {
    assert_eq!(
        asks(
            r#"from:Wang tag:"big spender" status:open -is:unread has:attachment after:2026-03-01 before:2026/4 "Tea set" -refund ket"#
        ),
        [
            (false, Ask::From("wang".into())),
            (false, Ask::Tag("big spender".into())),
            (false, Ask::Status(Status::Open)),
            (true, Ask::Is(Is::Unread)),
            (false, Ask::HasAttachment),
            (false, Ask::After(Millis(1_772_323_200_000))),
            (false, Ask::Before(Millis(1_775_001_600_000))),
            (false, text("tea set", true, false)),
            (true, text("refund", false, false)),
            (false, text("ket", false, true)),
        ]
    );
}

#[test]
fn a_word_with_a_colon_that_is_no_key_is_text() {
    assert_eq!(asks("https://x.test "), [(false, text("https://x.test", false, false))]);
    assert_eq!(asks("- x "), [(false, text("-", false, false)), (false, text("x", false, false))]);
}

#[test]
fn chinese_quotes_and_colons_work_as_typed_by_an_input_method() {
    assert_eq!(
        asks("status：closed “碎了” "),
        [(false, Ask::Status(Status::Closed)), (false, text("碎了", true, false))]
    );
}

#[test]
fn an_error_points_at_the_characters_it_concerns() {
    let error = |query| parse(query).unwrap_err().params;
    let at = |at: &str, length: &str, why: &str| {
        [("at", at), ("length", length), ("why", why)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    };
    assert_eq!(error("茶 status:done x"), at("2", "11", "unknown_status"));
    assert_eq!(error("before:2026-02-30"), at("0", "17", "not_a_day"));
    assert_eq!(error(r#"a "never closed"#), at("2", "13", "quote_open"));
    assert_eq!(error("tag: x"), at("0", "4", "value_missing"));
}

#[test]
fn ages_are_taken_as_either_keyboard_types_them() {
    let (over, under) = (|ms| Some(Age { over: true, ms }), |ms| Some(Age { over: false, ms }));
    let (hour, day) = (Millis::HOUR, Millis::DAY);
    let table = [
        (">2h", over(2 * hour)),
        ("2h", over(2 * hour)),
        (">=2h", over(2 * hour)),
        ("<30m", under(30 * Millis::MINUTE)),
        ("<=1d", under(day)),
        ("＞2小时", over(2 * hour)),
        ("》２小时", over(2 * hour)),
        ("《3天", under(3 * day)),
        ("＜１０分钟", under(10 * Millis::MINUTE)),
        ("1周", over(7 * day)),
        ("2W", over(14 * day)),
        ("3660d", over(3_660 * day)),
        ("3661d", None),
        ("99999999999999999999h", None),
        ("9223372036854775807w", None),
        ("h", None),
        (">", None),
        (">>2h", None),
        ("-2h", None),
        ("2x", None),
        ("2", None),
    ];
    for (typed, expected) in table {
        let asked = parse(&format!("waiting:{typed} "));
        match expected {
            Some(age) => assert_eq!(asked.unwrap().terms[0].ask, Ask::Waiting(age), "{typed}"),
            None => assert_eq!(asked.unwrap_err().params["why"], "not_an_age", "{typed}"),
        }
    }
}

#[test]
fn days_are_taken_as_either_language_writes_them() {
    let first = Millis(1_772_323_200_000);
    for typed in ["2026-03-01", "2026/3/1", "2026.3", "2026年3月1日", "２０２６年３月"] {
        assert_eq!(asks(&format!("after:{typed}")), [(false, Ask::After(first))], "{typed}");
    }
    for typed in ["2026-13-01", "yesterday", "2026-03-01-01", "+2026-3", "2026--1", "2026-3-", "-5", "99999"]
    {
        assert_eq!(parse(&format!("after:{typed}")).unwrap_err().params["why"], "not_a_day", "{typed}");
    }
}

#[test]
fn a_query_has_an_end() {
    let most = vec!["茶"; MOST_TERMS].join(" ");
    assert_eq!(parse(&most).unwrap().terms.len(), MOST_TERMS);
    let error = parse(&format!("{most} one more")).unwrap_err().params;
    assert_eq!(
        (error["at"].as_str(), error["length"].as_str(), error["why"].as_str()),
        ("80", "8", "too_long")
    );
    assert!(parse(&"茶".repeat(MOST_CHARS)).is_ok());
    let error = parse(&"茶".repeat(MOST_CHARS + 5)).unwrap_err().params;
    assert_eq!((error["at"].as_str(), error["length"].as_str()), ("2000", "5"));
}

#[test]
fn a_tag_is_asked_for_by_what_its_spellings_share() {
    assert_eq!(asks("tag:\"VIP   客户\""), [(false, Ask::Tag("vip 客户".into()))]);
    assert_eq!(asks("－tag：＂Big Spender＂"), [(true, Ask::Tag("big spender".into()))]);
}

#[test]
fn what_stands_at_the_cursor_is_what_a_completion_takes_the_place_of() {
    use Expected::{Value, Word};
    // The cursor is where the bar is.
    let table = [
        ("|", (0, 0), "", Word),
        ("sta|", (0, 3), "sta", Word),
        ("sta|tus", (0, 6), "sta", Word),
        ("kettle -IS|", (8, 10), "is", Word),
        ("status:|", (7, 7), "", Value(Key::Status)),
        ("STATUS：op|en x", (7, 11), "op", Value(Key::Status)),
        ("-tag:la|", (5, 7), "la", Value(Key::Tag)),
        ("x tag:\"big sp|", (6, 13), "big sp", Value(Key::Tag)),
        ("tag:\"big sp|ender\" status:open", (4, 17), "big sp", Value(Key::Tag)),
        ("tag:“大|客户” x", (4, 9), "大", Value(Key::Tag)),
        ("tag:\"big\"|", (4, 9), "big", Value(Key::Tag)),
        ("a | b", (2, 2), "", Word),
        ("https:|", (0, 6), "https:", Word),
        ("-|", (1, 1), "", Word),
    ];
    for (marked, place, typed, expected) in table {
        let at = marked.chars().position(|c| c == '|').unwrap();
        let blank = blank_at(&marked.replace('|', ""), at);
        let expected = Blank { from: place.0, to: place.1, typed: typed.into(), expected };
        assert_eq!(blank, expected, "{marked}");
    }
}

#[test]
fn every_value_that_is_offered_is_understood() {
    for key in Key::ALL {
        for value in key.values() {
            let typed = format!("{}:{value}", key.as_str());
            assert!(parse(&typed).is_ok(), "{typed}");
        }
    }
}

fn facts(tags: &[TagId]) -> TicketFacts<'_> {
    TicketFacts {
        status: Status::Open,
        priority: Priority::High,
        channel: Channel::Mail,
        lang: "zh",
        source: SourceId(1),
        urgent: false,
        unread: true,
        vip: false,
        has_attachment: true,
        tags,
        waiting_since: Some(Millis(1_000 * Millis::DAY)),
        last_message_at: Millis(1_001 * Millis::DAY),
    }
}

#[test]
fn a_ticket_is_asked_term_by_term_and_its_text_last() {
    let names = Names {
        tags: [("late".into(), TagId(7))].into(),
        sources: [("shop".into(), vec![SourceId(1)])].into(),
    };
    let now = Millis(1_002 * Millis::DAY);
    let matches = |query: &str, text: Option<bool>| {
        let asked = |query: Query| query.matches(facts(&[TagId(7)]), &names, now, || text.unwrap());
        asked(parse(&format!("{query} ")).unwrap())
    };
    for holds in [
        "",
        "status:open is:unread -is:vip -is:urgent has:attachment channel:mail lang:zh priority:high",
        "tag:late -tag:rush source:shop -source:other",
        "waiting:>2d -waiting:<2d waiting:<49h updated:>1d updated:<2d",
        "after:1972-09-28 before:1972-09-29",
    ] {
        assert!(matches(holds, None), "{holds}");
    }
    for fails in
        ["-status:open", "tag:rush", "-tag:late", "source:other", "waiting:>3d kettle", "updated:<1d"]
    {
        assert!(!matches(fails, None), "{fails}: and its text is not asked");
    }
    assert!(matches("kettle", Some(true)) && !matches("is:open from:wang", Some(false)));
}

fn typed() -> impl Strategy<Value = String> {
    let keys = Key::ALL.iter().map(|key| format!("{}:", key.as_str()));
    let signs = [
        "-", "－", "\"", "“", "”", "「", "＂", "：", ":", ">", "＜", " ", "　", "2h", "2026-1-1", "茶", "İ",
        "ß", "\u{301}",
    ];
    let pieces: Vec<String> = keys.chain(signs.map(str::to_owned)).collect();
    let piece = prop_oneof![3 => prop::sample::select(pieces), 1 => any::<String>()];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_typed_is_read_or_pointed_at(text in typed()) {
        let length = text.chars().count();
        match parse(&text) {
            Ok(query) => {
                prop_assert!(query.terms.len() <= MOST_TERMS);
                prop_assert_eq!(parse(&format!("{text} ")).unwrap(), query.whole());
            }
            Err(problem) => {
                prop_assert_eq!(problem.code, ProblemCode::QueryInvalid);
                let number = |name: &str| problem.params[name].parse::<usize>().unwrap();
                let (at, marked) = (number("at"), number("length"));
                prop_assert!(marked > 0 && at + marked <= length);
                prop_assert!(!text.chars().nth(at).unwrap().is_whitespace());
            }
        }
    }

    #[test]
    fn what_stands_at_any_cursor_lies_within_the_text(text in typed(), at in 0usize..60) {
        let blank = blank_at(&text, at);
        let at = at.min(text.chars().count());
        prop_assert!(blank.from <= at && at <= blank.to && blank.to <= text.chars().count(), "{:?}", blank);
    }

    #[test]
    fn an_age_holds_on_one_side_of_its_boundary_alone(ms in 0i64..1_000_000, then in any::<i64>(), now in any::<i64>()) {
        let (over, under) = (Age { over: true, ms }, Age { over: false, ms });
        prop_assert_ne!(over.holds(Millis(then), Millis(now)), under.holds(Millis(then), Millis(now)));
        prop_assert!(over.holds(over.boundary(Millis(now)), Millis(now)));
        prop_assert!(under.holds(under.boundary(Millis(now)).plus(1), Millis(now)) || over.boundary(Millis(now)).0 == i64::MAX);
    }

    #[test]
    fn places_are_in_the_order_they_are_for(
        one in (0i64..3_000_000_000_000, prop::option::of(0i64..3_000_000_000_000), 0usize..4),
        other in (0i64..3_000_000_000_000, prop::option::of(0i64..3_000_000_000_000), 0usize..4),
    ) {
        use crate::Sort;
        let place = |sort: Sort, (last, since, priority): (i64, Option<i64>, usize)| {
            sort.place(Millis(last), since.map(Millis), Priority::ALL[priority])
        };
        let order = |sort| place(sort, one).cmp(&place(sort, other));
        prop_assert_eq!(order(Sort::Newest), one.0.cmp(&other.0));
        prop_assert_eq!(order(Sort::Oldest), other.0.cmp(&one.0));
        prop_assert_eq!(order(Sort::Priority), (one.2, one.0).cmp(&(other.2, other.0)));
        let waits = |(last, since, _): (i64, Option<i64>, usize)| (since.is_some(), since.map_or(last, |since| -since));
        prop_assert_eq!(order(Sort::LongestWait), waits(one).cmp(&waits(other)));
        for sort in Sort::ALL {
            prop_assert!(place(*sort, one).abs() < 1 << 53);
        }
    }
}
