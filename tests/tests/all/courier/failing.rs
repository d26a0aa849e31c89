//! The line drops, or the server refuses.

use std::sync::atomic::Ordering;

use model::ProblemCode;
use model::outgoing::Outgoing;
use remote::mail::compose;
use remote::{Courier, Retry, Undelivered};
use testkit::dovecot::Dovecot;
use testkit::smtp_script::{Cut, Rules, ScriptedSmtp, Step};

use super::stage::{CUSTOMER, Open, SUPPORT, Told, arrived, contents, mail_to, scripted, send};

#[tokio::test]
async fn at_every_cut_the_truth_is_told_and_a_second_try_doubles_nothing() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for cut in ScriptedSmtp::cuts() {
        let server = ScriptedSmtp::start(Rules::into(&dovecot).cutting(cut)).await.unwrap();
        let (courier, outgoing) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]));
        let told = send(&courier, &outgoing).await;
        let count = arrived(&dovecot, CUSTOMER, &outgoing);
        assert_eq!(count, usize::from(cut.stored()), "{cut:?}");
        match told {
            Told::Sent => assert!(cut.told(), "{cut:?}"),
            Told::Unknown => assert!(cut.unclear(), "{cut:?}"),
            Told::NotSent(code) => {
                assert!(!cut.stored() && cut != Cut::Unstored, "{cut:?}");
                assert_eq!(code, ProblemCode::LineDropped, "{cut:?}");
                assert_eq!(send(&courier, &outgoing).await, Told::Sent, "{cut:?}");
                assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 1, "{cut:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_line_that_drops_in_the_middle_of_a_long_mail_sent_nothing() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let server = ScriptedSmtp::start(Rules::into(&dovecot).cutting(Cut::InContent)).await.unwrap();
    let courier = scripted(&dovecot, &server);
    // More than the buffers of a loopback line hold.
    let outgoing = Outgoing { text: "a line of this text\n".repeat(1 << 20), ..mail_to(&[CUSTOMER]) };
    assert_eq!(send(&courier, &outgoing).await, Told::NotSent(ProblemCode::LineDropped));
    assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 0);
    assert_eq!(send(&courier, &outgoing).await, Told::Sent);
    assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 1);
}

#[tokio::test]
async fn the_threshold_is_crossed_once_and_before_the_content() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for (cut, crossings) in [(Cut::Before(Step::Data), 0), (Cut::Unstored, 1), (Cut::Stored, 1)] {
        let server = ScriptedSmtp::start(Rules::into(&dovecot).cutting(cut)).await.unwrap();
        let (courier, outgoing, door) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]), Open::default());
        let mail = compose(&outgoing, &contents()).unwrap();
        courier.deliver(&outgoing, &mail, &door).await.unwrap_err();
        assert_eq!(door.0.load(Ordering::SeqCst), crossings, "{cut:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_while_the_server_is_silent_delivers_at_most_once() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for (at, wanted) in [(Cut::Before(Step::Data), 0), (Cut::Unstored, 0), (Cut::Stored, 1)] {
        let server = ScriptedSmtp::start(Rules::into(&dovecot).hanging(at)).await.unwrap();
        let (courier, outgoing) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]));
        tokio::select! {
            told = send(&courier, &outgoing) => panic!("{told:?}"),
            () = server.hangs() => {}
        }
        assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), wanted, "{at:?}");
    }
}

#[tokio::test]
async fn one_refused_recipient_of_three_keeps_it_from_all() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let rules = Rules::into(&dovecot).answering(Step::Rcpt, "550 5.1.1 Nobody here").only_to(SUPPORT);
    let server = ScriptedSmtp::start(rules).await.unwrap();
    let outgoing = mail_to(&[CUSTOMER, SUPPORT, "third@desk.test"]);
    let mail = compose(&outgoing, &contents()).unwrap();
    let result = scripted(&dovecot, &server).deliver(&outgoing, &mail, &Open::default()).await;
    let Err(Undelivered::NotSent(error)) = result else { panic!("{result:?}") };
    assert_eq!((error.problem.code, error.retry), (ProblemCode::RecipientsRefused, Retry::Permanent));
    assert_eq!(error.problem.params["recipients"], SUPPORT);
    assert!(error.problem.cause.unwrap().contains("Nobody here"));
    for user in [CUSTOMER, SUPPORT, "third@desk.test"] {
        assert_eq!(arrived(&dovecot, user, &outgoing), 0);
    }
}

#[tokio::test]
async fn greylisting_passes() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    let rules = Rules::into(&dovecot).answering(Step::Rcpt, "451 4.7.1 Come again later").once();
    let server = ScriptedSmtp::start(rules).await.unwrap();
    let (courier, outgoing) = (scripted(&dovecot, &server), mail_to(&[CUSTOMER]));
    assert_eq!(send(&courier, &outgoing).await, Told::NotSent(ProblemCode::DeliveryDeferred));
    assert_eq!(send(&courier, &outgoing).await, Told::Sent);
    assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 1);
}

#[tokio::test]
async fn a_server_that_leaves_is_busy() {
    let Some(dovecot) = Dovecot::start().await.unwrap() else { return };
    for step in [Step::Greeting, Step::Ehlo, Step::Auth, Step::Mail, Step::Rcpt, Step::Data, Step::Content] {
        let rules = Rules::into(&dovecot).answering(step, "421 4.3.2 Closing");
        let server = ScriptedSmtp::start(rules).await.unwrap();
        let outgoing = mail_to(&[CUSTOMER]);
        let told = send(&scripted(&dovecot, &server), &outgoing).await;
        assert_eq!(told, Told::NotSent(ProblemCode::ServerBusy), "{step:?}");
        assert_eq!(arrived(&dovecot, CUSTOMER, &outgoing), 0, "{step:?}");
    }
}
