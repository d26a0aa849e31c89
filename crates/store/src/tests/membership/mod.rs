//! Whatever happens to tickets, tags, sources, views and the clock: the members of every view are those that asking its query of
//! every ticket gives, as far as the view has been filled; so are their counts; and SQL finds the same tickets.

mod asked;
mod world;

use model::{
    Channel, Millis, Priority, Sort, Status,
    query::{Age, Ask, Is, Lang, Query, Term},
    threading::Token,
};
use proptest::prelude::*;

use self::world::World;
use super::bench::NOW;

const TAGS: [&str; 3] = ["late", "rush", "gone"];
const SOURCES: [&str; 3] = ["shop", "second", "gone"];
const WORDS: [&str; 5] = ["refund", "lamp", "broken", "碎了", "nowhere"];
const PEOPLE: [(&str, &str); 2] = [("Wang Zhiyuan", "wang@x.test"), ("Li Na", "li@x.test")];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn ages() -> impl Strategy<Value = Age> {
    let ms = prop::sample::select(vec![
        0,
        30 * Millis::MINUTE,
        Millis::HOUR,
        Millis::DAY,
        9 * Millis::DAY,
        400 * Millis::DAY,
    ]);
    (any::<bool>(), ms).prop_map(|(over, ms)| Age { over, ms })
}

fn asks() -> impl Strategy<Value = Ask> {
    let day = || (0i64..20).prop_map(|days| NOW.plus(-days * Millis::DAY));
    let text = |words: String, phrase| Ask::Text { words, phrase, prefix: false };
    prop_oneof![
        2 => prop::sample::select(Status::ALL).prop_map(Ask::Status),
        1 => prop::sample::select(Priority::ALL).prop_map(Ask::Priority),
        3 => prop::sample::select(Is::ALL).prop_map(Ask::Is),
        2 => Just(Ask::Is(Is::Vip)),
        1 => Just(Ask::HasAttachment),
        1 => prop::sample::select(&Channel::ALL[..2]).prop_map(Ask::Channel),
        1 => prop::sample::select(&Lang::ALL[..2]).prop_map(Ask::Lang),
        2 => prop::sample::select(&SOURCES[..]).prop_map(|name| Ask::Source(name.to_owned())),
        2 => prop::sample::select(&TAGS[..]).prop_map(|tag| Ask::Tag(tag.to_owned())),
        1 => day().prop_map(Ask::Before),
        1 => day().prop_map(Ask::After),
        3 => ages().prop_map(Ask::Waiting),
        3 => ages().prop_map(Ask::Updated),
        3 => word().prop_map(move |words| text(words, false)),
        1 => (word(), word()).prop_map(move |(one, two)| text(format!("{one} {two}"), true)),
        1 => prop::sample::select(vec!["wang", "li"]).prop_map(|who| Ask::From(who.to_owned())),
        1 => prop::sample::select(vec!["m0", "m1"]).prop_map(move |root| text(Token::of_root(root).0.to_lowercase(), false)),
    ]
}

fn queries() -> impl Strategy<Value = Query> {
    let term = (prop::bool::weighted(0.3), asks()).prop_map(|(negated, ask)| Term { negated, ask });
    prop::collection::vec(term, 0..4).prop_map(|terms| Query { terms })
}

#[derive(Debug, Clone)]
enum Step {
    /// A new mail by a person, or to an earlier one an answer or a further mail.
    Mail {
        to: Option<(prop::sample::Index, bool)>,
        by: usize,
        minutes: i64,
        words: Vec<String>,
        source: bool,
    },
    Act {
        act: u8,
        on: prop::sample::Index,
        with: usize,
    },
    Save {
        which: Option<prop::sample::Index>,
        query: Query,
        sort: Sort,
    },
    Sort {
        which: prop::sample::Index,
        sort: Sort,
    },
    Delete(prop::sample::Index),
    Clock(i64),
    Fill(u8),
    Restart,
    /// The second source comes or goes, with its tickets or without.
    Second {
        forget: bool,
    },
}

fn steps() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    let sort = || prop::sample::select(Sort::ALL);
    // In half hours, as the ages are, so that moments lie on boundaries.
    let minutes =
        prop_oneof![(-3i64..3).prop_map(|half| half * 30), (-20 * 24i64..0).prop_map(|hours| hours * 60)];
    let mails = (
        prop::option::of((index(), any::<bool>())),
        0..2usize,
        minutes,
        prop::collection::vec(word(), 0..3),
        any::<bool>(),
    );
    let clock = prop_oneof![
        3 => (-3i64..4).prop_map(|half| half * 30),
        1 => prop::sample::select(vec![-3i64, -1, 1, 3]).prop_map(|years| years * 365 * 24 * 60),
        1 => -12 * 24 * 60..12 * 24 * 60i64,
    ];
    prop_oneof![
        5 => mails.prop_map(|(to, by, minutes, words, source)| Step::Mail { to, by, minutes, words, source }),
        6 => (0u8..10, index(), 0..2usize).prop_map(|(act, on, with)| Step::Act { act, on, with }),
        3 => (prop::option::weighted(0.3, index()), queries(), sort())
            .prop_map(|(which, query, sort)| Step::Save { which, query, sort }),
        1 => (index(), sort()).prop_map(|(which, sort)| Step::Sort { which, sort }),
        1 => index().prop_map(Step::Delete),
        4 => clock.prop_map(|minutes| Step::Clock(minutes * Millis::MINUTE)),
        3 => (1u8..6).prop_map(Step::Fill),
        1 => Just(Step::Restart),
        1 => any::<bool>().prop_map(|forget| Step::Second { forget }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn members_are_always_what_asking_every_ticket_gives(
        first in prop::collection::vec(queries(), 1..5),
        steps in prop::collection::vec(steps(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for query in &first {
                world.save(None, query, Sort::Newest).await;
            }
            for step in &steps {
                world.take(step).await;
                world.assert_right().await;
            }
            world.settle().await;
            world.assert_right().await;
            world.assert_of_now().await;
        });
    }
}
