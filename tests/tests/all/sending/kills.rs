//! The sending process is killed, opened again, and given its time; then the customer's mailbox is counted.
//!
//! It is killed at every step of its own: a step is an event that the project's crates tell (see [`testkit::steps`]), and every change the
//! database commits, every record of the journal and every word with the courier has one before and one after it. And it is killed at every
//! point of the dialogue with the server, which falls silent there. Should the steps become many, a fixed choice of them is tried; with
//! `FOREDECK_EVERY_STEP=1` every one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use model::{
    OutboxId, Problem,
    incoming::Place,
    outgoing::{OutboxState, Outgoing},
};
use remote::{Claim, Courier, RemoteError, Threshold, Undelivered, mailbox::SentCopies};
use testkit::{
    smtp_script::{Cut, Rules, ScriptedSmtp, Step},
    steps::{self, Child, Run},
};

use super::{
    ground::{Ground, copy},
    office::{Manners, Seat, Way},
    shop::soon,
    verdict::Verdict,
};

const PLAYED: &str = "sending::kills::the_desk_that_is_killed";
/// Steps that are tried unless the environment asks for all.
const TRIED: usize = 60;
/// The same, where no copies are filed.
const TRIED_WITHOUT_COPIES: usize = 14;
/// The same, for a second kill while the desk recovers from the first.
const TRIED_AGAIN: usize = 12;

/// What the child plays: a desk that keeps the rules.
const KEEPS_THE_RULES: &str = "keeps-the-rules";
/// It is opened again, and keeps the rules.
const GOES_ON: &str = "goes-on";
/// Breaks the rule that the threshold is on disk before the content goes.
const NEVER_CROSSES: &str = "never-crosses";
/// Breaks the rule that a draft becomes a row of the outbox in one change: it does the first of two, and dies before the second.
const DIES_IN_BETWEEN: &str = "dies-in-between";

/// The agent has written the reply.
const WRITTEN: &str = "written";

#[tokio::test]
async fn the_desk_that_is_killed() {
    let Some(role) = steps::role() else { return };
    let way = Way::from_json(&fs::read_to_string(role.folder.join("way.json")).unwrap());
    let name = fs::read_to_string(role.folder.join("name")).unwrap();
    let seat = Seat::open(&role.folder.join("desk"), way).await;
    if role.name != GOES_ON {
        seat.write(&name).await;
        role.returned(WRITTEN);
        if role.name == DIES_IN_BETWEEN {
            seat.store.discard_reply_draft(seat.ticket().await, seat.clock.now()).await.unwrap();
            return role.finish();
        }
        let id = seat.send_off(&name).await;
        role.returned(&id.0.to_string());
    }
    seat.has_its_time(&manners(&role.name)).await;
    seat.store.close().await.unwrap();
    role.finish();
}

fn manners(role: &str) -> Manners {
    match role {
        NEVER_CROSSES => {
            Manners { courier: Box::new(|inner| Arc::new(NeverCrosses(inner))), ..Manners::default() }
        }
        _ => Manners::default(),
    }
}

struct NeverCrosses(Arc<dyn Courier>);

struct NoThreshold;

#[async_trait]
impl Threshold for NoThreshold {
    async fn cross(&self) -> Result<(), Problem> {
        Ok(())
    }
}

#[async_trait]
impl Courier for NeverCrosses {
    async fn deliver(&self, outgoing: &Outgoing, mail: &[u8], _: &dyn Threshold) -> Result<(), Undelivered> {
        self.0.deliver(outgoing, mail, &NoThreshold).await
    }

    async fn file(&self, outgoing: &Outgoing, mail: &[u8]) -> Result<(), RemoteError> {
        self.0.file(outgoing, mail).await
    }

    async fn claim(&self, place: &Place) -> Result<Claim, RemoteError> {
        self.0.claim(place).await
    }
}

/// What a killed desk leaves behind.
struct Left {
    folder: PathBuf,
    /// The acts that had returned.
    returned: Vec<String>,
}

impl Ground {
    /// A folder for a child that sends through `way`.
    fn lay_out_child(&self, name: &str, way: &Way) -> PathBuf {
        let folder = self.lay_out(name);
        fs::write(folder.join("way.json"), way.to_json()).unwrap();
        fs::write(folder.join("name"), name).unwrap();
        folder
    }

