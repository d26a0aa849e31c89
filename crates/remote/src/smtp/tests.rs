//! The dialogue, verb by verb: which answer means what, and what is said when the line drops.

mod stage;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use model::outgoing::{Outgoing, OutgoingKind};
use model::{Address, ProblemCode};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Way, check, deliver};
use crate::mailbox::{Secret, TokenSource};
use crate::{RemoteError, Retry, Undelivered};
use stage::Act::{Drop, Say, SayAndDrop, Silence};
use stage::{Door, IN_A_MINUTE, LATER, MAIL, Stage, one, password, quick, to};

#[tokio::test]
async fn a_mail_is_handed_over_and_says_no_name_of_this_machine() {
    let stage = Stage::set(Vec::new()).await;
    let outcome = stage.send(&one()).await;
    assert_eq!((outcome.says(), outcome.crossed), ("sent", 1));
    let wanted = [
        "EHLO [127.0.0.1]",
        "AUTH PLAIN AGxpAHNlY3JldA==",
        "MAIL FROM:<li@shop.test> SIZE=21",
        "RCPT TO:<ada@customer.test>",
        "DATA",
        "Subject: x",
        "",
        "..dots",
        ".",
        "QUIT",
    ];
    // Nobody waits for the answer to a goodbye, so it may be heard a moment later.
    let goodbye = async {
        while stage.heard().len() < wanted.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(Duration::from_secs(10), goodbye).await.is_ok(), "{:?}", stage.heard());
    assert_eq!(stage.heard(), wanted);
}

#[tokio::test]
async fn an_acknowledgement_has_nobody_to_be_sent_back_to() {
    let stage = Stage::set(Vec::new()).await;
    let outgoing = Outgoing { kind: OutgoingKind::Acknowledgement, ..one() };
    assert_eq!(stage.send(&outgoing).await.says(), "sent");
    assert!(stage.heard().contains(&"MAIL FROM:<> SIZE=21".to_owned()));
}

#[tokio::test]
async fn an_acknowledgement_names_its_sender_where_nobody_else_may_send() {
    let stage = Stage::set(vec![("MAIL FROM:<>", Say("501 5.7.1 who?"))]).await;
    let outgoing = Outgoing { kind: OutgoingKind::Acknowledgement, ..one() };
    assert_eq!(stage.send(&outgoing).await.says(), "sent");
    assert!(stage.heard().contains(&"MAIL FROM:<li@shop.test> SIZE=21".to_owned()));
}

#[tokio::test]
async fn a_server_that_leaves_unasked_is_busy() {
    for word in ["AUTH", "MAIL", "RCPT"] {
        let stage = Stage::set(vec![(word, SayAndDrop("250 fine\r\n421 leaving"))]).await;
        let error = stage.send(&one()).await.not_sent();
        assert_eq!((error.problem.code, error.retry), (ProblemCode::ServerBusy, IN_A_MINUTE), "{word}");
    }
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    use ProblemCode as Code;
    let lasting = Retry::Permanent;
    for (odd, code, retry) in [
        (("", Say("554 no")), Code::MessageRefused, lasting),
        (("", Say("421 too busy")), Code::ServerBusy, IN_A_MINUTE),
        (("", Say("450 not now")), Code::ServerBusy, IN_A_MINUTE),
        (("", Say("SSH-2.0-OpenSSH")), Code::ServerNonsense, LATER),
        (("EHLO", Say("502 what")), Code::MessageRefused, lasting),
        (("EHLO", Say("354 what")), Code::ServerNonsense, LATER),
        (("AUTH", Say("535 5.7.8 no")), Code::PasswordRefused, lasting),
        (("AUTH", Say("538 5.7.11 encrypt")), Code::EncryptionRefused, lasting),
        (("AUTH", Say("454 4.7.0 later")), Code::ServerBusy, IN_A_MINUTE),
        (("MAIL", Say("451 4.3.0 later")), Code::DeliveryDeferred, IN_A_MINUTE),
        (("MAIL", Say("452 4.3.1 full")), Code::DeliveryDeferred, LATER),
        (("MAIL", Say("421 4.3.2 leaving")), Code::ServerBusy, IN_A_MINUTE),
        (("MAIL", Say("550 5.7.1 not you")), Code::SenderRefused, lasting),
        (("MAIL", Say("553 5.7.1 not as this")), Code::SenderRefused, lasting),
        (("MAIL", Say("530 5.7.0 log in")), Code::PasswordRefused, lasting),
        (("MAIL", Say("552 5.3.4 large")), Code::MessageTooLarge, lasting),
        (("MAIL", Say("552")), Code::MessageTooLarge, lasting),
        (("RCPT", Say("450 4.2.0 greylisted")), Code::DeliveryDeferred, IN_A_MINUTE),
        (("RCPT", Say("451 4.7.1 greylisted")), Code::DeliveryDeferred, IN_A_MINUTE),
        (("RCPT", Say("452 4.5.3 too many")), Code::DeliveryDeferred, LATER),
        (("RCPT", Say("421 leaving")), Code::ServerBusy, IN_A_MINUTE),
        (("RCPT", Say("550 5.1.1 nobody")), Code::RecipientsRefused, lasting),
        (("RCPT", Say("551 5.1.6 moved")), Code::RecipientsRefused, lasting),
        (("RCPT", Say("553-5.1.3 bad\r\n553 5.1.3 name")), Code::RecipientsRefused, lasting),
        (("RCPT", Say("552 5.2.2 full")), Code::RecipientsRefused, lasting),
        (("RCPT", Say("552 5.3.4 large")), Code::MessageTooLarge, lasting),
        (("RCPT", Say("550 5.5.3 too many")), Code::TooManyRecipients, lasting),
        (("DATA", Say("451 later")), Code::DeliveryDeferred, IN_A_MINUTE),
        (("DATA", Say("554 no valid recipients")), Code::MessageRefused, lasting),
        (("DATA", Say("250 what")), Code::ServerNonsense, LATER),
        ((".", Say("451 4.3.0 later")), Code::DeliveryDeferred, IN_A_MINUTE),
        ((".", Say("452 full")), Code::DeliveryDeferred, LATER),
        ((".", Say("421 leaving")), Code::ServerBusy, IN_A_MINUTE),
        ((".", Say("552 5.3.4 large")), Code::MessageTooLarge, lasting),
        ((".", Say("554 5.7.1 spam")), Code::MessageRefused, lasting),
        ((".", Say("554 5.2.252 SendAsDenied")), Code::SenderRefused, lasting),
    ] {
        let said = format!("{odd:?}");
        let stage = Stage::set(vec![odd]).await;
        let error = stage.send(&one()).await.not_sent();
        assert_eq!((error.problem.code, error.retry), (code, retry), "{said}");
    }
}

