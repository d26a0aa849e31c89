//! How a reply begins: whom it goes to, as whom, under which subject, and which mails it names. The rules only.
//!
//! Never to ourselves, nobody twice; a machine's mail is not what an agent means to answer.

use std::collections::BTreeSet;

use crate::{Address, Direction, MessageId, Millis, outgoing::ReplyKind, text, threading};

/// Mails a reply names in `References`: the first and the newest are kept.
pub const MOST_REFERENCES: usize = 100;
/// Characters of a subject before its token is put behind it.
const LONGEST_SUBJECT: usize = 900;
/// Bytes of the two halves of an address (RFC 5321), the first with room for what some servers allow.
const LONGEST_LOCAL: usize = 128;
const LONGEST_DOMAIN: usize = 253;

/// What of a mail matters to whoever answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub id: MessageId,
    pub direction: Direction,
    /// Whether no person wrote it.
    pub automatic: bool,
    pub from: Address,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub subject: String,
    pub at: Millis,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// Oldest first.
    pub references: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
}

/// The mail a reply answers, of a ticket's mails, newest first: the newest that a person wrote, else the newest.
pub fn answered(mails: &[Envelope]) -> Option<&Envelope> {
    mails.iter().find(|mail| !mail.automatic).or(mails.first())
}

/// Whom a reply goes to. `mails` are the ticket's, newest first; `own` are the keys of our own addresses.
pub fn recipients(kind: ReplyKind, mails: &[Envelope], own: &BTreeSet<String>) -> Recipients {
    let Some(mail) = answered(mails).filter(|_| kind != ReplyKind::Forward) else {
        return Recipients::default();
    };
    let mut chosen = Chosen { own, seen: BTreeSet::new() };
    let mut to = match mail.direction {
        Direction::Inbound => answers_go_to(mail, &mut chosen),
        Direction::Outbound => chosen.take(&mail.to),
    };
    if to.is_empty() {
        let outside = mails.iter().find(|mail| mail.direction == Direction::Inbound && !mail.automatic);
        to = outside.map(|mail| answers_go_to(mail, &mut chosen)).unwrap_or_default();
    }
    if kind == ReplyKind::Reply {
        return Recipients { to, cc: Vec::new() };
    }
    to.extend(chosen.take(&mail.to));
    Recipients { to, cc: chosen.take(&mail.cc) }
}

/// `Reply-To`, else `From`.
fn answers_go_to(mail: &Envelope, chosen: &mut Chosen<'_>) -> Vec<Address> {
    let asked = chosen.take(&mail.reply_to);
    if asked.is_empty() { chosen.take(std::slice::from_ref(&mail.from)) } else { asked }
}

/// Addresses that are taken once and are not our own.
struct Chosen<'a> {
    own: &'a BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Chosen<'_> {
    fn take(&mut self, addresses: &[Address]) -> Vec<Address> {
        let mut fits = |address: &&Address| {
            let key = address.key();
            !key.is_empty() && !self.own.contains(&key) && self.seen.insert(key)
        };
        addresses.iter().filter(&mut fits).cloned().collect()
    }
}

/// As which of `choices` (the first is the mailbox's own) a ticket is answered: the one that was written to, or that wrote.
pub fn sender(mails: &[Envelope], choices: &[Address]) -> Address {
    let named = mails.iter().filter(|mail| !mail.automatic).flat_map(|mail| {
        let from = (mail.direction == Direction::Outbound).then_some(&mail.from);
        from.into_iter().chain(&mail.to).chain(&mail.cc)
    });
    let own = named.map(Address::key).find_map(|key| choices.iter().find(|choice| choice.key() == key));
    own.or(choices.first()).cloned().unwrap_or_default()
}

/// `Re: ` or `Fwd: ` once, the subject's own words, and the ticket's token unless it is there.
pub fn subject(kind: ReplyKind, subject: &str, token: &threading::Token) -> String {
    let line = text::one_line(subject);
    let own: String = threading::unmarked(&line).chars().take(LONGEST_SUBJECT).collect();
    let mark = if kind == ReplyKind::Forward { "Fwd:" } else { "Re:" };
    let marked = if own.is_empty() { mark.to_owned() } else { format!("{mark} {own}") };
    with_token(&marked, token)
}

/// The subject with the ticket's token behind it, unless it is there.
pub fn with_token(subject: &str, token: &threading::Token) -> String {
    if token.0.is_empty() || threading::Token::in_subject(subject).as_ref() == Some(token) {
        return subject.to_owned();
    }
    format!("{subject} [{}]", token.0)
}

