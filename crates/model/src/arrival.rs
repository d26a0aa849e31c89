//! Where a ticket stands after mail has arrived: a function of the mails it holds and of what a person last decided, so
//! that the same mails give the same status in whatever order they come.

use crate::{MessageId, Millis, Status};

/// A ticket whose newest mail is older than this, counted back from the day its source was added, is history: it
/// arrives closed and read.
pub const HISTORY_MS: i64 = 14 * Millis::DAY;

/// Whose turn it has been, as far as the mails tell. Automatic mail (bounces, replies by machines, lists) takes no turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turns {
    /// The newest mail that a person outside wrote.
    pub asked: Option<MessageId>,
    /// The newest mail by which the team answered, or the newest the source marks as answered.
    pub answered: Option<MessageId>,
    /// When the newest mail of any kind was received.
    pub newest_at: Millis,
}

/// What a person decided, and the newest mail there was when they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub status: Status,
    pub seen: Option<MessageId>,
}

/// Mail received before the moment answered is history for a source that was added at `source_added`.
pub fn history_before(source_added: Millis, now: Millis) -> Millis {
    source_added.min(now).plus(-HISTORY_MS)
}

/// The status the mails and the last decision give.
pub fn status(turns: Turns, decided: Option<Decided>, history_before: Millis) -> Status {
    let owed = turns.asked.is_some() && turns.asked > turns.answered;
    let by_turn = if owed { Status::Open } else { Status::Waiting };
    match decided {
        Some(decided) if turns.asked > decided.seen => by_turn,
        Some(decided) if decided.status == Status::Open && turns.answered > decided.seen => by_turn,
        Some(decided) => decided.status,
        None if turns.newest_at < history_before => Status::Closed,
        None if turns.asked.is_none() && turns.answered.is_none() => Status::Open,
        None => by_turn,
    }
}

/// Whether a mail arrives unread: written to the team, not seen at the source, and no history.
pub fn arrives_unread(inbound: bool, seen: bool, received_at: Millis, history_before: Millis) -> bool {
    inbound && !seen && received_at >= history_before
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: Millis = Millis(100);

    fn turns(asked: i64, answered: i64, newest_at: i64) -> Turns {
        let id = |n: i64| (n > 0).then_some(MessageId(n));
        Turns { asked: id(asked), answered: id(answered), newest_at: Millis(newest_at) }
    }

    fn decided(status: Status, seen: i64) -> Option<Decided> {
        Some(Decided { status, seen: Some(MessageId(seen)) })
    }

    #[test]
    fn a_new_ticket_stands_where_its_newest_turn_puts_it() {
        let table = [
            ("asked", turns(1, 0, 200), Status::Open),
            ("asked and answered", turns(1, 2, 200), Status::Waiting),
            ("asked again after the answer", turns(3, 2, 200), Status::Open),
            ("written by the team", turns(0, 2, 200), Status::Waiting),
            ("only automatic mail", turns(0, 0, 200), Status::Open),
            ("marked as answered at the source", turns(1, 1, 200), Status::Waiting),
            ("history, unanswered", turns(1, 0, 99), Status::Closed),
            ("history, answered", turns(1, 2, 99), Status::Closed),
        ];
        for (what, turns, expected) in table {
            assert_eq!(status(turns, None, CUT), expected, "{what}");
        }
    }

    #[test]
    fn what_a_person_decided_holds_until_the_next_turn() {
        let table = [
            ("closed stays closed", turns(1, 2, 200), decided(Status::Closed, 2), Status::Closed),
            ("a new question reopens it", turns(3, 2, 200), decided(Status::Closed, 2), Status::Open),
            (
                "a question answered meanwhile waits",
                turns(3, 4, 200),
                decided(Status::Closed, 2),
                Status::Waiting,
            ),
            (
                "a closed ticket stays closed when the team writes",
                turns(1, 4, 200),
                decided(Status::Closed, 2),
                Status::Closed,
            ),
            (
                "an open one waits when the team writes",
                turns(1, 4, 200),
                decided(Status::Open, 2),
                Status::Waiting,
            ),
            ("reopened by hand stays open", turns(1, 2, 200), decided(Status::Open, 2), Status::Open),
            ("a decision outlives the history rule", turns(1, 0, 50), decided(Status::Open, 1), Status::Open),
            ("set waiting by hand", turns(1, 0, 200), decided(Status::Waiting, 1), Status::Waiting),
        ];
        for (what, turns, decided, expected) in table {
            assert_eq!(status(turns, decided, CUT), expected, "{what}");
        }
    }

    #[test]
    fn history_is_counted_from_the_day_the_source_was_added() {
        let added = Millis(100 * Millis::DAY);
        let later = Millis(400 * Millis::DAY);
        assert_eq!(history_before(added, later), Millis(86 * Millis::DAY));
        assert_eq!(history_before(later, added), Millis(86 * Millis::DAY), "a clock that was set back");
    }

    #[test]
    fn only_recent_unseen_mail_to_the_team_arrives_unread() {
        assert!(arrives_unread(true, false, Millis(100), CUT));
        assert!(!arrives_unread(true, true, Millis(100), CUT));
        assert!(!arrives_unread(false, false, Millis(100), CUT));
        assert!(!arrives_unread(true, false, Millis(99), CUT));
    }
}
