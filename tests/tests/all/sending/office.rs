//! A real mail server, a way out that the test scripts, and desks that sit at one mailbox with the real adapters.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use model::{
    Address, Millis, OutboxId, SourceId, StandardView, TicketId, ViewId,
    outgoing::{OutboxState, Outgoing, OutgoingKind},
};
use remote::{
    Courier,
    mailbox::{Encryption, Mailbox, MailboxConfig, MailboxCourier, Pace, Secret, SentCopies, Server},
};
use store::{Key, NewOutgoing, Store};
use sync::{Clock, Engine, Links, Look, Post};
use testkit::{
    HandClock,
    dovecot::{Dovecot, PASSWORD},
};

use super::{
    shop::write,
    verdict::{Row, end_of, rows},
};

pub const AGENT: &str = "agent@desk.test";
pub const CUSTOMER: &str = "customer@desk.test";

/// All that a desk must be told, so that another process can open the same.
#[derive(Debug, Clone)]
pub struct Way {
    pub config: MailboxConfig,
    pub key: String,
    /// How long to wait for any answer of the way out.
    pub patience: Duration,
}

const PATIENCE: Duration = Duration::from_secs(30);

impl Way {
    /// The agent's mailbox at `dovecot`, with `smtp` as the port of its way out.
    pub fn new(dovecot: &Dovecot, imap: u16, smtp: u16) -> Way {
        let at = |port, encryption| Server { host: "localhost".to_owned(), port, encryption };
        let config = MailboxConfig {
            imap: at(imap, Encryption::Tls),
            user: AGENT.to_owned(),
            own: vec![AGENT.to_owned()],
            folders: Vec::new(),
            smtp: Some(at(smtp, Encryption::None)),
            sent_copies: SentCopies::Always,
            extra_ca_pem: Some(dovecot.authority.clone()),
        };
        Way { config, key: Key::random().unwrap().to_text().to_string(), patience: PATIENCE }
    }

    /// The same desk, with another way out.
    pub fn through(&self, smtp: u16) -> Way {
        let mut way = self.clone();
        if let Some(server) = &mut way.config.smtp {
            server.port = smtp;
        }
        way
    }

    pub fn to_json(&self) -> String {
        serde_json::json!({ "config": self.config, "key": self.key }).to_string()
    }

    pub fn from_json(text: &str) -> Way {
        let mut way: serde_json::Value = serde_json::from_str(text).unwrap();
        let key = way["key"].as_str().unwrap().to_owned();
        Way { config: serde_json::from_value(way["config"].take()).unwrap(), key, patience: PATIENCE }
    }

    pub fn courier(&self, clock: Clock) -> MailboxCourier {
        let pace = Pace { verb: self.patience, verdict: self.patience, ..pace() };
        MailboxCourier::new(self.config.clone(), password(), clock).with_pace(pace)
    }
}

fn the_time() -> Millis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Millis(i64::try_from(since.as_millis()).unwrap())
}

fn password() -> Secret {
    Secret::Password(PASSWORD.to_owned().into())
}

fn pace() -> Pace {
    Pace { look: Duration::ZERO, flags: Duration::ZERO, ..Pace::default() }
}

type Instead<T> = Box<dyn Fn(T) -> T + Send + Sync>;

/// How a desk keeps to the rules: a test that breaks one on purpose gives another.
pub struct Manners {
    pub courier: Instead<Arc<dyn Courier>>,
    /// It says that it looked at the mailbox, and never does.
    pub blind: bool,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners { courier: Box::new(|courier| courier), blind: false }
    }
}

/// A desk without its links: what lies on the disk.
pub struct Seat {
    pub way: Way,
    pub store: Store,
    pub source: SourceId,
    pub clock: HandClock,
}

/// A desk that reads and sends.
pub struct Running {
    engine: Option<Arc<Engine>>,
    pub post: Post,
}

impl Seat {
    /// Opens the workspace in `folder` as the desk does, and makes it if there is none.
    pub async fn open(folder: &Path, way: Way) -> Seat {
        let clock = HandClock::at(the_time());
        let key = Key::from_text(&way.key).unwrap();
        let store = Store::open(folder, &key, clock.now()).await.unwrap().store;
        store.recover_outbox(clock.now()).await.unwrap();
        let known = store.sources().await.unwrap().first().map(|row| row.id);
        let source = match known {
            Some(source) => source,
            None => {
                store.add_source("mailbox", "Care", AGENT, serde_json::json!({}), clock.now()).await.unwrap()
            }
        };
        Seat { way, store, source, clock }
    }

    fn mailbox(&self) -> Arc<Mailbox> {
        Arc::new(Mailbox::new(self.way.config.clone(), password(), self.clock.clock()).with_pace(pace()))
    }

