//! The ways of an outgoing mail: which act leads from which state to which. A pure table; everything that changes a state asks it.
//!
//! Two rules are in it. What was handed over without an answer is sent again only when a person says so. And what the server has taken
//! is sent, whatever else was believed of it.

use model::outgoing::OutboxState;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The sender tries it.
    Begin,
    /// The sender finds that somebody wrote meanwhile.
    FindNews,
    /// The content is about to be handed over.
    Cross,
    /// The server took it.
    Deliver,
    /// Certainly not sent; later again.
    Postpone,
    /// Certainly not sent, and trying again would not help.
    Stop,
    /// Handed over, and no answer.
    LoseTrack,
    /// The desk opens and nobody is sending.
    Recover,
    /// The mailbox has it, or somebody outside answers it.
    Find,
    /// Its mailbox is removed.
    Part,
    /// A person wants to write on it.
    TakeBack,
    Drop,
    /// A person wants it sent.
    Release,
    /// A person knows that it arrived.
    MarkSent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    To(OutboxState),
    /// Nothing to do.
    Stays,
    /// It leaves the outbox.
    Leaves,
    /// Not from here.
    Refused,
}

pub(crate) fn next(state: OutboxState, step: Step) -> Next {
    use OutboxState::{HandingOver, Held, Review, Sending, Sent, Stopped, Unknown, Waiting};
    match (step, state) {
        (Step::Begin, Held | Waiting) => Next::To(Sending),
        (Step::FindNews, Held | Waiting) => Next::To(Review),
        (Step::Cross, Sending) => Next::To(HandingOver),
        (Step::Begin | Step::FindNews | Step::Cross, _) => Next::Refused,

        (
            Step::Deliver | Step::LoseTrack | Step::Postpone | Step::Stop | Step::Find | Step::Recover,
            Sent,
        ) => Next::Stays,
        (Step::Deliver, _) => Next::To(Sent),
        (Step::LoseTrack, Unknown) => Next::Stays,
        (Step::LoseTrack, _) => Next::To(Unknown),
        // What stands before a person stays there.
        (Step::Postpone | Step::Stop, Unknown | Review | Stopped) => Next::Stays,
        (Step::Postpone, _) => Next::To(Waiting),
        (Step::Stop, _) => Next::To(Stopped),

        (Step::Recover, Held) => Next::To(Held),
        (Step::Recover, Sending) => Next::To(Waiting),
        (Step::Recover, HandingOver) => Next::To(Unknown),
        (Step::Recover, _) => Next::Stays,
        // Nothing of it has left here yet.
        (Step::Find, Held) => Next::Stays,
        (Step::Find, _) => Next::To(Sent),
        (Step::Part, Held | Waiting | Sending | Review) => Next::To(Stopped),
        (Step::Part, _) => Next::Stays,

        (Step::TakeBack | Step::Drop | Step::Release, Sending | HandingOver | Sent) => Next::Refused,
        (Step::TakeBack | Step::Drop, _) => Next::Leaves,
        (Step::Release, _) => Next::To(Waiting),
        (Step::MarkSent, Unknown) => Next::To(Sent),
        (Step::MarkSent, Sent) => Next::Stays,
        (Step::MarkSent, _) => Next::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 14] = [
        Step::Begin,
        Step::FindNews,
        Step::Cross,
        Step::Deliver,
        Step::Postpone,
        Step::Stop,
        Step::LoseTrack,
        Step::Recover,
        Step::Find,
        Step::Part,
        Step::TakeBack,
        Step::Drop,
        Step::Release,
        Step::MarkSent,
    ];

    /// Every act from every state, in one table: a change of it is a change of what the desk promises.
    #[test]
    fn from_each_state_each_act_leads_where_it_should() {
        let mut table = String::new();
        for step in STEPS {
            table.push_str(&format!("{step:?}:"));
            for state in OutboxState::ALL {
                let to = match next(*state, step) {
                    Next::To(to) => to.as_str(),
                    Next::Stays => "·",
                    Next::Leaves => "leaves",
                    Next::Refused => "no",
                };
                table.push_str(&format!(" {}→{to}", state.as_str()));
            }
            table.push('\n');
        }
        insta::assert_snapshot!(table, @r"
        Begin: held→sending waiting→sending sending→no handing_over→no unknown→no review→no stopped→no sent→no
        FindNews: held→review waiting→review sending→no handing_over→no unknown→no review→no stopped→no sent→no
        Cross: held→no waiting→no sending→handing_over handing_over→no unknown→no review→no stopped→no sent→no
        Deliver: held→sent waiting→sent sending→sent handing_over→sent unknown→sent review→sent stopped→sent sent→·
        Postpone: held→waiting waiting→waiting sending→waiting handing_over→waiting unknown→· review→· stopped→· sent→·
        Stop: held→stopped waiting→stopped sending→stopped handing_over→stopped unknown→· review→· stopped→· sent→·
        LoseTrack: held→unknown waiting→unknown sending→unknown handing_over→unknown unknown→· review→unknown stopped→unknown sent→·
        Recover: held→held waiting→· sending→waiting handing_over→unknown unknown→· review→· stopped→· sent→·
        Find: held→· waiting→sent sending→sent handing_over→sent unknown→sent review→sent stopped→sent sent→·
        Part: held→stopped waiting→stopped sending→stopped handing_over→· unknown→· review→stopped stopped→· sent→·
        TakeBack: held→leaves waiting→leaves sending→no handing_over→no unknown→leaves review→leaves stopped→leaves sent→no
        Drop: held→leaves waiting→leaves sending→no handing_over→no unknown→leaves review→leaves stopped→leaves sent→no
        Release: held→waiting waiting→waiting sending→no handing_over→no unknown→waiting review→waiting stopped→waiting sent→no
        MarkSent: held→no waiting→no sending→no handing_over→no unknown→sent review→no stopped→no sent→·
        ");
    }

    #[test]
    fn what_was_handed_over_goes_again_only_by_an_answer_or_a_person() {
        let sendable = |next| matches!(next, Next::To(OutboxState::Waiting | OutboxState::Held));
        for step in STEPS {
            let by_answer = step == Step::Postpone;
            assert_eq!(sendable(next(OutboxState::HandingOver, step)), by_answer, "{step:?}");
            let by_person = step == Step::Release;
            assert_eq!(sendable(next(OutboxState::Unknown, step)), by_person, "{step:?}");
        }
    }

    #[test]
    fn what_is_sent_stays_sent() {
        for step in STEPS {
            assert!(matches!(next(OutboxState::Sent, step), Next::Stays | Next::Refused), "{step:?}");
        }
    }
}
