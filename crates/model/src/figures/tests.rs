//! The rules of the figures, by table and by property: in whatever order mails were stored, the numbers are the same.

use Direction::{Inbound, Outbound};
use proptest::prelude::*;

use super::*;

fn turn(ticket: i64, direction: Direction, minute: i64) -> Turn {
    let message = MessageId::in_time_order(Millis(minute * Millis::MINUTE), 0);
    Turn { message, ticket: TicketId(ticket), direction }
}

/// Minute of the answer and minutes waited.
fn told(turns: &[Turn]) -> Vec<(i64, i64)> {
    let minutes = |ms: i64| ms / Millis::MINUTE;
    let told = |answer: &Answer| (minutes(answer.message.received_at().0), minutes(answer.waited_ms()));
    answers(turns).iter().map(told).collect()
}

#[test]
fn an_answer_is_counted_from_the_first_mail_nobody_had_answered() {
    type Case = (&'static str, &'static [(Direction, i64)], &'static [(i64, i64)]);
    let table: &[Case] = &[
        ("nothing", &[], &[]),
        ("a question", &[(Inbound, 1)], &[]),
        ("a question and its answer", &[(Inbound, 1), (Outbound, 9)], &[(9, 8)]),
        (
            "three mails of the customer, one answer",
            &[(Inbound, 1), (Inbound, 3), (Inbound, 5), (Outbound, 9)],
            &[(9, 8)],
        ),
        ("two mails of the team in a row", &[(Inbound, 1), (Outbound, 3), (Outbound, 9)], &[(3, 2)]),
        ("the team began", &[(Outbound, 1), (Inbound, 5), (Outbound, 6)], &[(6, 1)]),
        ("asked again", &[(Inbound, 1), (Outbound, 3), (Inbound, 10), (Outbound, 30)], &[(3, 2), (30, 20)]),
        ("only the team", &[(Outbound, 1), (Outbound, 2)], &[]),
    ];
    for (what, turns, expected) in table {
        let turns: Vec<Turn> = turns.iter().map(|(direction, minute)| turn(1, *direction, *minute)).collect();
        assert_eq!(told(&turns), *expected, "{what}");
        let reversed: Vec<Turn> = turns.iter().rev().copied().collect();
        assert_eq!(told(&reversed), *expected, "{what}, stored newest first");
    }
}

#[test]
fn tickets_do_not_answer_one_another() {
    let turns = [
        turn(1, Inbound, 1),
        turn(2, Outbound, 2),
        turn(2, Inbound, 3),
        turn(1, Outbound, 4),
        turn(2, Outbound, 8),
    ];
    assert_eq!(told(&turns), [(4, 3), (8, 5)]);
}

/// The definition as it stands in the documentation, word by word.
fn by_definition(turns: &[Turn]) -> Vec<Answer> {
    let of = |ticket, direction| {
        let mine = move |turn: &&Turn| turn.ticket == ticket && turn.direction == direction;
        turns.iter().filter(mine).map(|turn| turn.message)
    };
    let mut answers: Vec<Answer> = turns
        .iter()
        .filter(|turn| turn.direction == Outbound)
        .filter_map(|o| {
            let before = of(o.ticket, Outbound).filter(|other| *other < o.message).max();
            let asked = of(o.ticket, Inbound).filter(|i| Some(*i) > before && *i < o.message).min()?;
            Some(Answer { message: o.message, ticket: o.ticket, asked })
        })
        .collect();
    answers.sort();
    answers
}

fn some_turns() -> impl Strategy<Value = Vec<Turn>> {
    let some = prop::collection::btree_map(0..200i64, (0..4i64, any::<bool>()), 0..60);
    some.prop_map(|turns| {
        let turn =
            |(minute, (ticket, inbound))| turn(ticket, if inbound { Inbound } else { Outbound }, minute);
        turns.into_iter().map(turn).collect()
    })
}

proptest! {
    #[test]
    fn answers_are_what_the_definition_says_in_any_order(turns in some_turns(), seed in any::<u64>()) {
        let expected = by_definition(&turns);
        let mut shuffled = turns.clone();
        shuffled.sort_by_key(|turn| (turn.message.0 as u64).wrapping_mul(seed | 1).rotate_left(17));
        shuffled.extend(turns.iter().take(5));
        prop_assert_eq!(&answers(&shuffled), &expected, "in another order, some of them twice");
        prop_assert!(expected.iter().all(|answer| answer.waited_ms() > 0));
    }

    #[test]
    fn nine_in_ten_came_within_the_ninetieth(waits in prop::collection::vec(0..10_000i64, 1..80)) {
        let times = response_times(waits.iter().map(|wait| (*wait, 5_000)));
        let ninetieth = times.ninetieth_ms.unwrap();
        let within = |most: i64| waits.iter().filter(|wait| **wait <= most).count();
        prop_assert!(within(ninetieth) * 10 >= waits.len() * 9);
        prop_assert!(within(ninetieth - 1) * 10 < waits.len() * 9, "and no smaller one would do");
        prop_assert_eq!(times.within_target as usize, within(5_000));
        let median = times.median_ms.unwrap();
        prop_assert!(within(median) * 2 >= waits.len() && (within(median - 1) * 2 <= waits.len()));
    }
}

#[test]
fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
    let of = |waits: &[i64]| response_times(waits.iter().map(|wait| (*wait, 10)));
    assert_eq!(of(&[]), ResponseTimes::default());
    let one = of(&[7]);
    assert_eq!((one.median_ms, one.ninetieth_ms, one.within_target), (Some(7), Some(7), 1));
    assert_eq!(of(&[9, 1, 4, 2]).median_ms, Some(3));
    assert_eq!(of(&[30, 10, 20]).median_ms, Some(20));
    let ten = of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 100]);
    assert_eq!((ten.ninetieth_ms, ten.within_target, ten.answers), (Some(9), 9, 10));
}