#[tokio::test]
async fn what_the_server_said_is_kept_in_its_own_words() {
    let stage =
        Stage::set(vec![(".", Say("554-5.7.1 looks like\r\n554 5.7.1 垃圾 (see http://x.test)"))]).await;
    let error = stage.send(&one()).await.not_sent();
    assert_eq!(error.problem.cause.as_deref(), Some("554 5.7.1 looks like 5.7.1 垃圾 (see http://x.test)"));
    let stage = Stage::set(vec![("MAIL", Say("550 no"))]).await;
    let error = stage.send(&one()).await.not_sent();
    assert_eq!(error.problem.params["address"], "li@shop.test");
}

#[tokio::test]
async fn one_refused_recipient_of_three_is_named_and_nobody_gets_it() {
    let stage = Stage::set(vec![
        ("RCPT TO:<b", Say("550 5.1.1 nobody")),
        ("RCPT TO:<c", Say("450 4.2.0 later")),
        ("RCPT TO:<d", Say("553 5.1.3 no name")),
    ])
    .await;
    let people = ["a@x.test", "b@x.test", "c@x.test", "d@x.test"];
    let outcome = stage.send(&to(&people)).await;
    assert_eq!(outcome.crossed, 0);
    let error = outcome.not_sent();
    assert_eq!((error.problem.code, error.retry), (ProblemCode::RecipientsRefused, Retry::Permanent));
    assert_eq!(error.problem.params["recipients"], "b@x.test, d@x.test");
    let heard = stage.heard();
    assert_eq!(heard[heard.len() - 2..], ["RSET", "QUIT"]);
}

#[tokio::test]
async fn one_recipient_put_off_puts_all_off() {
    let stage = Stage::set(vec![("RCPT TO:<b", Say("450 4.2.0 later"))]).await;
    let error = stage.send(&to(&["a@x.test", "b@x.test"])).await.not_sent();
    assert_eq!((error.problem.code, error.retry), (ProblemCode::DeliveryDeferred, IN_A_MINUTE));
}

#[tokio::test]
async fn a_line_that_drops_before_the_end_of_the_content_sent_nothing() {
    for word in ["", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"] {
        for act in [Drop, SayAndDrop("250 fine"), Silence, SayAndDrop("25")] {
            let said = format!("{word} {act:?}");
            let late = matches!(act, SayAndDrop("250 fine")) && word == "DATA";
            let stage = Stage::set(vec![(word, act)]).await;
            let error = stage.send(&one()).await.not_sent();
            let code = error.problem.code;
            assert!(
                matches!(code, ProblemCode::LineDropped | ProblemCode::ServerNonsense),
                "{said} {code:?}"
            );
            assert_eq!(error.retry, LATER, "{said}");
            assert!(!late || code == ProblemCode::ServerNonsense, "{said}");
        }
    }
}

