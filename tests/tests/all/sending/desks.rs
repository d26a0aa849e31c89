//! Two desks at one mailbox, and a desk whose line is cut; with the rules kept and with one broken.

use model::outgoing::OutboxState;
use testkit::{
    cable::{Cable, Cut},
    dovecot::Dovecot,
    smtp_script::{Rules, ScriptedSmtp},
};

use super::{
    office::{AGENT, CUSTOMER, Manners, Seat, Way, question},
    shop::soon,
    verdict::{Verdict, mailbox, verdict},
};

async fn asked() -> Option<(Dovecot, ScriptedSmtp)> {
    let dovecot = Dovecot::start().await.unwrap()?;
    dovecot.deliver(AGENT, &question()).await.unwrap();
    let smtp = ScriptedSmtp::start(Rules::into(&dovecot)).await.unwrap();
    Some((dovecot, smtp))
}

/// Both desks have read the question. The first answers; then the second sends the answer it had already written.
async fn two_answers(second: &Manners) -> Option<Result<Verdict, String>> {
    let (dovecot, smtp) = asked().await?;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let way = Way::new(&dovecot, dovecot.imaps, smtp.port());
    let first_desk = Seat::open(folders[0].path(), way.clone()).await;
    let second_desk = Seat::open(folders[1].path(), way).await;
    first_desk.read().await;
    second_desk.read().await;
    let seconds = second_desk.answer("second").await;
    let firsts = first_desk.answer("first").await;
    first_desk.has_its_time(&Manners::default()).await;
    second_desk.has_its_time(second).await;
    let mut rows = first_desk.rows(&[firsts]).await.unwrap();
    rows.extend(second_desk.rows(&[seconds]).await.unwrap());
    Some(verdict(&mailbox(&dovecot, CUSTOMER).await, &rows))
}

#[tokio::test]
async fn the_second_of_two_desks_sees_the_answer_of_the_first_before_it_sends_its_own() {
    let Some(counted) = two_answers(&Manners::default()).await else { return };
    assert_eq!(counted.unwrap(), Verdict { once: 1, held_up: 1, ..Verdict::default() });
}

#[tokio::test]
async fn a_guard_that_does_not_look_is_found() {
    let blind = Manners { blind: true, ..Manners::default() };
    let Some(counted) = two_answers(&blind).await else { return };
    assert!(counted.unwrap_err().contains("2 answers"), "nobody looked");
}

#[tokio::test]
async fn an_answer_written_without_a_line_leaves_when_it_is_back() {
    let Some((dovecot, smtp)) = asked().await else { return };
    let imap = Cable::to(([127, 0, 0, 1], dovecot.imaps).into()).await.unwrap();
    let out = Cable::to(([127, 0, 0, 1], smtp.port()).into()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::open(folder.path(), Way::new(&dovecot, imap.port(), out.port())).await;
    seat.read().await;
    for cable in [&imap, &out] {
        cable.cut(Cut::Reset);
    }
    let id = seat.answer("offline").await;
    let running = seat.run(&Manners::default());
    let mut commits = seat.store.commits();
    loop {
        let entry = seat.store.outbox_entry(id).await.unwrap().unwrap();
        if entry.problem.is_some() {
            assert_eq!((entry.state, entry.attempts), (OutboxState::Waiting, 0));
            break;
        }
        soon(commits.recv()).await.unwrap();
    }
    assert!(mailbox(&dovecot, CUSTOMER).await.is_empty());
    for cable in [&imap, &out] {
        cable.mend();
    }
    // As the desk does when the link says that it is live again: the clock stands still, so nothing else wakes the sender.
    running.post.nudge();
    let sent = async {
        while seat.store.outbox_entry(id).await.unwrap().unwrap().state != OutboxState::Sent {
            commits.recv().await.unwrap();
        }
    };
    soon(sent).await;
    running.stop().await;
    let counted = verdict(&mailbox(&dovecot, CUSTOMER).await, &seat.rows(&[id]).await.unwrap()).unwrap();
    assert_eq!(counted, Verdict { once: 1, ..Verdict::default() });
}