/// What `In-Reply-To` and `References` say in an answer to `mail`.
pub fn references(mail: &Envelope) -> (Option<String>, Vec<String>) {
    let mut all: Vec<String> = Vec::new();
    for id in mail.references.iter().chain(&mail.message_id) {
        if !id.is_empty() && !all.contains(id) {
            all.push(id.clone());
        }
    }
    if let Some(over) = all.len().checked_sub(MOST_REFERENCES) {
        all.drain(1..=over);
    }
    (mail.message_id.clone().filter(|id| !id.is_empty()), all)
}

/// Whether mail can be sent to it, as far as its form tells: one `@`, nothing that would end or split it in a header, a host with a dot or this
/// machine. Permissive: servers know better.
pub fn is_address(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let plain = |c: char| !(c.is_whitespace() || c.is_control() || "@<>()[]\\,;:\"".contains(c));
    let local_fits = (1..=LONGEST_LOCAL).contains(&local.len()) && local.chars().all(plain);
    let labels_fit = domain.split('.').all(is_label);
    local_fits
        && labels_fit
        && domain.len() <= LONGEST_DOMAIN
        && (domain.contains('.') || domain.eq_ignore_ascii_case("localhost"))
        && text::one_line(email) == email
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threading::Token;

    fn people(emails: &[&str]) -> Vec<Address> {
        emails.iter().map(|email| Address::new("", email)).collect()
    }

    fn mail(direction: Direction, from: &str, to: &[&str], cc: &[&str]) -> Envelope {
        Envelope {
            id: MessageId(1),
            direction,
            automatic: false,
            from: Address::new("", from),
            reply_to: Vec::new(),
            to: people(to),
            cc: people(cc),
            subject: "Kettle".to_owned(),
            at: Millis(0),
            message_id: Some("a@x.test".to_owned()),
            references: Vec::new(),
        }
    }

    fn asked(from: &str, to: &[&str], cc: &[&str]) -> Envelope {
        mail(Direction::Inbound, from, to, cc)
    }

    fn said(to: &[&str], cc: &[&str]) -> Envelope {
        mail(Direction::Outbound, "care@shop.test", to, cc)
    }

    fn own() -> BTreeSet<String> {
        ["care@shop.test", "kefu@shop.test"].map(str::to_owned).into()
    }

    fn chosen(kind: ReplyKind, mails: &[Envelope]) -> (Vec<String>, Vec<String>) {
        let found = recipients(kind, mails, &own());
        let emails = |list: Vec<Address>| list.into_iter().map(|address| address.email).collect();
        (emails(found.to), emails(found.cc))
    }

    #[test]
    fn a_reply_goes_to_whoever_wrote_and_never_to_ourselves() {
        let elsewhere = Envelope {
            reply_to: people(&["lin@home.test"]),
            ..asked("lin@work.test", &["care@shop.test"], &[])
        };
        let to_us = Envelope {
            reply_to: people(&["Care@Shop.test"]),
            ..asked("lin@x.test", &["care@shop.test"], &[])
        };
        let away = Envelope { automatic: true, ..asked("robot@x.test", &["care@shop.test"], &[]) };
        let first = asked("lin@x.test", &["care@shop.test"], &[]);
        let table: [(&str, Vec<Envelope>, &[&str]); 9] = [
            ("who wrote", vec![first.clone()], &["lin@x.test"]),
            ("where answers are wanted", vec![elsewhere], &["lin@home.test"]),
            ("not to ourselves by Reply-To", vec![to_us], &["lin@x.test"]),
            (
                "ours was last",
                vec![said(&["lin@x.test"], &[]), asked("old@x.test", &[], &[])],
                &["lin@x.test"],
            ),
            ("ours to ourselves", vec![said(&["kefu@shop.test"], &[]), first.clone()], &["lin@x.test"]),
            ("a machine wrote last", vec![away.clone(), first], &["lin@x.test"]),
            ("only a machine wrote", vec![away], &["robot@x.test"]),
            ("nobody", vec![asked("", &["care@shop.test"], &[])], &[]),
            ("nothing", vec![], &[]),
        ];
        for (what, mails, to) in table {
            assert_eq!(
                chosen(ReplyKind::Reply, &mails),
                (to.iter().map(|s| (*s).to_owned()).collect(), vec![]),
                "{what}"
            );
        }
    }

    #[test]
    fn a_reply_to_all_names_everybody_else_once() {
        let mails = [asked(
            "lin@x.test",
            &["care@shop.test", "wang@x.test", "LIN@x.test"],
            &["wang@x.test", "kefu@shop.test", "boss@x.test"],
        )];
        let both = |to: &[&str], cc: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
            (owned(to), owned(cc))
        };
        assert_eq!(
            chosen(ReplyKind::ReplyAll, &mails),
            both(&["lin@x.test", "wang@x.test"], &["boss@x.test"])
        );
        let ours = [said(&["lin@x.test"], &["boss@x.test"])];
        assert_eq!(chosen(ReplyKind::ReplyAll, &ours), both(&["lin@x.test"], &["boss@x.test"]));
        assert_eq!(chosen(ReplyKind::Forward, &mails), both(&[], &[]));
    }

    #[test]
    fn a_ticket_is_answered_as_the_address_it_was_written_to() {
        let choices = people(&["care@shop.test", "kefu@shop.test"]);
        let from = |mails: &[Envelope]| sender(mails, &choices).email;
        assert_eq!(from(&[asked("lin@x.test", &["Kefu@shop.test"], &[])]), "kefu@shop.test");
        assert_eq!(from(&[asked("lin@x.test", &["list@x.test"], &["kefu@shop.test"])]), "kefu@shop.test");
        assert_eq!(from(&[asked("lin@x.test", &["gone@shop.test"], &[])]), "care@shop.test");
        let wrote = Envelope { from: Address::new("", "kefu@shop.test"), ..said(&["lin@x.test"], &[]) };
        assert_eq!(from(&[wrote, asked("lin@x.test", &["care@shop.test"], &[])]), "kefu@shop.test");
        assert_eq!(from(&[]), "care@shop.test");
    }

    #[test]
    fn a_subject_is_marked_once_and_carries_the_ticket() {
        let token = Token("FD-7K3M9QXA".to_owned());
        for (kind, given, expected) in [
            (ReplyKind::Reply, "Kettle broken", "Re: Kettle broken [FD-7K3M9QXA]"),
            (ReplyKind::ReplyAll, "RE: Re[2]: 回复：Kettle BROKEN", "Re: Kettle BROKEN [FD-7K3M9QXA]"),
            (ReplyKind::Reply, "转发: 答复: 茶具碎了 [FD-7K3M9QXA]", "Re: 茶具碎了 [FD-7K3M9QXA]"),
            (ReplyKind::Reply, "Kettle [FD-00000000]", "Re: Kettle [FD-00000000] [FD-7K3M9QXA]"),
            (ReplyKind::Forward, "Re: Kettle", "Fwd: Kettle [FD-7K3M9QXA]"),
            (ReplyKind::Reply, " \r\nBcc: x@y.test", "Re: Bcc: x@y.test [FD-7K3M9QXA]"),
            (ReplyKind::Reply, "", "Re: [FD-7K3M9QXA]"),
            (ReplyKind::Reply, "Order: 4411", "Re: Order: 4411 [FD-7K3M9QXA]"),
        ] {
            assert_eq!(subject(kind, given, &token), expected, "{given}");
        }
    }

    #[test]
    fn an_answer_names_what_it_answers_last_and_what_began_it_first() {
        let mut long = asked("lin@x.test", &[], &[]);
        long.references = (0..150).map(|n| format!("{n}@x.test")).collect();
        let (answers, named) = references(&long);
        assert_eq!((answers.as_deref(), named.len()), (Some("a@x.test"), MOST_REFERENCES));
        assert_eq!(
            (named[0].as_str(), named[1].as_str(), named[99].as_str()),
            ("0@x.test", "52@x.test", "a@x.test")
        );
        let nameless = Envelope { message_id: None, references: vec!["r@x.test".to_owned()], ..long };
        assert_eq!(references(&nameless), (None, vec!["r@x.test".to_owned()]));
    }

    #[test]
    fn an_address_is_told_from_what_only_looks_like_one() {
        for good in [
            "lin@x.test",
            "o'neil+tag@mail.example.co.uk",
            "root@localhost",
            "用户@例子.公司",
            "a.b@xn--fsqu00a.test",
            "under_score@my_host.test",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "lin",
            "lin@",
            "@x.test",
            "lin@x",
            "a@b@x.test",
            "lin @x.test",
            "lin@x..test",
            "lin@-x.test",
            "lin@x.test\r\nBcc: y@x.test",
            "Lin <lin@x.test>",
            "a@x.test,b@x.test",
            "lin@x.test;",
            "lin@x/y.test",
            "lin\u{202e}@x.test",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
        assert!(!is_address(&format!("{}@x.test", "a".repeat(300))));
    }
}