#[tokio::test]
async fn without_a_verdict_nobody_knows() {
    for act in
        [Drop, Silence, Say("354 go on"), Say("HTTP/1.1 200 OK"), Say("250-a\r\n550 b"), SayAndDrop("25")]
    {
        let said = format!("{act:?}");
        let stage = Stage::set(vec![(".", act)]).await;
        let outcome = stage.send(&one()).await;
        let Err(Undelivered::Unknown(problem)) = outcome.result else { panic!("{said}") };
        assert_eq!(problem.code, ProblemCode::OutcomeUnknown, "{said}");
    }
}

#[tokio::test]
async fn after_the_verdict_nothing_matters() {
    for act in [Drop, Silence, Say("500 what"), Say("nonsense")] {
        let stage = Stage::set(vec![("QUIT", act)]).await;
        assert_eq!(stage.send(&one()).await.says(), "sent");
    }
    let stage = Stage::set(vec![(".", SayAndDrop("250 taken"))]).await;
    assert_eq!(stage.send(&one()).await.says(), "sent");
    let stage = Stage::set(vec![(".", Say("250"))]).await;
    assert_eq!(stage.send(&one()).await.says(), "sent", "a code alone is an answer");
}

#[tokio::test]
async fn a_word_too_many_is_never_taken_for_the_verdict() {
    for (word, text) in [("RCPT", "250 fine\r\n250 fine"), ("DATA", "354 go on\r\n250 taken")] {
        let stage = Stage::set(vec![(word, Say(text))]).await;
        let error = stage.send(&one()).await.not_sent();
        assert_eq!(error.problem.code, ProblemCode::ServerNonsense, "{word}");
    }
}

#[tokio::test]
async fn a_server_that_stops_listening_in_the_middle_of_a_mail_is_heard() {
    let stage = Stage::set(vec![("xxxx", SayAndDrop("552 5.3.4 enough"))]).await;
    let mail = b"xxxxxxxx\r\n".repeat(9_000);
    let error = stage.send_as(&password(), &one(), &mail).await;
    // The answer may be lost with the line; the mail is not sent either way, or nobody knows.
    match error.result {
        Err(Undelivered::NotSent(error)) => {
            assert!(matches!(error.problem.code, ProblemCode::MessageTooLarge | ProblemCode::LineDropped))
        }
        Err(Undelivered::Unknown(_)) => {}
        Ok(()) => panic!("it was refused"),
    }
}

#[tokio::test]
async fn a_mail_larger_than_the_server_takes_is_not_even_announced() {
    let stage = Stage::set(Vec::new()).await;
    let mail = vec![b'a'; 100_001];
    let error = stage.send_as(&password(), &one(), &mail).await.not_sent();
    assert_eq!(error.problem.code, ProblemCode::MessageTooLarge);
    assert_eq!(
        (error.problem.params["bytes"].as_str(), error.problem.params["limit"].as_str()),
        ("100001", "100000")
    );
    assert!(!stage.heard().iter().any(|line| line.starts_with("MAIL")));
}

#[tokio::test]
async fn a_name_in_another_script_goes_only_where_it_is_taken() {
    let far = to(&["李娜@customer.test"]);
    let stage = Stage::set(Vec::new()).await;
    let error = stage.send(&far).await.not_sent();
    assert_eq!((error.problem.code, error.retry), (ProblemCode::AddressInvalid, Retry::Permanent));
    let stage = Stage::with("250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8", Vec::new()).await;
    assert_eq!(stage.send_as(&password(), &far, "Ä\r\n".as_bytes()).await.says(), "sent");
    assert!(stage.heard().contains(&"MAIL FROM:<li@shop.test> SMTPUTF8 BODY=8BITMIME".to_owned()));
    let stage = Stage::set(Vec::new()).await;
    assert_eq!(stage.send(&to(&["li@中国.test"])).await.says(), "sent", "a domain has an ASCII form");
}