#[test]
fn just_as_long_as_the_target_is_within_it() {
    let targets = Targets::of_minutes(240, 60);
    let now = Millis(Millis::DAY);
    assert_eq!(response_times([(targets.of(true), targets.of(true))]).within_target, 1);
    let over = |since: Millis, vip| since < targets.over_before(vip, now);
    assert!(!over(now.plus(-Millis::HOUR), true) && over(now.plus(-Millis::HOUR - 1), true));
    assert!(!over(now.plus(-Millis::HOUR - 1), false));
}

fn today(at: &str, zone: &str) -> (Today, TimeZone) {
    let zone = TimeZone::get(zone).unwrap();
    let now = at.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone.clone()).unwrap();
    (Today::of(millis(now.timestamp()), &zone).unwrap(), zone)
}

fn local(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at.0).unwrap().to_zoned(zone.clone()).strftime("%a %d %H:%M").to_string()
}

#[test]
fn a_day_has_as_many_hours_as_the_clock_on_the_wall() {
    let table = [
        ("2026-11-22T13:00", "Asia/Shanghai", 24, "Sun 22 00:00", "Mon 16 00:00"),
        ("2026-11-23T00:00", "Asia/Shanghai", 24, "Mon 23 00:00", "Mon 23 00:00"),
        ("2026-03-29T12:00", "Europe/Berlin", 23, "Sun 29 00:00", "Mon 23 00:00"),
        ("2026-10-25T23:59", "Europe/Berlin", 25, "Sun 25 00:00", "Mon 19 00:00"),
        // The clock goes from midnight to one: the day begins at one.
        ("2018-11-04T09:00", "America/Sao_Paulo", 23, "Sun 04 01:00", "Mon 29 00:00"),
        // By half an hour.
        ("2026-10-04T09:00", "Australia/Lord_Howe", 24, "Sun 04 00:00", "Mon 28 00:00"),
    ];
    for (at, zone, hours, from, week_from) in table {
        let (today, zone) = today(at, zone);
        assert_eq!(today.hours.len(), hours, "{at}");
        assert_eq!(
            (local(today.from(), &zone).as_str(), local(today.week_from, &zone).as_str()),
            (from, week_from)
        );
        assert!(today.hours.windows(2).all(|pair| pair[0].1 == pair[1].0), "{at}: without a gap");
        let end = today.hours.last().unwrap().1;
        assert!(local(end, &zone).ends_with("00:00"), "{at}: until midnight");
    }
}

#[test]
fn moments_beyond_any_calendar_have_no_day() {
    assert_eq!(Today::of(Millis(i64::MAX), &TimeZone::UTC), None);
    assert!(Today::of(Millis(-1), &TimeZone::UTC).is_some());
}
