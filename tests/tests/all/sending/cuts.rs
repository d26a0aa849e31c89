//! The line to the server for outgoing mail drops, or falls silent, at every point of the dialogue; the customer's mailbox is counted.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use model::{Problem, ProblemCode, incoming::Place, outgoing::Outgoing};
use remote::{Claim, Courier, RemoteError, Threshold, Undelivered};
use testkit::smtp_script::{Cut, Rules, ScriptedSmtp, Step};

use super::{
    ground::Ground,
    office::{Manners, Seat, Way},
    verdict::Verdict,
};

/// A reply is sent off and the desk has its time, while the way out keeps these rules.
async fn sent(
    ground: &Ground,
    name: &str,
    rules: Rules,
    way: Way,
    manners: &Manners,
) -> Result<Verdict, String> {
    ground.clear().await;
    ground.smtp.follow(rules);
    let folder = ground.lay_out(name);
    let seat = Seat::open(&folder.join("desk"), way).await;
    let id = seat.answer(name).await;
    seat.has_its_time(manners).await;
    let judged = ground.judged(&seat, &[id]).await;
    seat.store.close().await.unwrap();
    judged
}

/// What must be seen where nobody can tell, and where everybody can.
fn as_it_should(cut: Cut, counted: Verdict) -> bool {
    let (once, unknown) =
        (Verdict { once: 1, ..Verdict::default() }, Verdict { unknown: 1, ..Verdict::default() });
    match cut {
        Cut::Unstored | Cut::Stored => counted == unknown,
        // The whole of a short mail may have been given to the line by then.
        Cut::After(Step::Data) | Cut::InContent => counted == once || counted == unknown,
        _ => counted == once,
    }
}

#[tokio::test]
async fn wherever_the_line_drops_the_customer_has_the_reply_once_or_a_person_is_asked() {
    let Some(ground) = Ground::new().await else { return };
    let often = [Cut::Before(Step::Greeting), Cut::After(Step::Rcpt), Cut::Unstored, Cut::Stored];
    let once = ScriptedSmtp::cuts().into_iter().map(|cut| (cut, 1));
    for (number, (cut, times)) in once.chain(often.map(|cut| (cut, 3))).enumerate() {
        let rules = Rules::into(&ground.dovecot).cutting_often(cut, times);
        let counted =
            sent(&ground, &format!("cut-{number}"), rules, ground.way.clone(), &Manners::default()).await;
        let counted = counted.unwrap_or_else(|broken| panic!("cut {times} times at {cut:?}: {broken}"));
        assert!(as_it_should(cut, counted), "cut {times} times at {cut:?}: {counted:?}");
    }
}

#[tokio::test]
async fn wherever_the_server_falls_silent_the_customer_has_the_reply_once_or_a_person_is_asked() {
    let Some(ground) = Ground::new().await else { return };
    let way = Way { patience: Duration::from_millis(400), ..ground.way.clone() };
    for (number, cut) in ScriptedSmtp::cuts().into_iter().enumerate() {
        let rules = Rules::into(&ground.dovecot).hanging(cut);
        let counted =
            sent(&ground, &format!("silent-{number}"), rules, way.clone(), &Manners::default()).await;
        let counted = counted.unwrap_or_else(|broken| panic!("silent at {cut:?}: {broken}"));
        // On a busy machine so little patience is too little for a server that is only slow: then a person is asked needlessly.
        assert!(as_it_should(cut, counted) || counted.unknown == 1, "silent at {cut:?}: {counted:?}");
    }
}

/// Breaks the rule that who does not know does not guess.
struct Guesses(Arc<dyn Courier>);

#[async_trait]
impl Courier for Guesses {
    async fn deliver(
        &self,
        outgoing: &Outgoing,
        mail: &[u8],
        threshold: &dyn Threshold,
    ) -> Result<(), Undelivered> {
        let not_sent = RemoteError::transient(Problem::new(ProblemCode::LineDropped));
        self.0.deliver(outgoing, mail, threshold).await.map_err(|error| match error {
            Undelivered::Unknown(_) => Undelivered::NotSent(not_sent),
            told => told,
        })
    }

    async fn file(&self, outgoing: &Outgoing, mail: &[u8]) -> Result<(), RemoteError> {
        self.0.file(outgoing, mail).await
    }

    async fn claim(&self, place: &Place) -> Result<Claim, RemoteError> {
        self.0.claim(place).await
    }
}

#[tokio::test]
async fn a_courier_that_guesses_is_found() {
    let Some(ground) = Ground::new().await else { return };
    let rules = Rules::into(&ground.dovecot).cutting(Cut::Stored);
    let guessing = Manners { courier: Box::new(|inner| Arc::new(Guesses(inner))), ..Manners::default() };
    let counted = sent(&ground, "guess", rules, ground.way.clone(), &guessing).await;
    assert!(counted.unwrap_err().contains("2 answers"));
}