    /// Kills a new desk at a step of its own.
    async fn killed_at_step(&self, role: &'static str, name: &str, step: Option<usize>) -> (Left, Run) {
        self.clear().await;
        let folder = self.lay_out_child(name, &self.way);
        let run = play(role, &folder, step).await;
        (Left { folder, returned: run.returned.clone() }, run)
    }

    /// Kills a new desk when the server has fallen silent at `point`.
    async fn killed_at_point(&self, role: &'static str, name: &str, point: Cut) -> Left {
        self.clear().await;
        let silent = ScriptedSmtp::start(Rules::into(&self.dovecot).hanging(point)).await.unwrap();
        let folder = self.lay_out_child(name, &self.way.through(silent.port()));
        let child = Child { test: PLAYED, role, folder: &folder };
        let mut process = child.start().unwrap();
        soon(silent.hangs()).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let returned = child.returned();
        Left { folder, returned }
    }

    /// Opens the desk again, lets somebody meddle, gives it its time and counts.
    async fn reopened(&self, left: &Left, meddle: Meddle) -> Result<Verdict, String> {
        let seat = self.open(&left.folder).await;
        let ids = sent_off(&seat, &left.returned).await?;
        meddle.with(&seat, &ids).await;
        seat.has_its_time(&Manners::default()).await;
        let judged = self.judged(&seat, &ids).await;
        seat.store.close().await.unwrap();
        fs::remove_dir_all(&left.folder).unwrap();
        judged
    }
}

async fn play(role: &'static str, folder: &Path, kill_at: Option<usize>) -> Run {
    let folder = folder.to_owned();
    let child = move || Child { test: PLAYED, role, folder: &folder }.run(kill_at).unwrap();
    tokio::task::spawn_blocking(child).await.unwrap()
}

/// The reply that was sent off, if it was. What was written is in the outbox or still being written, never both and never neither.
async fn sent_off(seat: &Seat, returned: &[String]) -> Result<Vec<OutboxId>, String> {
    let told = returned.iter().find_map(|act| act.parse().ok()).map(OutboxId);
    let rows = seat.store.outbox().await.unwrap();
    let id = told.or(rows.first().map(|row| row.entry.id));
    let draft = seat.store.reply_draft(seat.ticket().await).await.unwrap();
    let written = returned.iter().any(|act| act == WRITTEN);
    match (id, draft.is_some()) {
        (Some(_), true) => Err("what is in the outbox is still being written".to_owned()),
        (None, false) if written => Err("what was written is lost".to_owned()),
        (id, _) => Ok(id.into_iter().collect()),
    }
}

/// What somebody does between the kill and the sender's start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meddle {
    Nothing,
    /// Breaks the rule that what nobody knows of is never sent again by itself.
    PutsBack,
}

impl Meddle {
    async fn with(self, seat: &Seat, ids: &[OutboxId]) {
        if self == Meddle::PutsBack {
            for id in ids {
                assert_eq!(seat.store.outbox_entry(*id).await.unwrap().unwrap().state, OutboxState::Unknown);
                seat.store.release(*id, seat.clock.now()).await.unwrap();
            }
        }
    }
}

/// How many kills ended how.
#[derive(Debug, Default)]
struct Tally {
    arrived_once: usize,
    asked_a_person: usize,
    never_sent_off: usize,
}

impl Tally {
    fn add(&mut self, counted: Verdict) {
        self.arrived_once += counted.once;
        self.asked_a_person += counted.unknown;
        self.never_sent_off += usize::from(counted == Verdict::default());
    }
}