    /// Reads everything there is, once.
    pub async fn read(&self) {
        let (store, links) = (self.store.clone(), Links::default());
        Engine::run_once(store, links, self.source, self.mailbox(), self.clock.clock()).await.unwrap();
    }

    pub fn run(&self, manners: &Manners) -> Running {
        let (store, clock) = (self.store.clone(), self.clock.clock());
        let engine = (!manners.blind).then(|| self.reading());
        let looking = engine.clone();
        let look: Look = Arc::new(move || match &looking {
            Some(engine) => Box::pin(engine.look()),
            None => Box::pin(async { Ok(()) }),
        });
        let courier = (manners.courier)(Arc::new(self.way.courier(clock.clone())));
        let post = Post::start(store, self.source, courier, look, self.way.config.own.clone(), clock);
        Running { engine, post }
    }

    fn reading(&self) -> Arc<Engine> {
        let (store, links) = (self.store.clone(), Links::default());
        links.add(self.source, "Care");
        Arc::new(Engine::start(store, links, self.source, self.mailbox(), self.clock.clock()))
    }

    /// The ticket of the customer's question.
    pub async fn ticket(&self) -> TicketId {
        for view in [StandardView::Open, StandardView::Waiting] {
            let page = self.store.list_view(ViewId::Standard { view }, None, 10).await.unwrap();
            if let Some(found) = page.rows.iter().find(|found| found.row.subject.contains("Kettle")) {
                return found.row.id;
            }
        }
        panic!("the question is not here");
    }

    /// The agent writes an answer to the question.
    pub async fn write(&self, name: &str) {
        write(&self.store, self.ticket().await, &answer(name), self.clock.now()).await;
    }

    /// The agent writes an answer and sends it off; it is due at once.
    pub async fn answer(&self, name: &str) -> OutboxId {
        self.write(name).await;
        self.send_off(name).await
    }

    pub async fn send_off(&self, name: &str) -> OutboxId {
        let ticket = self.ticket().await;
        let seen = self.store.seen(ticket).await.unwrap();
        let (outgoing, who) = (answer(name), "Mia".to_owned());
        let new = NewOutgoing {
            ticket,
            source: self.source,
            outgoing,
            seen,
            who,
            hold_until: None,
            then: None,
            claim: None,
        };
        self.store.queue(new, self.clock.now()).await.unwrap().expect("it is queued")
    }

    pub async fn rows(&self, ids: &[OutboxId]) -> Result<Vec<Row>, String> {
        rows(&self.store, ids).await
    }

    /// Whether nothing goes on by itself any more.
    async fn is_at_rest(&self) -> bool {
        let waits_for_a_person = |row: &store::OutboxRow| {
            matches!(row.entry.state, OutboxState::Unknown | OutboxState::Review | OutboxState::Stopped)
        };
        let unsent = self.store.outbox().await.unwrap();
        unsent.iter().all(waits_for_a_person) && self.store.next_copy_at(self.source).await.unwrap().is_none()
    }

    /// Gives the desk its time: lets the clock run until nothing goes on by itself any more.
    pub async fn comes_to_rest(&self, running: &Running) {
        let resting = async {
            let mut commits = self.store.commits();
            while !self.is_at_rest().await {
                let moved = tokio::time::timeout(Duration::from_millis(100), commits.recv()).await;
                if moved.is_err() {
                    self.clock.forward(Millis::MINUTE);
                    running.post.nudge();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), resting).await.expect("the desk comes to rest");
    }

    /// Runs the desk until it rests, and ends it; then everything that is at the source has been read, copies of what was sent too.
    pub async fn has_its_time(&self, manners: &Manners) {
        let running = self.run(manners);
        self.comes_to_rest(&running).await;
        running.stop().await;
        self.read().await;
    }
}

impl Running {
    pub async fn stop(self) {
        self.post.stop().await;
        if let Some(engine) = self.engine {
            Arc::into_inner(engine).expect("only the sender looked").stop().await;
        }
    }
}

/// A reply to the question that [`question`] asks.
fn answer(name: &str) -> Outgoing {
    let message_id = format!("{name}@desk.test");
    Outgoing {
        kind: OutgoingKind::Reply,
        at_ms: the_time(),
        from: Address::new("Care", AGENT),
        to: vec![Address::new("Ada", CUSTOMER)],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Re: Kettle 茶壶".to_owned(),
        in_reply_to: Some("question@customer.test".to_owned()),
        references: vec!["question@customer.test".to_owned()],
        text: format!("您好，茶壶已寄出。\n.\nA dot of its own above.\n{}\n", end_of(&message_id)),
        html: None,
        attachments: Vec::new(),
        message_id,
    }
}

pub fn question() -> Vec<u8> {
    format!(
        "From: Ada <{CUSTOMER}>\r\nTo: {AGENT}\r\nSubject: Kettle\r\nMessage-ID: <question@customer.test>\r\n\
         Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nWhere is my kettle?\r\n"
    )
    .into_bytes()
}
