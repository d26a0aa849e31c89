//! When a new ticket may be acknowledged by itself (RFC 3834). Silence is the rule; every doubt is a reason for it.
//!
//! Once per sender and day, and by one desk of several, is not decided here: that takes the store and the source.

use std::collections::BTreeSet;

use crate::{Address, Millis, replying};

/// How long after it came a mail is still news, in milliseconds.
pub const NEWS_MS: i64 = 60 * Millis::MINUTE;
/// A mail to more people than this was not written to us.
const MOST_ADDRESSED: usize = 30;

/// The mail that began a ticket, and when.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Whether it is the ticket's only mail, and came from outside.
    pub begins: bool,
    /// Bounces, machines and lists (their headers were read when the mail came in).
    pub automatic: bool,
    pub from: &'a Address,
    pub to: &'a [Address],
    pub cc: &'a [Address],
    pub received_at: Millis,
    /// Since when this source acknowledges.
    pub since: Millis,
    /// The keys of every address that is ours.
    pub own: &'a BTreeSet<String>,
    /// The keys of the addresses of the mailbox it came to.
    pub mailbox: &'a BTreeSet<String>,
}

/// Why a mail is not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Somebody wrote before, or we did.
    NotTheFirst,
    /// It came before this was wanted, too long ago, or its time can't be right.
    NotNews,
    Automatic,
    /// One of our own addresses wrote it.
    OwnMail,
    /// Nobody can be answered there.
    NoAddress,
    /// An address that machines write from.
    Robot,
    /// Its `To` and `Cc` do not name this mailbox: a list, a blind copy, a redirection.
    NotToUs,
    /// Written to many.
    ToMany,
}

/// Why this mail is not to be acknowledged at `now`; `None`: it may be.
pub fn silence(arrival: &Arrival<'_>, now: Millis) -> Option<Silence> {
    let key = arrival.from.key();
    let addressed = arrival.to.len() + arrival.cc.len();
    let names_us = || {
        let mut all = arrival.to.iter().chain(arrival.cc);
        all.any(|address| arrival.mailbox.contains(&address.key()))
    };
    let age = now.since(arrival.received_at);
    match () {
        () if !arrival.begins => Some(Silence::NotTheFirst),
        () if arrival.received_at < arrival.since || age.abs() > NEWS_MS => Some(Silence::NotNews),
        () if arrival.automatic => Some(Silence::Automatic),
        () if arrival.own.contains(&key) => Some(Silence::OwnMail),
        () if !replying::is_address(&key) => Some(Silence::NoAddress),
        () if is_robot(&key) => Some(Silence::Robot),
        () if addressed > MOST_ADDRESSED => Some(Silence::ToMany),
        () if !names_us() => Some(Silence::NotToUs),
        () => None,
    }
}

/// Local parts that machines and lists write from, without what punctuation they carry.
const ROBOTS: &[&str] = &[
    "mailerdaemon",
    "postmaster",
    "noreply",
    "donotreply",
    "notreply",
    "noresponse",
    "nobody",
    "daemon",
    "root",
    "bounce",
    "bounces",
    "listserv",
    "listserver",
    "majordomo",
    "mailman",
    "autoreply",
    "autoresponder",
    "automailer",
    "notification",
    "notifications",
    "newsletter",
    "uucp",
];

fn is_robot(key: &str) -> bool {
    let local = key.split('@').next().unwrap_or_default();
    let word = |part: &str| part.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    // `noreply+123@`, `bounces-77=x@`: what follows is a number of theirs.
    let head = word(local.split(['+', '=']).next().unwrap_or_default());
    ROBOTS.contains(&head.as_str())
        || ["noreply", "donotreply", "mailerdaemon"].iter().any(|robot| word(local).contains(robot))
        || local.starts_with("owner-")
        || local.starts_with("bounce-")
        || local.starts_with("bounces-")
        || ["-request", "-owner", "-bounces", "-bounce", "-relay", "-outgoing"]
            .iter()
            .any(|end| local.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_000_000_000);

    struct Case {
        begins: bool,
        automatic: bool,
        from: &'static str,
        to: Vec<Address>,
        cc: Vec<Address>,
        age: i64,
        on_for: i64,
    }

    impl Default for Case {
        fn default() -> Case {
            Case {
                begins: true,
                automatic: false,
                from: "lin@x.test",
                to: vec![Address::new("", "Care@shop.test")],
                cc: Vec::new(),
                age: Millis::MINUTE,
                on_for: Millis::DAY,
            }
        }
    }

    fn judged(case: &Case) -> Option<Silence> {
        let own = ["care@shop.test", "kefu@shop.test", "sales@shop.test"].map(str::to_owned).into();
        let mailbox = ["care@shop.test", "kefu@shop.test"].map(str::to_owned).into();
        let from = Address::new("", case.from);
        let arrival = Arrival {
            begins: case.begins,
            automatic: case.automatic,
            from: &from,
            to: &case.to,
            cc: &case.cc,
            received_at: NOW.plus(-case.age),
            since: NOW.plus(-case.on_for),
            own: &own,
            mailbox: &mailbox,
        };
        silence(&arrival, NOW)
    }

    #[test]
    fn a_persons_first_mail_to_us_is_acknowledged() {
        assert_eq!(judged(&Case::default()), None);
        let copied = Case { to: vec![], cc: vec![Address::new("", "kefu@shop.test")], ..Case::default() };
        assert_eq!(judged(&copied), None, "named in Cc");
        for from in ["rootes@x.test", "daemonic@x.test", "requests@x.test", "owner@x.test", "info@x.test"] {
            assert_eq!(judged(&Case { from, ..Case::default() }), None, "{from}");
        }
    }

    #[test]
    fn each_rule_alone_is_reason_enough_for_silence() {
        let many = (0..40).map(|n| Address::new("", &format!("c{n}@x.test")));
        let list = vec![Address::new("", "announce@list.test")];
        let table = [
            (Silence::NotTheFirst, Case { begins: false, ..Case::default() }),
            (Silence::NotNews, Case { age: 2 * NEWS_MS, ..Case::default() }),
            (Silence::NotNews, Case { age: -2 * NEWS_MS, ..Case::default() }),
            (Silence::NotNews, Case { on_for: 1_000, ..Case::default() }),
            (Silence::Automatic, Case { automatic: true, ..Case::default() }),
            (Silence::OwnMail, Case { from: "Sales@shop.test", ..Case::default() }),
            (Silence::NoAddress, Case { from: "", ..Case::default() }),
            (Silence::NoAddress, Case { from: "lin", ..Case::default() }),
            (Silence::NotToUs, Case { to: list, ..Case::default() }),
            (Silence::NotToUs, Case { to: vec![], ..Case::default() }),
            (Silence::ToMany, Case { cc: many.collect(), ..Case::default() }),
        ];
        for (why, case) in table {
            assert_eq!(judged(&case), Some(why), "{why:?}");
        }
    }

    #[test]
    fn no_robot_is_answered() {
        for from in [
            "MAILER-DAEMON@x.test",
            "postmaster@x.test",
            "no-reply@x.test",
            "no_reply@x.test",
            "noreply+4411@x.test",
            "do-not-reply@x.test",
            "orders-noreply@x.test",
            "bounces-77=care=shop.test@x.test",
            "owner-announce@x.test",
            "announce-request@x.test",
            "announce-bounces@x.test",
            "listserv@x.test",
            "majordomo@x.test",
            "notifications@x.test",
        ] {
            assert_eq!(judged(&Case { from, ..Case::default() }), Some(Silence::Robot), "{from}");
        }
    }
}