/// Kills a desk at its steps, each time a new one.
async fn killed_at_each_step(ground: &Ground, around: &[&str], most: usize) -> Tally {
    let (left, whole) = ground.killed_at_step(KEEPS_THE_RULES, "whole", None).await;
    let counted = ground.reopened(&left, Meddle::Nothing).await.unwrap();
    assert_eq!(counted.once, 1, "without a kill it is sent");
    let mut tally = Tally::default();
    let tried = steps::to_try(&whole.trail, around, most);
    for step in &tried {
        let name = format!("kill-{step}");
        let (left, run) = ground.killed_at_step(KEEPS_THE_RULES, &name, Some(*step)).await;
        let counted = ground.reopened(&left, Meddle::Nothing).await;
        tally.add(
            counted.unwrap_or_else(|broken| panic!("killed at step {step}, {:?}: {broken}", run.killed)),
        );
    }
    println!("{} of {} steps: {tally:?}", tried.len(), whole.trail.len());
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whatever_step_the_desk_is_killed_the_customer_has_the_reply_once_or_a_person_is_asked() {
    let Some(ground) = Ground::new().await else { return };
    let tally = killed_at_each_step(&ground, &["courier"], TRIED).await;
    assert!(tally.arrived_once > 0 && tally.asked_a_person > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_stands_on_its_ticket_also_where_no_copy_of_it_comes_back() {
    let Some(ground) = Ground::with(SentCopies::Never).await else { return };
    let tally = killed_at_each_step(&ground, &["journal"], TRIED_WITHOUT_COPIES).await;
    assert!(tally.arrived_once > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_that_is_killed_again_while_it_recovers_does_no_worse() {
    let Some(ground) = Ground::new().await else { return };
    let mut tally = Tally::default();
    // The attempt is counted and nothing is handed over; the mail is with the customer and nobody knows.
    for (number, point) in [Cut::Before(Step::Rcpt), Cut::Stored].into_iter().enumerate() {
        let first = ground.killed_at_point(KEEPS_THE_RULES, &format!("first-{number}"), point).await;
        fs::write(first.folder.join("way.json"), ground.way.to_json()).unwrap();
        let again = |name: &str| {
            let folder = first.folder.with_file_name(format!("again-{number}-{name}"));
            copy(&first.folder, &folder);
            Left { folder, returned: first.returned.clone() }
        };
        let whole = play(GOES_ON, &again("whole").folder, None).await;
        for step in steps::to_try(&whole.trail, &["journal"], TRIED_AGAIN) {
            if point != Cut::Stored {
                ground.clear().await;
            }
            let left = again(&step.to_string());
            let run = play(GOES_ON, &left.folder, Some(step)).await;
            let counted = ground.reopened(&left, Meddle::Nothing).await;
            tally.add(counted.unwrap_or_else(|broken| {
                panic!("killed at {point:?}, and again at step {step}, {:?}: {broken}", run.killed)
            }));
        }
    }
    println!("killed twice: {tally:?}");
    assert!(tally.arrived_once > 0 && tally.asked_a_person > 0, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_whatever_point_of_the_dialogue_the_desk_is_killed_the_customer_has_the_reply_once_or_a_person_is_asked()
 {
    let Some(ground) = Ground::new().await else { return };
    let mut tally = Tally::default();
    for (number, point) in ScriptedSmtp::cuts().into_iter().enumerate() {
        let left = ground.killed_at_point(KEEPS_THE_RULES, &format!("point-{number}"), point).await;
        let counted = ground.reopened(&left, Meddle::Nothing).await;
        let counted = counted.unwrap_or_else(|broken| panic!("killed at {point:?}: {broken}"));
        match point {
            Cut::InContent | Cut::Unstored | Cut::Stored => {
                assert_eq!(counted.unknown, 1, "killed at {point:?}")
            }
            // Whether the threshold was on disk already, or the desk had heard that the mail was taken, is a matter of moments.
            Cut::After(Step::Data | Step::Content) => {}
            _ if point.stored() => {}
            _ => assert_eq!(counted.once, 1, "killed at {point:?}"),
        }
        tally.add(counted);
    }
    println!("{} points: {tally:?}", ScriptedSmtp::cuts().len());
}

/// One kill while the customer has the mail and the desk does not know.
async fn killed_at_the_worst_moment(
    ground: &Ground,
    role: &'static str,
    meddle: Meddle,
) -> Result<Verdict, String> {
    let left = ground.killed_at_point(role, role, Cut::Stored).await;
    ground.reopened(&left, meddle).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_rule_is_found() {
    let Some(ground) = Ground::new().await else { return };
    let kept = killed_at_the_worst_moment(&ground, KEEPS_THE_RULES, Meddle::Nothing).await.unwrap();
    assert_eq!(kept, Verdict { unknown: 1, ..Verdict::default() });
    let uncounted = killed_at_the_worst_moment(&ground, NEVER_CROSSES, Meddle::Nothing).await;
    assert!(
        uncounted.unwrap_err().contains("2 answers"),
        "sent without having crossed the threshold on disk"
    );
    let put_back = killed_at_the_worst_moment(&ground, KEEPS_THE_RULES, Meddle::PutsBack).await;
    assert!(put_back.unwrap_err().contains("2 answers"), "sent again though nobody knew");
    let (left, _) = ground.killed_at_step(DIES_IN_BETWEEN, DIES_IN_BETWEEN, None).await;
    let halved = ground.reopened(&left, Meddle::Nothing).await;
    assert!(halved.unwrap_err().contains("lost"), "two changes where one was due");
}