#[tokio::test]
async fn nobody_and_too_many_are_refused_here() {
    let stage = Stage::set(Vec::new()).await;
    assert_eq!(stage.send(&to(&[])).await.not_sent().problem.code, ProblemCode::NoRecipients);
    let many: Vec<String> = (0..10_000).map(|number| format!("{number}@x.test")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(stage.send(&to(&many)).await.not_sent().problem.code, ProblemCode::TooManyRecipients);
    let evil = to(&["a@x.test>\r\nRCPT TO:<b@x.test"]);
    let evil = Outgoing {
        to: vec![Address { name: String::new(), email: "a@x.test>\r\nRCPT TO:<b@x.test".to_owned() }],
        ..evil
    };
    assert_eq!(stage.send(&evil).await.not_sent().problem.code, ProblemCode::AddressInvalid);
    assert!(stage.heard().is_empty());
}

#[tokio::test]
async fn a_threshold_that_can_not_be_crossed_keeps_the_content_here() {
    let stage = Stage::set(Vec::new()).await;
    let (config, pace, secret) = (stage.config(), quick(), password());
    let way = Way { server: config.smtp.as_ref().unwrap(), config: &config, secret: &secret, pace: &pace };
    let door = Door { shut: true, ..Door::default() };
    let result = deliver(way, &one(), MAIL, &door).await;
    let Err(Undelivered::NotSent(error)) = result else { panic!("{result:?}") };
    assert_eq!(error.problem.code, ProblemCode::DiskFull);
    assert_eq!(stage.heard().last().unwrap(), "DATA");
}

struct Tokens {
    asked: Mutex<Vec<bool>>,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn access_token(&self, refresh: bool) -> Result<Zeroizing<String>, RemoteError> {
        self.asked.lock().unwrap().push(refresh);
        Ok(Zeroizing::new(if refresh { "new" } else { "old" }.to_owned()))
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    for (times, wanted) in [(1, "sent"), (2, "not sent")] {
        let stage = token_stage(times).await;
        let tokens = Arc::new(Tokens { asked: Mutex::default() });
        let outcome = stage.send_as(&Secret::OAuth(tokens.clone()), &one(), MAIL).await;
        assert_eq!(outcome.says(), wanted);
        assert_eq!(*tokens.asked.lock().unwrap(), [false, true]);
        if wanted == "not sent" {
            assert_eq!(outcome.not_sent().problem.code, ProblemCode::AuthorisationExpired);
        }
    }
}

/// Refuses the token so many times, at once and with no explanation.
async fn token_stage(times: usize) -> Stage {
    let odd = (0..times).map(|_| ("AUTH", Say("535 5.7.8 no"))).collect();
    Stage::with("250-mail.test\r\n250 AUTH XOAUTH2", odd).await
}

#[tokio::test]
async fn every_way_to_say_who_we_are_is_spoken() {
    let tokens = || Secret::OAuth(Arc::new(Tokens { asked: Mutex::default() }));
    for (hello, secret, said) in [
        ("250-m\r\n250 AUTH=PLAIN LOGIN", password(), "AUTH PLAIN AGxpAHNlY3JldA=="),
        ("250-m\r\n250 auth login", password(), "AUTH LOGIN"),
        (
            "250-m\r\n250 AUTH OAUTHBEARER XOAUTH2",
            tokens(),
            "AUTH XOAUTH2 dXNlcj1saQFhdXRoPUJlYXJlciBvbGQBAQ==",
        ),
    ] {
        let login = vec![
            ("AUTH LOGIN", Say("334 VXNlcm5hbWU6")),
            ("bGk=", Say("334 UGFzc3dvcmQ6")),
            ("c2Vj", Say("235 in")),
        ];
        let stage = Stage::with(hello, login).await;
        assert_eq!(stage.send_as(&secret, &one(), MAIL).await.says(), "sent", "{hello}");
        assert!(stage.heard().contains(&said.to_owned()), "{hello} {:?}", stage.heard());
    }
    let stage = Stage::with("250-m\r\n250 AUTH CRAM-MD5", Vec::new()).await;
    let error = stage.send(&one()).await.not_sent();
    assert_eq!(error.problem.code, ProblemCode::EncryptionRefused, "on this line no password is taken");
}

#[tokio::test]
async fn a_check_asks_for_the_sender_and_sends_nothing() {
    for (odd, code) in [
        (vec![], None),
        (vec![("AUTH", Say("535 no"))], Some(ProblemCode::PasswordRefused)),
        (vec![("MAIL", Say("553 not as this"))], Some(ProblemCode::SenderRefused)),
        (vec![("MAIL", Say("530 log in"))], Some(ProblemCode::PasswordRefused)),
        (vec![("", Drop)], Some(ProblemCode::LineDropped)),
    ] {
        let stage = Stage::set(odd).await;
        let (config, pace, secret) = (stage.config(), quick(), password());
        let way =
            Way { server: config.smtp.as_ref().unwrap(), config: &config, secret: &secret, pace: &pace };
        let checked = check(way).await;
        assert_eq!(checked.err().map(|error| error.problem.code), code);
        assert!(!stage.heard().iter().any(|line| line.starts_with("RCPT") || line == "DATA"));
    }
}
